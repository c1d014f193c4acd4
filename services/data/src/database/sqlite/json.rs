//! A list as JSON text, which is how SQLite takes one: `json_each` makes rows of it. Numbers are numbers there, however
//! long, so that they compare with a column's.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Number, Value as Json};

use crate::value::Value;

/// How bytes are written, which JSON has no type for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bytes {
    /// As protobuf's JSON mapping has them: a request's, which may be stored.
    Base64,
    /// As SQLite's own `hex` writes them, and its `unhex` reads: another part's, which are looked up.
    Hex,
}

/// The list's JSON: what has no type of its own there is text, as it is outside a list.
pub(super) fn text(items: &[Value], bytes: Bytes) -> Result<String, &'static str> {
    array(items, bytes).map(|json| json.to_string())
}

fn array(items: &[Value], bytes: Bytes) -> Result<Json, &'static str> {
    Ok(Json::Array(items.iter().map(|item| json(item, bytes)).collect::<Result<_, _>>()?))
}

fn json(value: &Value, bytes: Bytes) -> Result<Json, &'static str> {
    Ok(match value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::from(*value),
        Value::Int(value) => Json::from(*value),
        Value::Float(value) => match Number::from_f64(*value) {
            Some(number) => Json::Number(number),
            None => return Err("infinities have no place in a list"),
        },
        Value::Bytes(value) if bytes == Bytes::Base64 => Json::from(STANDARD.encode(value)),
        Value::Bytes(value) => Json::from(hex(value)),
        Value::List(items) => array(items, bytes)?,
        Value::Structured(value) => {
            serde_json::from_str(value.json()).map_err(|_| "this has no form as JSON")?
        }
        other => Json::from(other.to_text().ok_or("this has no form as JSON")?),
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // A string grows as needed, so writing to one cannot fail.
        let _ = write!(text, "{byte:02X}");
        text
    })
}
