//! A list in SQLite's JSON text, whose items are as a column by itself would have them: an enum's short name, a day as
//! `2024-05-01`. So its parameters write them, because `json_each` makes values of them that columns are compared with.

use prost_reflect::FieldDescriptor;
use serde_json::value::RawValue;

use super::JsonField;
use crate::rows::convert::Misfit;
use crate::rows::field::FieldKind;
use crate::rows::scalar::Scalar;
use crate::rows::wire::Key;

/// A list of what has a text that is not its JSON.
#[derive(Debug, Clone)]
pub(in crate::rows) struct Items {
    key: Key,
    kind: FieldKind,
    json: JsonField,
}

impl Items {
    /// None where the items' JSON is their text.
    pub fn new(field: &FieldDescriptor) -> Option<Self> {
        use FieldKind::{Date, Decimal, Enum, TimeOfDay};
        let kind = FieldKind::of(&field.kind()).filter(|_| field.is_list())?;
        let has_other_text = matches!(kind, Enum(_) | Date | TimeOfDay | Decimal);
        let json = JsonField::new(field, true).filter(|_| has_other_text)?;
        Some(Self { key: Key::new(field.number(), kind.wire_type()), kind, json })
    }

    /// Writes the list, a key before each item. What is no text is read by protobuf's mapping.
    pub fn write(&self, text: &str, out: &mut Vec<u8>) -> Result<(), Misfit> {
        let items: Vec<&RawValue> =
            serde_json::from_str(text).map_err(|error| Misfit::Json(error.to_string()))?;
        items.into_iter().try_for_each(|item| match serde_json::from_str::<String>(item.get()) {
            Ok(text) => self.kind.write_with_key(&self.key, &Scalar::Text(text.into()), out),
            Err(_) => self.json.write(item.get(), out),
        })
    }
}
