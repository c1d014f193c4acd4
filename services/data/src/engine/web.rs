//! What a web service gave, as a part of a reply and as values for others.

use prost::Message;
use prost_reflect::{DynamicMessage, FieldDescriptor, ReflectMessage as _, Value as ProtoValue};

use super::PartReply;
use crate::bind::BoundPart;
use crate::instant::Instant;
use crate::rows::with_length;
use crate::value::Value;

/// A web service's message as the part of a reply.
pub(super) fn from_message(
    part: &BoundPart,
    message: &DynamicMessage,
    exports: &[FieldDescriptor],
) -> PartReply {
    let exports = exports.iter().map(|field| vec![exported(message, field)]).collect();
    let mut reply = PartReply { exports, ..PartReply::default() };
    match &part.field {
        Some(key) if !part.apart => {
            key.write(&mut reply.bytes);
            with_length(&mut reply.bytes, |bytes| write(message, bytes));
        }
        _ => write(message, &mut reply.bytes),
    }
    if part.apart {
        reply.ends.push(reply.bytes.len());
    }
    reply
}

fn write(message: &DynamicMessage, bytes: &mut Vec<u8>) {
    // A vector grows as needed, so encoding into one cannot run out of room.
    let _ = message.encode(bytes);
}

fn exported(message: &DynamicMessage, field: &FieldDescriptor) -> Value {
    if field.supports_presence() && !message.has_field(field) {
        return Value::Null;
    }
    match message.get_field(field).as_ref() {
        ProtoValue::Bool(value) => Value::Bool(*value),
        ProtoValue::I32(value) => Value::Int((*value).into()),
        ProtoValue::I64(value) => Value::Int(*value),
        ProtoValue::U32(value) => Value::Int((*value).into()),
        ProtoValue::U64(value) => Value::uint(*value),
        ProtoValue::F32(value) => Value::Float((*value).into()),
        ProtoValue::F64(value) => Value::Float(*value),
        ProtoValue::String(value) => Value::Text(value.clone()),
        ProtoValue::Bytes(value) => Value::Bytes(value.to_vec()),
        ProtoValue::EnumNumber(value) => Value::Int((*value).into()),
        ProtoValue::Message(inner) => value_of(inner),
        _ => Value::Null,
    }
}

/// The value of a message that stands for one: a Timestamp, or one of google.protobuf's wrappers.
fn value_of(message: &DynamicMessage) -> Value {
    let descriptor = message.descriptor();
    let part = |number| message.get_field_by_number(number).map(|value| value.into_owned());
    match (descriptor.full_name(), part(1), part(2)) {
        ("google.protobuf.Timestamp", Some(ProtoValue::I64(seconds)), Some(ProtoValue::I32(nanos))) => {
            Instant::new(seconds, nanos).map_or(Value::Null, Value::Instant)
        }
        (name, Some(_), None) if name.starts_with("google.protobuf.") && name.ends_with("Value") => {
            descriptor.get_field(1).map_or(Value::Null, |field| exported(message, &field))
        }
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{contract, message};

    #[test]
    fn a_web_services_fields_are_values_for_other_parts() {
        let pool = contract(
            "message M { int32 n = 1; google.protobuf.Timestamp at = 2; google.protobuf.Int64Value w = 3; M inner = 4; string absent = 5; google.protobuf.Timestamp never = 6; }",
        );
        let descriptor = message(&pool, "M");
        let mut json = serde_json::Deserializer::from_str(
            r#"{"n": 1, "at": "2024-05-01T00:00:00Z", "w": "7", "inner": {}}"#,
        );
        let message = DynamicMessage::deserialize(descriptor.clone(), &mut json).unwrap();
        let values: Vec<Value> = descriptor.fields().map(|field| exported(&message, &field)).collect();
        let at = Value::Instant("2024-05-01T00:00:00Z".parse().unwrap());
        assert_eq!(
            values,
            [Value::Int(1), at, Value::Int(7), Value::Null, Value::Text(String::new()), Value::Null]
        );
    }
}
