//! A column's value as any of our databases gives it, borrowed from the row where it can be.

use std::borrow::Cow;

use crate::instant::Instant;
use crate::value::Value;

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
    /// Text, and whatever has only a text form here (numeric, uuid, json, date...).
    Text(Cow<'a, str>),
    /// Bytes.
    Bytes(&'a [u8]),
    /// An instant.
    Instant(Instant),
}

impl Scalar<'_> {
    /// The value, for another part's parameter.
    pub fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(value) => Value::Int(*value),
            Self::Float(value) => Value::Float(*value),
            Self::Text(value) => Value::Text(value.clone().into_owned()),
            Self::Bytes(value) => Value::Bytes(value.to_vec()),
            Self::Instant(value) => Value::Instant(*value),
        }
    }
}
