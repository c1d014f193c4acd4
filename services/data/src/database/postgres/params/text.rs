//! One value that is not NULL as the text from which PostgreSQL reads a type.

use std::fmt::Write as _;

use prost_reflect::Kind;
use prost_types::Duration;
use sqlx::error::BoxDynError;

use super::array;
use super::binary::{double, float, integer, micros};
use super::kind::{Attribute, ParamKind};
use crate::value::{Structured, Value};

/// The bytes that `name` holds at most.
const NAME: usize = 63;

pub(super) fn of(kind: &ParamKind, value: &Value) -> Result<String, BoxDynError> {
    Ok(match (kind, value) {
        (ParamKind::Int2, value) => integer::<i16>(value)?.to_string(),
        (ParamKind::Int4, value) => integer::<i32>(value)?.to_string(),
        (ParamKind::Int8, value) => integer::<i64>(value)?.to_string(),
        (ParamKind::Float4, value) => real(float(value)?.into(), float(value)?),
        (ParamKind::Float8, value) => real(double(value)?, double(value)?),
        (ParamKind::Numeric, Value::Float(value)) => real(*value, value),
        (ParamKind::Bytea, Value::Bytes(bytes)) => hex(bytes),
        (ParamKind::EnumText(names), Value::Int(number)) => {
            names.get(*number).ok_or("the enum has no value of that number")?.to_owned()
        }
        (ParamKind::Enum(names), Value::Int(number)) => {
            names.get(*number).ok_or("the database's enum has no label for that value")?.to_owned()
        }
        (ParamKind::Interval, Value::Duration(duration)) => micros(value).map(|_| clock(*duration))?,
        (ParamKind::Timestamp, Value::Instant(_)) | (ParamKind::Time, Value::Time(_)) => {
            micros(value).and_then(|_| plain(value))?
        }
        (ParamKind::Json(field), value) => json(value, field.as_ref())?,
        (ParamKind::Composite(attributes), Value::Structured(value)) => record(attributes, value)?,
        (ParamKind::Array(item, _), Value::List(items)) => array::text(items, |value| of(item, value))?,
        (ParamKind::Name, value) => short_enough(plain(value)?, NAME)?,
        (ParamKind::Char, value) => short_enough(plain(value)?, 1)?,
        (_, value) => plain(value)?,
    })
}

fn plain(value: &Value) -> Result<String, BoxDynError> {
    value.to_text().ok_or_else(|| "this has no form as text".into())
}

/// What the server would cut off is refused.
fn short_enough(text: String, bytes: usize) -> Result<String, BoxDynError> {
    if text.len() <= bytes { Ok(text) } else { Err(format!("the text is longer than {bytes} bytes").into()) }
}

/// `digits` writes as many as the number's own type has.
fn real(value: f64, digits: impl std::fmt::Display) -> String {
    match value {
        _ if value.is_nan() => "NaN".to_owned(),
        f64::INFINITY => "Infinity".to_owned(),
        f64::NEG_INFINITY => "-Infinity".to_owned(),
        _ => digits.to_string(),
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut text = "\\x".to_owned();
    for byte in bytes {
        // Writing into a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// `-87:05:00.5`: hours without end, and no other unit, so that it stays as long as it is.
fn clock(duration: Duration) -> String {
    let (seconds, nanos) = (duration.seconds.unsigned_abs(), duration.nanos.unsigned_abs());
    let sign = if duration.seconds < 0 || duration.nanos < 0 { "-" } else { "" };
    let (hours, minutes, rest) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{sign}{hours}:{minutes:02}:{rest:02}.{:06}", nanos / 1_000)
}

/// A text by itself is JSON already.
fn json(value: &Value, kind: Option<&Kind>) -> Result<String, BoxDynError> {
    match (value, kind) {
        (Value::Structured(value), _) => Ok(value.json().to_owned()),
        (Value::Text(text), None | Some(Kind::String)) => Ok(text.clone()),
        (value, Some(kind)) => Ok(value.to_json(kind)?.to_string()),
        (value, None) => plain(value),
    }
}

/// `("1",,"a ""b""")`: nothing between commas is NULL.
fn record(attributes: &[Attribute], value: &Structured) -> Result<String, BoxDynError> {
    let message = value.message().ok_or("a value of this type cannot be used here")?;
    let texts = attributes.iter().map(|attribute| {
        let value = match &attribute.field {
            Some(field) => Value::of_field(message, field)?,
            None => Value::Null,
        };
        match value {
            Value::Null => Ok(String::new()),
            value => of(&attribute.kind, &value)
                .map(|text| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\"\""))),
        }
    });
    let texts: Vec<String> = texts.collect::<Result<_, BoxDynError>>()?;
    Ok(format!("({})", texts.join(",")))
}
