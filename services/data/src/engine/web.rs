//! What a web service gave, as a part of a reply and as values for others.

use prost::Message;
use prost_reflect::{DynamicMessage, FieldDescriptor};

use super::PartReply;
use crate::bind::BoundPart;
use crate::mask::Selected;
use crate::rows::with_length;
use crate::value::Value;

/// A web service's message as the part of a reply.
pub(super) fn from_message(
    part: &BoundPart,
    mut message: DynamicMessage,
    exports: &[FieldDescriptor],
    selected: Option<&Selected>,
) -> PartReply {
    let exports = exports.iter().map(|field| vec![exported(&message, field)]).collect();
    let mut reply = PartReply { exports, ..PartReply::default() };
    match selected {
        Some(selected) if !selected.is_sent => return reply,
        Some(selected) => selected.fields.cut(&mut message),
        None => {}
    }
    match &part.field {
        Some(key) if !part.apart => {
            key.write(&mut reply.bytes);
            with_length(&mut reply.bytes, |bytes| write(&message, bytes));
        }
        _ => write(&message, &mut reply.bytes),
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

/// A value that no parameter can be made of is as good as none.
fn exported(message: &DynamicMessage, field: &FieldDescriptor) -> Value {
    Value::of_field(message, field).unwrap_or(Value::Null)
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
        let value = |field| match exported(&message, &field) {
            Value::Structured(value) => Value::Text(value.json().to_owned()),
            value => value,
        };
        let values: Vec<Value> = descriptor.fields().map(value).collect();
        let at = Value::Instant("2024-05-01T00:00:00Z".parse().unwrap());
        assert_eq!(
            values,
            [
                Value::Int(1),
                at,
                Value::Int(7),
                Value::Text("{}".to_owned()),
                Value::Text(String::new()),
                Value::Null
            ]
        );
    }
}
