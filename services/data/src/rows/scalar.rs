//! A column's value as any of our databases gives it, borrowed from the row where it can be.

mod interval;
mod moments;
mod numeric;

use std::borrow::Cow;

use super::binary::{Array, Composite};
use crate::value::Value;
pub use interval::Interval;
pub use moments::{Date, Time, Timestamp};
pub use numeric::Numeric;

/// One value of one row.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar<'a> {
    /// SQL's NULL.
    Null,
    /// A truth value.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A floating-point number.
    Float(f64),
    /// Text, and whatever has only a text form here (inet, ranges).
    Text(Cow<'a, str>),
    /// Bytes.
    Bytes(&'a [u8]),
    /// Text that its database knows to be JSON.
    Json(&'a str),
    /// A number with all its digits.
    Numeric(Numeric<'a>),
    /// A UUID.
    Uuid([u8; 16]),
    /// A day.
    Date(Date),
    /// A time of day.
    Time(Time),
    /// An instant, or a date and a time.
    Timestamp(Timestamp),
    /// A length of time.
    Interval(Interval),
    /// An array.
    Array(Array<'a>),
    /// A composite type's value.
    Composite(Composite<'a>),
}

impl Scalar<'_> {
    /// Appends PostgreSQL's own text of the value; false where it has none here.
    pub(super) fn write_text(&self, out: &mut Vec<u8>) -> bool {
        match self {
            Self::Text(text) => out.extend_from_slice(text.as_bytes()),
            Self::Json(text) => out.extend_from_slice(text.as_bytes()),
            Self::Numeric(numeric) => numeric.write_text(out),
            Self::Uuid(bytes) => write_uuid(bytes, out),
            Self::Date(date) => date.write_text(out),
            Self::Time(time) => time.write_text(out),
            Self::Timestamp(timestamp) => timestamp.write_text(out),
            Self::Interval(interval) => interval.write_text(out),
            _ => return false,
        }
        true
    }

    /// The value, for another part's parameter.
    ///
    /// # Errors
    /// What has no form as a parameter.
    pub fn to_value(&self) -> Result<Value, String> {
        Ok(match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(value) => Value::Int(*value),
            Self::Float(value) => Value::Float(*value),
            Self::Text(value) => Value::Text(value.clone().into_owned()),
            Self::Json(value) => Value::Text((*value).to_owned()),
            Self::Bytes(value) => Value::Bytes(value.to_vec()),
            Self::Timestamp(timestamp) => match timestamp.instant() {
                Some(instant) => Value::Instant(instant),
                None => self.text_value()?,
            },
            Self::Array(array) => {
                Value::List(array.elements().map(|it| it?.to_value()).collect::<Result<_, _>>()?)
            }
            Self::Composite(_) => return Err("a composite value is no parameter".to_owned()),
            _ => self.text_value()?,
        })
    }

    fn text_value(&self) -> Result<Value, String> {
        let mut text = Vec::new();
        self.write_text(&mut text);
        String::from_utf8(text).map(Value::Text).map_err(|error| error.to_string())
    }
}

fn write_uuid(bytes: &[u8; 16], out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            out.push(b'-');
        }
        out.extend([HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
    }
}

/// Appends a number in at least that many digits.
fn write_digits(out: &mut Vec<u8>, number: u64, width: usize) {
    let mut digits = [b'0'; 20];
    let (mut rest, mut start) = (number, digits.len());
    while rest > 0 {
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    out.extend_from_slice(&digits[start.min(digits.len() - width)..]);
}

/// Appends a point and microseconds, without the zeros at their end; nothing where there are none.
fn write_micros(out: &mut Vec<u8>, micros: u64) {
    if micros > 0 {
        out.push(b'.');
        write_digits(out, micros, 6);
        while out.last() == Some(&b'0') {
            out.pop();
        }
    }
}
