//! Values as JSON text, which is how SQLite takes a list: `json_each` makes rows of it.

use std::fmt::Write as _;

use serde_json::Value as Json;

use crate::value::Value;

/// The value's JSON: what has no type of its own there is text, as it is outside a list.
pub(super) fn text(value: &Value) -> Result<String, &'static str> {
    json(value).map(|json| json.to_string())
}

fn json(value: &Value) -> Result<Json, &'static str> {
    Ok(match value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::from(*value),
        Value::Int(value) => Json::from(*value),
        Value::Uint(_) => return Err("the number is outside its column's range"),
        Value::Float(value) => match serde_json::Number::from_f64(*value) {
            Some(number) => Json::Number(number),
            None => return Err("NaN and infinities have no place in a list"),
        },
        Value::Text(value) => Json::from(value.as_str()),
        Value::Bytes(value) => Json::from(hex(value)),
        Value::Instant(value) => Json::from(value.to_string()),
        Value::Duration(value) => Json::from(value.to_string()),
        Value::Date(value) => Json::from(value.to_string()),
        Value::Time(value) => Json::from(value.to_string()),
        Value::Structured(value) => {
            serde_json::from_str(value.json()).map_err(|_| "this has no form as JSON")?
        }
        Value::List(items) => Json::Array(items.iter().map(json).collect::<Result<_, _>>()?),
    })
}

/// Bytes as SQLite's own `hex` writes them, and its `unhex` reads.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // A string grows as needed, so writing to one cannot fail.
        let _ = write!(text, "{byte:02X}");
        text
    })
}
