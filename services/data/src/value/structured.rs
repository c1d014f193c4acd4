//! A message, a map or a piece of JSON as one value. Its JSON is made once, when it is read: that is what most
//! databases take, and what two of them are compared by.

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, Value as Proto};

use super::Unfit;
use super::json;

/// A structured value, found to be without anything that databases do not take.
#[derive(Clone)]
pub struct Structured {
    json: String,
    message: Option<DynamicMessage>,
}

impl Structured {
    /// What a field of that type holds, or one of its items.
    ///
    /// # Errors
    /// What has no form as JSON, or no place in a database.
    pub(super) fn new(value: &Proto, field: &FieldDescriptor) -> Result<Self, Unfit> {
        let json = json::write(value, &field.kind())?.to_string();
        let message = match (value, field.kind()) {
            (Proto::Message(message), Kind::Message(_)) => Some(message.clone()),
            _ => None,
        };
        Ok(Self { json, message })
    }

    /// What an absent map is.
    pub fn empty_map() -> Self {
        Self { json: "{}".to_owned(), message: None }
    }

    /// By protobuf's JSON mapping, its keys in order.
    pub fn json(&self) -> &str {
        &self.json
    }

    /// The message, where it is one.
    pub fn message(&self) -> Option<&DynamicMessage> {
        self.message.as_ref()
    }
}

impl PartialEq for Structured {
    fn eq(&self, other: &Self) -> bool {
        self.json == other.json
    }
}

/// Its JSON: a map's own order differs from one to the next, and this text belongs to what page tokens are made of.
impl std::fmt::Debug for Structured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.json)
    }
}
