//! PostgreSQL's values as they come over the wire in binary. Nothing is believed: what is not as its type promises is
//! told, and never misread.

mod nested;
mod network;
mod range;

use std::borrow::Cow;

use super::column::ColumnType;
use super::scalar::{Date, Interval, Numeric, Scalar, Time, Timestamp};
pub use nested::{Array, Composite};

/// Reads a value that is not NULL.
///
/// # Errors
/// What is wrong with the bytes.
pub fn read<'a>(kind: &'a ColumnType, bytes: &'a [u8]) -> Result<Scalar<'a>, String> {
    let invalid = || format!("its value is not a valid {kind}");
    // Values are made where they are returned: moving one right after it was written costs more than reading it.
    Ok(match kind {
        ColumnType::Bool => Scalar::Bool(u8::from_be_bytes(fixed(bytes).ok_or_else(invalid)?) != 0),
        ColumnType::Bytea => Scalar::Bytes(bytes),
        ColumnType::Int2 => Scalar::Int(i16::from_be_bytes(fixed(bytes).ok_or_else(invalid)?).into()),
        ColumnType::Int4 => Scalar::Int(i32::from_be_bytes(fixed(bytes).ok_or_else(invalid)?).into()),
        ColumnType::Int8 => Scalar::Int(i64::from_be_bytes(fixed(bytes).ok_or_else(invalid)?)),
        ColumnType::Float4 => Scalar::Float(f32::from_be_bytes(fixed(bytes).ok_or_else(invalid)?).into()),
        ColumnType::Float8 => Scalar::Float(f64::from_be_bytes(fixed(bytes).ok_or_else(invalid)?)),
        ColumnType::Text => Scalar::Text(Cow::Borrowed(text(bytes).ok_or_else(invalid)?)),
        ColumnType::Timestamp | ColumnType::Timestamptz => Scalar::Timestamp(Timestamp {
            micros: i64::from_be_bytes(fixed(bytes).ok_or_else(invalid)?),
            with_zone: matches!(kind, ColumnType::Timestamptz),
        }),
        ColumnType::Array(element) => Scalar::Array(Array::read(element, bytes)?),
        ColumnType::Composite(composite) => Scalar::Composite(Composite::read(composite, bytes)?),
        ColumnType::Any => return Err("its type is not read, and was another before".to_owned()),
        _ => other(kind, bytes).ok_or_else(invalid)?,
    })
}

fn other<'a>(kind: &ColumnType, bytes: &'a [u8]) -> Option<Scalar<'a>> {
    Some(match kind {
        ColumnType::Char => Scalar::Text(char_text(u8::from_be_bytes(fixed(bytes)?))),
        ColumnType::Json => Scalar::Json(text(bytes)?),
        // A version byte, 1, comes first.
        ColumnType::Jsonb => Scalar::Json(text(bytes.strip_prefix(&[1])?)?),
        ColumnType::Numeric => Scalar::Numeric(Numeric::read(bytes)?),
        ColumnType::Uuid => Scalar::Uuid(fixed(bytes)?),
        ColumnType::Date => Scalar::Date(Date(i32::from_be_bytes(fixed(bytes)?))),
        ColumnType::Time => Scalar::Time(Time(i64::from_be_bytes(fixed(bytes)?))),
        ColumnType::Interval => Scalar::Interval(Interval::read(bytes)?),
        ColumnType::Inet | ColumnType::Cidr => Scalar::Text(Cow::Owned(network::text(bytes)?)),
        ColumnType::Range(element) => Scalar::Text(Cow::Owned(range::text(element, bytes)?)),
        _ => return None,
    })
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

fn fixed<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    bytes.try_into().ok()
}

/// A `"char"` of 0 is empty text, and one beyond ASCII is written in octal, as no byte above 127 is text by itself.
fn char_text(byte: u8) -> Cow<'static, str> {
    match byte {
        0 => Cow::Borrowed(""),
        1..=127 => Cow::Owned(char::from(byte).to_string()),
        128.. => Cow::Owned(format!("\\{byte:03o}")),
    }
}
