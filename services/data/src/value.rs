//! A value on its way into a statement or a URL: from a request's field, or from another part's row.

mod json;
mod known;
mod of_field;
mod structured;

use std::fmt::Write;
use std::sync::Arc;

use jiff::civil::Date;
use prost_types::Duration;

use crate::instant::Instant;
pub use known::{Known, TimeOfDay, Unfit, decimal};
pub use of_field::Wrapped;
pub use structured::Structured;

/// One value. Protobuf's many integer types are two here: what fits an `i64`, and what does not.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Absent, or SQL's NULL.
    Null,
    /// A truth value.
    Bool(bool),
    /// An integer, also an enum's number.
    Int(i64),
    /// An integer above `i64::MAX`.
    Uint(u64),
    /// A floating-point number.
    Float(f64),
    /// Text, without NUL characters; also a decimal's digits.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// An instant.
    Instant(Instant),
    /// A length of time, of at most 10,000 years.
    Duration(Duration),
    /// A day of the years 1 to 9999.
    Date(Date),
    /// A time of day.
    Time(TimeOfDay),
    /// A message, a map, or what google/protobuf/struct.proto has for JSON.
    Structured(Arc<Structured>),
    /// Several values of one type, NULLs among them: an array.
    List(Vec<Value>),
}

impl Value {
    /// An integer of either kind.
    pub fn uint(value: u64) -> Self {
        i64::try_from(value).map_or(Self::Uint(value), Self::Int)
    }

    /// As text, for a URL or a database that reads it; none where absent. Bytes and lists have no such form.
    pub fn to_text(&self) -> Option<String> {
        let mut text = String::new();
        match self {
            Self::Null | Self::Bytes(_) | Self::List(_) => return None,
            Self::Bool(value) => write!(text, "{value}"),
            Self::Int(value) => write!(text, "{value}"),
            Self::Uint(value) => write!(text, "{value}"),
            Self::Float(value) if value.is_infinite() => {
                write!(text, "{}Infinity", if *value < 0.0 { "-" } else { "" })
            }
            Self::Float(value) => write!(text, "{value}"),
            Self::Text(value) => write!(text, "{value}"),
            Self::Instant(value) => write!(text, "{value}"),
            Self::Duration(value) => write!(text, "{value}"),
            Self::Date(value) => write!(text, "{value}"),
            Self::Time(value) => write!(text, "{value}"),
            Self::Structured(value) => write!(text, "{}", value.json()),
        }
        .ok()?;
        Some(text)
    }
}

#[cfg(test)]
mod tests;
