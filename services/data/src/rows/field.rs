//! How one column's value is written as one field, or why it cannot be. Conversions are strict: a value that does
//! not fit is a fault with the column's name, never a wrong number.

use prost::encoding::{WireType, encode_varint};
use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind};

use super::plan::short_enum_name;
use super::scalar::Scalar;
use super::wire::{Key, with_length, write_delimited};
use crate::instant::Instant;

/// The reply field's type, as far as a column can fill it.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldKind {
    /// `double`
    Double,
    /// `float`
    Float,
    /// `int32`
    Int32,
    /// `int64`
    Int64,
    /// `uint32`
    Uint32,
    /// `uint64`
    Uint64,
    /// `sint32`
    Sint32,
    /// `sint64`
    Sint64,
    /// `fixed32`
    Fixed32,
    /// `fixed64`
    Fixed64,
    /// `sfixed32`
    Sfixed32,
    /// `sfixed64`
    Sfixed64,
    /// `bool`
    Bool,
    /// `string`
    String,
    /// `bytes`
    Bytes,
    /// An enum: by the value's name, or by its number.
    Enum(EnumDescriptor),
    /// `google.protobuf.Timestamp`
    Timestamp,
    /// One of `google.protobuf`'s wrappers.
    Wrapper(Box<FieldKind>),
}

/// Why a value cannot be written as a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misfit {
    /// A value of another type.
    Type,
    /// A value outside the field's range.
    Range,
}

impl FieldKind {
    /// The kind of that field; none where no column can fill it.
    pub fn of(field: &FieldDescriptor) -> Option<Self> {
        if field.is_list() || field.is_map() {
            return None;
        }
        Some(match field.kind() {
            Kind::Double => Self::Double,
            Kind::Float => Self::Float,
            Kind::Int32 => Self::Int32,
            Kind::Int64 => Self::Int64,
            Kind::Uint32 => Self::Uint32,
            Kind::Uint64 => Self::Uint64,
            Kind::Sint32 => Self::Sint32,
            Kind::Sint64 => Self::Sint64,
            Kind::Fixed32 => Self::Fixed32,
            Kind::Fixed64 => Self::Fixed64,
            Kind::Sfixed32 => Self::Sfixed32,
            Kind::Sfixed64 => Self::Sfixed64,
            Kind::Bool => Self::Bool,
            Kind::String => Self::String,
            Kind::Bytes => Self::Bytes,
            Kind::Enum(descriptor) => Self::Enum(descriptor),
            Kind::Message(message) => match message.full_name() {
                "google.protobuf.Timestamp" => Self::Timestamp,
                name if is_wrapper(name) => Self::Wrapper(Box::new(Self::of(&message.get_field(1)?)?)),
                _ => return None,
            },
        })
    }

    pub(super) fn wire_type(&self) -> WireType {
        match self {
            Self::Double | Self::Fixed64 | Self::Sfixed64 => WireType::SixtyFourBit,
            Self::Float | Self::Fixed32 | Self::Sfixed32 => WireType::ThirtyTwoBit,
            Self::String | Self::Bytes | Self::Timestamp | Self::Wrapper(_) => WireType::LengthDelimited,
            _ => WireType::Varint,
        }
    }

    /// Writes the value without its key.
    fn write(&self, value: &Scalar<'_>, out: &mut Vec<u8>) -> Result<(), Misfit> {
        match self {
            Self::Double => out.extend_from_slice(&float(value)?.to_le_bytes()),
            Self::Float => out.extend_from_slice(&narrow_float(float(value)?)?.to_le_bytes()),
            Self::Int32 => varint(out, i64::from(integer::<i32>(value)?) as u64),
            Self::Int64 => varint(out, integer::<i64>(value)? as u64),
            Self::Uint32 => varint(out, integer::<u32>(value)?.into()),
            Self::Uint64 => varint(out, integer::<u64>(value)?),
            Self::Sint32 => varint(out, zigzag(integer::<i32>(value)?.into()) & u64::from(u32::MAX)),
            Self::Sint64 => varint(out, zigzag(integer(value)?)),
            Self::Fixed32 => out.extend_from_slice(&integer::<u32>(value)?.to_le_bytes()),
            Self::Fixed64 => out.extend_from_slice(&integer::<u64>(value)?.to_le_bytes()),
            Self::Sfixed32 => out.extend_from_slice(&integer::<i32>(value)?.to_le_bytes()),
            Self::Sfixed64 => out.extend_from_slice(&integer::<i64>(value)?.to_le_bytes()),
            Self::Bool => varint(out, boolean(value)?.into()),
            Self::Enum(descriptor) => varint(out, i64::from(enum_number(descriptor, value)?) as u64),
            Self::String => write_text(value, out)?,
            Self::Bytes => match value {
                Scalar::Bytes(bytes) => write_delimited(out, bytes),
                _ => return Err(Misfit::Type),
            },
            Self::Timestamp => write_timestamp(instant(value)?, out),
            Self::Wrapper(inner) => write_wrapped(inner, value, out)?,
        }
        Ok(())
    }

