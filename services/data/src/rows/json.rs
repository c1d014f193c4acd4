//! JSON into a field, by protobuf's JSON mapping: a list, a map, or a message of any depth. This one way goes over a
//! message in memory; what the mapping would round is refused before.

mod exact;
mod items;
mod one_field;

use prost::Message as _;
use prost_reflect::{DynamicMessage, FieldDescriptor};

use super::convert::Misfit;
pub(super) use items::Items;
use one_field::OneField;

/// A field that JSON fills.
#[derive(Debug, Clone)]
pub(super) struct JsonField {
    field: FieldDescriptor,
    /// True where each JSON value is one element of a list.
    is_element: bool,
}

impl JsonField {
    /// The field, or one element of it; none where it is part of a message that has a JSON form of its own.
    pub fn new(field: &FieldDescriptor, is_element: bool) -> Option<Self> {
        let is_own = field.parent_message().package_name() == "google.protobuf";
        (!is_own).then(|| Self { field: field.clone(), is_element })
    }

    /// Writes the field, key included.
    pub fn write(&self, text: &str, out: &mut Vec<u8>) -> Result<(), Misfit> {
        exact::check(text, &self.field, self.is_element).map_err(Misfit::Json)?;
        let mut json = serde_json::Deserializer::from_str(text);
        let one = OneField { name: self.field.json_name(), is_element: self.is_element, value: &mut json };
        let message = DynamicMessage::deserialize(self.field.parent_message().clone(), one);
        let message = message.and_then(|message| json.end().map(|()| message));
        let message = message.map_err(|error| Misfit::Json(error.to_string()))?;
        // A vector grows as needed, so encoding into one cannot run out of room.
        message.encode(out).map_err(|error| Misfit::Json(error.to_string()))
    }
}
