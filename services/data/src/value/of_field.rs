//! A field of a message in memory as a value: a web service's reply, and what lies inside a structured value.

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, ReflectMessage as _, Value as Proto};

use super::known::decimal;
use super::{Known, Structured, Unfit, Value};

impl Value {
    /// The field's value; NULL where it is absent.
    ///
    /// # Errors
    /// What no parameter can be made of.
    pub fn of_field(message: &DynamicMessage, field: &FieldDescriptor) -> Result<Self, Unfit> {
        if field.supports_presence() && !message.has_field(field) {
            return Ok(Self::Null);
        }
        match message.get_field(field).as_ref() {
            Proto::List(items) => {
                items.iter().map(|item| Self::of_one(item, field)).collect::<Result<_, _>>().map(Self::List)
            }
            one => Self::of_one(one, field),
        }
    }

    fn of_one(value: &Proto, field: &FieldDescriptor) -> Result<Self, Unfit> {
        Ok(match value {
            Proto::Bool(value) => Self::Bool(*value),
            Proto::I32(value) => Self::Int((*value).into()),
            Proto::I64(value) => Self::Int(*value),
            Proto::U32(value) => Self::Int((*value).into()),
            Proto::U64(value) => Self::uint(*value),
            Proto::F32(value) => Self::Float((*value).into()),
            Proto::F64(value) => Self::Float(*value),
            Proto::String(value) if value.contains('\0') => {
                return Err("a NUL character has no place in text");
            }
            Proto::String(value) => Self::Text(value.clone()),
            Proto::Bytes(value) => Self::Bytes(value.to_vec()),
            Proto::EnumNumber(value) => Self::Int((*value).into()),
            Proto::Message(inner) => return Self::of_message(inner, value, field),
            Proto::Map(_) | Proto::List(_) => Self::Structured(Structured::new(value, field)?.into()),
        })
    }

    fn of_message(message: &DynamicMessage, value: &Proto, field: &FieldDescriptor) -> Result<Self, Unfit> {
        let descriptor = message.descriptor();
        let name = descriptor.full_name();
        match Wrapped::of(&field.kind()) {
            Some(wrapped) => Self::of_field(message, &wrapped),
            None if Known::of(name).is_some() => Self::of_known(message, name),
            None => Ok(Self::Structured(Structured::new(value, field)?.into())),
        }
    }

    /// The value of a message that stands for one.
    pub(super) fn of_known(message: &DynamicMessage, name: &str) -> Result<Self, Unfit> {
        let known = Known::of(name).ok_or("not a message of its type")?;
        let mut numbers = [0; 4];
        for (field, value) in message.fields() {
            match value {
                Proto::String(text) if known == Known::Decimal => return decimal(text),
                Proto::I32(value) => numbers[(field.number() as usize).clamp(1, 4) - 1] = (*value).into(),
                Proto::I64(value) => numbers[(field.number() as usize).clamp(1, 4) - 1] = *value,
                _ => return Err("not a message of its type"),
            }
        }
        known.value(numbers)
    }
}

/// google/protobuf/wrappers.proto: a value that may be absent.
pub struct Wrapped;

impl Wrapped {
    /// The field inside, where it is one of them.
    pub fn of(kind: &Kind) -> Option<FieldDescriptor> {
        const WRAPPERS: [&str; 9] = [
            "DoubleValue",
            "FloatValue",
            "Int64Value",
            "UInt64Value",
            "Int32Value",
            "UInt32Value",
            "BoolValue",
            "StringValue",
            "BytesValue",
        ];
        let Kind::Message(message) = kind else { return None };
        let name = message.full_name().strip_prefix("google.protobuf.")?;
        WRAPPERS.contains(&name).then(|| message.get_field(1)).flatten()
    }
}
