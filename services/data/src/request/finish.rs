//! Values of messages, made once all of their bytes are there: protobuf lets a message come in pieces, and what is no
//! date yet may become one.

use prost::encoding::decode_key;
use prost_reflect::DynamicMessage;

use super::layout::{Finish, SlotPlan};
use super::{malformed, read, text};
use crate::fault::Fault;
use crate::value::{self, Known, Value};

/// What a slot's value is in the end.
pub(super) fn value(plan: &SlotPlan, read: Value) -> Result<Value, Fault> {
    match (&plan.finish, read) {
        (Finish::Known(which), Value::Bytes(content)) => known(&plan.path, *which, &content),
        (Finish::Whole(field), Value::Bytes(fields)) => {
            let message = DynamicMessage::decode(field.parent_message().clone(), fields.as_slice())
                .map_err(|_| malformed(&format!("{} is not what its type says", plan.path)))?;
            Value::of_field(&message, field).map_err(|what| Fault::field(&plan.path, what))
        }
        (_, value) => Ok(value),
    }
}

/// A message that stands for one value, by its content. `path` is the field's.
pub(super) fn known(path: &str, known: Known, content: &[u8]) -> Result<Value, Fault> {
    let (mut numbers, mut digits, mut bytes) = ([0; 4], "", content);
    while !bytes.is_empty() {
        let (number, wire) = decode_key(&mut bytes).map_err(|_| malformed(&format!("{path} is cut off")))?;
        match number {
            1 if known == Known::Decimal => digits = text(path, read::delimited(wire, &mut bytes)?)?,
            1..=4 if number as usize <= known.fields() => {
                let value = read::varint(wire, &mut bytes)? as i64;
                let is_long = number == 1 && known.starts_with_seconds();
                // Protobuf cuts 64-bit varints down to the field's 32 bits.
                numbers[number as usize - 1] = if is_long { value } else { i64::from(value as i32) };
            }
            _ => read::skip(wire, number, &mut bytes)?,
        }
    }
    let value = if known == Known::Decimal { value::decimal(digits) } else { known.value(numbers) };
    value.map_err(|what| Fault::field(path, what))
}
