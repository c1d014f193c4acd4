//! What a reply's field takes, and how one value is written as it. Conversions are strict: a value that does not fit
//! is a fault with the column's name, never a wrong number.

use prost::encoding::WireType;
use prost_reflect::Kind;

use super::convert::{self, Misfit};
use super::enums::EnumNames;
use super::scalar::Scalar;
use super::wire::{Key, with_length, write_delimited, write_varint};

/// The type of a reply's field, or of one of its elements, that a single value fills.
#[derive(Debug, Clone)]
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
    Enum(EnumNames),
    /// `google.protobuf.Timestamp`
    Timestamp,
    /// `google.protobuf.Duration`
    Duration,
    /// `google.type.Date`
    Date,
    /// `google.type.TimeOfDay`
    TimeOfDay,
    /// `google.type.Decimal`
    Decimal,
    /// One of `google.protobuf`'s wrappers.
    Wrapper(Box<FieldKind>),
}

impl FieldKind {
    /// The kind of that type; none where no single value fills it.
    pub fn of(kind: &Kind) -> Option<Self> {
        Some(match kind {
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
            Kind::Enum(descriptor) => Self::Enum(EnumNames::new(descriptor)),
            Kind::Message(message) => match message.full_name() {
                "google.protobuf.Timestamp" => Self::Timestamp,
                "google.protobuf.Duration" => Self::Duration,
                "google.type.Date" => Self::Date,
                "google.type.TimeOfDay" => Self::TimeOfDay,
                "google.type.Decimal" => Self::Decimal,
                name if is_wrapper(name) => Self::Wrapper(Box::new(Self::of(&message.get_field(1)?.kind())?)),
                _ => return None,
            },
        })
    }

    pub(super) fn wire_type(&self) -> WireType {
        match self {
            Self::Double | Self::Fixed64 | Self::Sfixed64 => WireType::SixtyFourBit,
            Self::Float | Self::Fixed32 | Self::Sfixed32 => WireType::ThirtyTwoBit,
            Self::String | Self::Bytes | Self::Wrapper(_) | Self::Decimal => WireType::LengthDelimited,
            Self::Timestamp | Self::Duration | Self::Date | Self::TimeOfDay => WireType::LengthDelimited,
            _ => WireType::Varint,
        }
    }

    /// True where a list of these is one run of bytes without keys.
    pub(super) fn is_packable(&self) -> bool {
        self.wire_type() != WireType::LengthDelimited
    }

    /// Writes the value without its key.
    pub(super) fn write(&self, value: &Scalar<'_>, out: &mut Vec<u8>) -> Result<(), Misfit> {
        use convert::integer;
        match self {
            Self::Double => out.extend_from_slice(&convert::double(value)?.to_le_bytes()),
            Self::Float => out.extend_from_slice(&convert::float(value)?.to_le_bytes()),
            Self::Int32 => write_varint(out, i64::from(integer::<i32>(value)?) as u64),
            Self::Int64 => write_varint(out, integer::<i64>(value)? as u64),
            Self::Uint32 => write_varint(out, integer::<u32>(value)?.into()),
            Self::Uint64 => write_varint(out, integer::<u64>(value)?),
            Self::Sint32 => write_varint(out, zigzag(integer::<i32>(value)?.into()) & u64::from(u32::MAX)),
            Self::Sint64 => write_varint(out, zigzag(integer(value)?)),
            Self::Fixed32 => out.extend_from_slice(&integer::<u32>(value)?.to_le_bytes()),
            Self::Fixed64 => out.extend_from_slice(&integer::<u64>(value)?.to_le_bytes()),
            Self::Sfixed32 => out.extend_from_slice(&integer::<i32>(value)?.to_le_bytes()),
            Self::Sfixed64 => out.extend_from_slice(&integer::<i64>(value)?.to_le_bytes()),
            Self::Bool => write_varint(out, convert::boolean(value)?.into()),
            Self::Enum(names) => write_varint(out, i64::from(convert::enum_number(names, value)?) as u64),
            Self::String => write_string(value, out)?,
            Self::Bytes => match value {
                Scalar::Bytes(bytes) => write_delimited(out, bytes),
                _ => return Err(Misfit::Type),
            },
            Self::Timestamp => write_numbers(out, &seconds_and_nanos(convert::instant(value)?)),
            Self::Duration => write_numbers(out, &seconds_and_nanos(convert::duration(value)?)),
            Self::Date => write_numbers(out, &convert::date(value)?),
            Self::TimeOfDay => write_numbers(out, &convert::time_of_day(value)?),
            Self::Decimal => with_length(out, |out| {
                out.push(0x0A);
                with_length(out, |out| convert::write_decimal(value, out))
            })?,
            Self::Wrapper(inner) => {
                let key = Key::new(1, inner.wire_type());
                with_length(out, |out| inner.write_unless_default(&key, value, out))?;
            }
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

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

/// Text by itself is the way of most strings.
fn write_string(value: &Scalar<'_>, out: &mut Vec<u8>) -> Result<(), Misfit> {
    if let Scalar::Text(text) = value {
        write_delimited(out, text.as_bytes());
        return Ok(());
    }
    let has_text = with_length(out, |out| value.write_text(out));
    if has_text { Ok(()) } else { Err(Misfit::Type) }
}

fn seconds_and_nanos((seconds, nanos): (i64, i32)) -> [i64; 2] {
    [seconds, nanos.into()]
}

/// Writes a message whose fields are integers, numbered from 1 on.
fn write_numbers(out: &mut Vec<u8>, numbers: &[i64]) {
    with_length(out, |out| {
        for (key, number) in (0x08..).step_by(8).zip(numbers).filter(|(_, number)| **number != 0) {
            out.push(key);
            write_varint(out, *number as u64);
        }
    });
}
