//! What each value of an enum is called in the database.

use std::collections::HashMap;
use std::sync::Arc;

use prost_reflect::EnumDescriptor;

use crate::rows::short_enum_name;

/// The names of an enum's values, by number.
#[derive(Debug, Clone, PartialEq)]
pub struct EnumNames(Arc<HashMap<i64, String>>);

impl EnumNames {
    /// In text: the name less its enum's prefix, in lower case.
    pub fn short(descriptor: &EnumDescriptor) -> Self {
        Self::new(descriptor, |short, _| Some(short))
    }

    /// In an enum of the database's own: whichever of both names it has. A value with neither has none.
    pub fn labels(descriptor: &EnumDescriptor, labels: &[String]) -> Self {
        Self::new(descriptor, |short, full| [short, full].into_iter().find(|name| labels.contains(name)))
    }

    fn new(descriptor: &EnumDescriptor, choose: impl Fn(String, String) -> Option<String>) -> Self {
        let mut names = HashMap::new();
        // Of several names for one number the first is its own.
        for value in descriptor.values() {
            let short = short_enum_name(descriptor, value.name());
            if let Some(name) = choose(short, value.name().to_owned()) {
                names.entry(value.number().into()).or_insert(name);
            }
        }
        Self(Arc::new(names))
    }

    pub fn get(&self, number: i64) -> Option<&str> {
        self.0.get(&number).map(String::as_str)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
