//! Values as JSON text, which is how SQLite takes a list: `json_each` makes rows of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
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
        Value::Bytes(value) => Json::from(STANDARD.encode(value)),
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
