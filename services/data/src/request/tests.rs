mod lists;
mod merging;
mod oracle;
mod refusals;
mod required;
mod update;
mod whole;

use prost_reflect::{DynamicMessage, FieldDescriptor, MessageDescriptor};

use super::*;

/// The way to a field, by its dotted name.
fn way(message: &MessageDescriptor, name: &str) -> Vec<FieldDescriptor> {
    let mut message = message.clone();
    let mut way = Vec::new();
    for step in name.split('.') {
        let field = message.get_field_by_name(step).unwrap();
        if let prost_reflect::Kind::Message(inner) = field.kind() {
            message = inner;
        }
        way.push(field);
    }
    way
}

fn layout(message: &MessageDescriptor, names: &[&str]) -> Layout {
    let ways: Vec<_> = names.iter().map(|name| way(message, name)).collect();
    Layout::new(message, &ways, None)
}

/// The message that text format describes, as bytes.
fn bytes(message: &MessageDescriptor, json: &str) -> Vec<u8> {
    let mut json = serde_json::Deserializer::from_str(json);
    let message = DynamicMessage::deserialize(message.clone(), &mut json).unwrap();
    prost::Message::encode_to_vec(&message)
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}
