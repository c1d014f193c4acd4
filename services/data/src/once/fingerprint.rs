//! What a request says, in one number: two requests have the same exactly where their fields are equal. The bytes of a
//! message cannot tell that: protobuf writes the same fields in many ways.

use prost_reflect::{DynamicMessage, MapKey, Value};
use sha2::{Digest, Sha256};

/// The fingerprint of a message less one of its fields. Fields that its type does not know say nothing.
pub fn fingerprint(message: &DynamicMessage, without: u32) -> Vec<u8> {
    let mut digest = Sha256::new();
    add_message(&mut digest, message, Some(without));
    digest.finalize().to_vec()
}

fn add_message(digest: &mut Sha256, message: &DynamicMessage, without: Option<u32>) {
    let mut fields: Vec<_> = message.fields().filter(|(field, _)| Some(field.number()) != without).collect();
    fields.sort_by_key(|(field, _)| field.number());
    add_count(digest, fields.len());
    for (field, value) in fields {
        digest.update(field.number().to_le_bytes());
        add(digest, value);
    }
}

fn add(digest: &mut Sha256, value: &Value) {
    match value {
        Value::Bool(value) => digest.update([u8::from(*value)]),
        Value::I32(value) => digest.update(value.to_le_bytes()),
        Value::I64(value) => digest.update(value.to_le_bytes()),
        Value::U32(value) => digest.update(value.to_le_bytes()),
        Value::U64(value) => digest.update(value.to_le_bytes()),
        Value::F32(value) => digest.update(value.to_bits().to_le_bytes()),
        Value::F64(value) => digest.update(value.to_bits().to_le_bytes()),
        Value::EnumNumber(value) => digest.update(value.to_le_bytes()),
        Value::String(value) => add_bytes(digest, value.as_bytes()),
        Value::Bytes(value) => add_bytes(digest, value),
        Value::Message(message) => add_message(digest, message, None),
        Value::List(items) => {
            add_count(digest, items.len());
            items.iter().for_each(|item| add(digest, item));
        }
        Value::Map(entries) => {
            let mut entries: Vec<(&MapKey, &Value)> = entries.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            add_count(digest, entries.len());
            for (key, value) in entries {
                add(digest, &Value::from(key.clone()));
                add(digest, value);
            }
        }
    }
}

fn add_bytes(digest: &mut Sha256, bytes: &[u8]) {
    add_count(digest, bytes.len());
    digest.update(bytes);
}

fn add_count(digest: &mut Sha256, count: usize) {
    digest.update((count as u64).to_le_bytes());
}