    /// Writes the value with its key.
    pub(super) fn write_with_key(
        &self,
        key: &Key,
        value: &Scalar<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), Misfit> {
        key.write(out);
        self.write(value, out)
    }

    /// Writes the value with its key, unless it is the default of its type.
    pub(super) fn write_unless_default(
        &self,
        key: &Key,
        value: &Scalar<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), Misfit> {
        let start = out.len();
        key.write(out);
        let content = out.len();
        self.write(value, out)?;
        // Zeros, and nothing else, are zero, false, and what has the length zero.
        if out[content..].iter().all(|byte| *byte == 0) {
            out.truncate(start);
        }
        Ok(())
    }
}

fn is_wrapper(name: &str) -> bool {
    name.starts_with("google.protobuf.")
        && name.ends_with("Value")
        && !matches!(name, "google.protobuf.Value" | "google.protobuf.ListValue")
}

fn varint(out: &mut Vec<u8>, value: u64) {
    encode_varint(value, out);
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

fn integer<T: TryFrom<i64> + TryFrom<u64>>(value: &Scalar<'_>) -> Result<T, Misfit> {
    match value {
        Scalar::Int(value) => T::try_from(*value).map_err(|_| Misfit::Range),
        // numeric columns come as text, so that nothing passes through a float.
        Scalar::Text(text) => match (text.parse::<i64>(), text.parse::<u64>()) {
            (Ok(value), _) => T::try_from(value).map_err(|_| Misfit::Range),
            (_, Ok(value)) => T::try_from(value).map_err(|_| Misfit::Range),
            _ => Err(Misfit::Type),
        },
        _ => Err(Misfit::Type),
    }
}

fn float(value: &Scalar<'_>) -> Result<f64, Misfit> {
    const EXACT: i64 = 1 << 53;
    match value {
        Scalar::Float(value) => Ok(*value),
        Scalar::Int(value) if (-EXACT..=EXACT).contains(value) => Ok(*value as f64),
        Scalar::Int(_) => Err(Misfit::Range),
        _ => Err(Misfit::Type),
    }
}

/// A double in a float field keeps its nearest value; one beyond float's range does not become infinite.
fn narrow_float(value: f64) -> Result<f32, Misfit> {
    let narrow = value as f32;
    if narrow.is_infinite() && value.is_finite() { Err(Misfit::Range) } else { Ok(narrow) }
}

fn boolean(value: &Scalar<'_>) -> Result<bool, Misfit> {
    match value {
        Scalar::Bool(value) => Ok(*value),
        // SQLite has no boolean of its own.
        Scalar::Int(0) => Ok(false),
        Scalar::Int(1) => Ok(true),
        Scalar::Int(_) => Err(Misfit::Range),
        _ => Err(Misfit::Type),
    }
}

/// By number, by the value's name, or by the name less its enum's prefix in lower case: `STATUS_OPEN` is `open`.
fn enum_number(descriptor: &EnumDescriptor, value: &Scalar<'_>) -> Result<i32, Misfit> {
    match value {
        Scalar::Int(number) => i32::try_from(*number).map_err(|_| Misfit::Range),
        Scalar::Text(name) => {
            let mut values = descriptor.values();
            let is_named = |full: &str| full == name || short_enum_name(descriptor, full) == **name;
            values.find(|value| is_named(value.name())).map(|value| value.number()).ok_or(Misfit::Range)
        }
        _ => Err(Misfit::Type),
    }
}

fn write_text(value: &Scalar<'_>, out: &mut Vec<u8>) -> Result<(), Misfit> {
    match value {
        Scalar::Text(text) => write_delimited(out, text.as_bytes()),
        Scalar::Instant(instant) => write_delimited(out, instant.to_string().as_bytes()),
        _ => return Err(Misfit::Type),
    }
    Ok(())
}

/// SQLite has no type for instants: RFC 3339, or its own `YYYY-MM-DD HH:MM:SS` in UTC, or seconds since 1970.
fn instant(value: &Scalar<'_>) -> Result<Instant, Misfit> {
    match value {
        Scalar::Instant(instant) => Ok(*instant),
        Scalar::Int(seconds) => Instant::new(*seconds, 0).ok_or(Misfit::Range),
        Scalar::Text(text) => text.parse().map_err(|_| Misfit::Type),
        _ => Err(Misfit::Type),
    }
}

fn write_timestamp(instant: Instant, out: &mut Vec<u8>) {
    let (seconds, nanos) = instant.parts();
    with_length(out, |out| {
        if seconds != 0 {
            out.push(0x08);
            varint(out, seconds as u64);
        }
        if nanos != 0 {
            out.push(0x10);
            varint(out, nanos as u64);
        }
    });
}

fn write_wrapped(inner: &FieldKind, value: &Scalar<'_>, out: &mut Vec<u8>) -> Result<(), Misfit> {
    let key = Key::new(1, inner.wire_type());
    with_length(out, |out| inner.write_unless_default(&key, value, out))
}
