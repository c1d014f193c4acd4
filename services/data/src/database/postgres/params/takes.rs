//! Which field may go where: docs/types.md has the same as a table, and a test that compares them.

use prost_reflect::{FieldDescriptor, Kind};

use super::kind::{Attribute, ParamKind, known_of, unwrapped};
use crate::request::Given;
use crate::value::Known;

impl ParamKind {
    /// True where some value of that field can be sent.
    pub fn takes(&self, given: &Given) -> bool {
        let field = &given.field;
        match self {
            Self::Array(item, _) => given.is_list && item.takes_one(field),
            Self::Json(_) => is_json(field, given.is_list),
            _ => !given.is_list && !field.is_map() && self.takes_one(field),
        }
    }

    /// The same of one of its items, where it is repeated.
    fn takes_one(&self, field: &FieldDescriptor) -> bool {
        let kind = unwrapped(field);
        let is_text = kind == Kind::String;
        match self {
            Self::Bool => kind == Kind::Bool,
            Self::Int2 | Self::Int4 | Self::Int8 => {
                is_whole(&kind) || is_text || matches!(kind, Kind::Enum(_))
            }
            Self::Float4 | Self::Float8 => is_whole(&kind) || is_real(&kind) || is_text,
            Self::Numeric => {
                is_whole(&kind) || is_real(&kind) || is_text || known_of(field) == Some(Known::Decimal)
            }
            Self::Text | Self::EnumText(_) => {
                !matches!(kind, Kind::Bytes | Kind::Message(_)) || known_of(field).is_some()
            }
            Self::Enum(names) => matches!(kind, Kind::Enum(_)) && !names.is_empty(),
            Self::Bytea => kind == Kind::Bytes,
            Self::Date => is_text || known_of(field) == Some(Known::Date),
            Self::Time => is_text || known_of(field) == Some(Known::TimeOfDay),
            Self::Timestamp => is_text || known_of(field) == Some(Known::Timestamp),
            Self::Interval => is_text || known_of(field) == Some(Known::Duration),
            Self::Json(_) => is_json(field, false),
            Self::Composite(attributes) => {
                matches!(kind, Kind::Message(_)) && !field.is_map() && takes_all(attributes, &kind)
            }
            Self::Other | Self::Name | Self::Char => is_text,
            Self::Array(..) => false,
        }
    }

    /// The parameter's type, for people.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Bool => "boolean",
            Self::Int2 | Self::Int4 | Self::Int8 => "a whole number",
            Self::Float4 | Self::Float8 | Self::Numeric => "a number",
            Self::Bytea => "bytes",
            Self::Date => "a date",
            Self::Time => "a time of day",
            Self::Timestamp => "a timestamp",
            Self::Interval => "an interval",
            Self::Json(_) => "JSON",
            Self::Enum(_) => "an enum",
            Self::Composite(_) => "a composite type",
            Self::Text | Self::EnumText(_) | Self::Name | Self::Char | Self::Other => "text",
            Self::Array(..) => "a list",
        }
    }
}

/// Whatever is an object or a list in JSON, what has a text of its own there, and text that is JSON already.
fn is_json(field: &FieldDescriptor, is_list: bool) -> bool {
    is_list || matches!(unwrapped(field), Kind::String | Kind::Message(_))
}

/// True where each field of the message has an attribute of its name that takes it. An attribute without a field is
/// NULL.
fn takes_all(attributes: &[Attribute], kind: &Kind) -> bool {
    let Kind::Message(message) = kind else { return false };
    message.fields().all(|field| {
        let attribute = attributes.iter().find(|attribute| attribute.name == field.name());
        attribute.is_some_and(|attribute| attribute.kind.takes(&Given::of(&field)))
    })
}

fn is_whole(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Int32
            | Kind::Int64
            | Kind::Uint32
            | Kind::Uint64
            | Kind::Sint32
            | Kind::Sint64
            | Kind::Fixed32
            | Kind::Fixed64
            | Kind::Sfixed32
            | Kind::Sfixed64
    )
}

fn is_real(kind: &Kind) -> bool {
    matches!(kind, Kind::Float | Kind::Double)
}
