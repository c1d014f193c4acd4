//! What PostgreSQL takes a parameter for, as far as it matters for what is sent.

use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind};
use sqlx::TypeInfo as _;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgTypeInfo, PgTypeKind};

use crate::database::enum_names::EnumNames;
use crate::value::{Known, Wrapped};

/// `text`
pub const TEXT: Oid = Oid(25);

/// `text[]`
const TEXT_ARRAY: Oid = Oid(1009);

/// A parameter's type.
#[derive(Debug, Clone, PartialEq)]
pub enum ParamKind {
    Bool,
    Int2,
    Int4,
    Int8,
    Float4,
    Float8,
    Numeric,
    /// `text`, `varchar`, `char(n)`, `citext`
    Text,
    /// Text with the short name of an enum's value.
    EnumText(EnumNames),
    /// An enum of the database's own; the names are those that the field's values have there.
    Enum(EnumNames),
    /// `name`, of at most 63 bytes; the server cuts longer ones.
    Name,
    /// `"char"`, one byte; the server cuts longer ones.
    Char,
    Bytea,
    Date,
    Time,
    /// `timestamp` and `timestamptz`
    Timestamp,
    Interval,
    /// `json` and `jsonb`; with the type of the field whose JSON it is, where it is a field's.
    Json(Option<Kind>),
    /// A composite type, by its attributes.
    Composite(Vec<Attribute>),
    /// What is read from text alone: uuid, inet, ranges, and whatever else there is.
    Other,
    /// A list of those, and the items' type as the server knows it.
    Array(Box<ParamKind>, Oid),
}

/// An attribute of a composite type.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribute {
    pub name: String,
    pub kind: ParamKind,
    /// The message's field of the same name, where there is one; else it is NULL.
    pub field: Option<FieldDescriptor>,
}

impl ParamKind {
    /// The kind of that type, for values of that field. A domain is what it is over.
    pub fn of(info: &PgTypeInfo, field: Option<&FieldDescriptor>) -> Self {
        match info.kind() {
            PgTypeKind::Domain(over) => return Self::of(over, field),
            PgTypeKind::Array(item) => {
                return Self::Array(Self::of(item, field).into(), item.oid().unwrap_or(TEXT));
            }
            PgTypeKind::Enum(labels) => {
                let names = enum_of(field).map(|descriptor| EnumNames::labels(&descriptor, labels));
                return names.map_or(Self::Other, Self::Enum);
            }
            PgTypeKind::Composite(attributes) => {
                let attribute = |(name, info): &(String, PgTypeInfo)| Attribute::new(name, info, field);
                return Self::Composite(attributes.iter().map(attribute).collect());
            }
            _ => {}
        }
        match info.name() {
            "BOOL" => Self::Bool,
            "INT2" => Self::Int2,
            "INT4" => Self::Int4,
            "INT8" => Self::Int8,
            "FLOAT4" => Self::Float4,
            "FLOAT8" => Self::Float8,
            "NUMERIC" => Self::Numeric,
            "TEXT" | "VARCHAR" | "CHAR" | "UNKNOWN" => Self::text(field),
            // It is in whatever schema its extension was made in.
            name if name.rsplit('.').next().is_some_and(|name| name.eq_ignore_ascii_case("citext")) => {
                Self::text(field)
            }
            "NAME" => Self::Name,
            "\"CHAR\"" => Self::Char,
            "BYTEA" => Self::Bytea,
            "DATE" => Self::Date,
            "TIME" => Self::Time,
            "TIMESTAMP" | "TIMESTAMPTZ" => Self::Timestamp,
            "INTERVAL" => Self::Interval,
            "JSON" | "JSONB" => Self::Json(field.map(FieldDescriptor::kind)),
            _ => Self::Other,
        }
    }

    fn text(field: Option<&FieldDescriptor>) -> Self {
        enum_of(field).map_or(Self::Text, |descriptor| Self::EnumText(EnumNames::short(&descriptor)))
    }

    /// True where a value of that field goes as text: always where there is no binary form here, and for what may come
    /// in another type than the parameter's, like another part's timestamp that is `infinity`.
    pub fn is_sent_as_text(&self, info: &PgTypeInfo, field: Option<&FieldDescriptor>) -> bool {
        let is_of = |known: Known| field.and_then(known_of) != Some(known);
        match self {
            _ if matches!(info.kind(), PgTypeKind::Domain(_)) => true,
            Self::Numeric | Self::Enum(_) | Self::Json(_) | Self::Composite(_) | Self::Other | Self::Char => {
                true
            }
            Self::Date => is_of(Known::Date),
            Self::Time => is_of(Known::TimeOfDay),
            Self::Timestamp => is_of(Known::Timestamp),
            Self::Interval => is_of(Known::Duration),
            Self::Array(item, _) => match info.kind() {
                PgTypeKind::Array(info) => item.is_sent_as_text(info, field),
                _ => true,
            },
            _ => false,
        }
    }

    /// What the statement casts from, where it is sent as text.
    pub fn cast_from(&self) -> (Oid, &'static str) {
        match self {
            Self::Array(..) => (TEXT_ARRAY, "text[]"),
            _ => (TEXT, "text"),
        }
    }
}

impl Attribute {
    /// `field` is that of the message that fills the composite type.
    fn new(name: &str, info: &PgTypeInfo, field: Option<&FieldDescriptor>) -> Self {
        let message = match field.map(FieldDescriptor::kind) {
            Some(Kind::Message(message)) => Some(message),
            _ => None,
        };
        let field = message.and_then(|message| message.get_field_by_name(name));
        Self { name: name.to_owned(), kind: ParamKind::of(info, field.as_ref()), field }
    }
}

fn enum_of(field: Option<&FieldDescriptor>) -> Option<EnumDescriptor> {
    match field?.kind() {
        Kind::Enum(descriptor) => Some(descriptor),
        _ => None,
    }
}

/// The one value that a field's message stands for.
pub(super) fn known_of(field: &FieldDescriptor) -> Option<Known> {
    match field.kind() {
        Kind::Message(message) => Known::of(message.full_name()),
        _ => None,
    }
}

/// The field's type, that of the value inside where it is a wrapper.
pub(super) fn unwrapped(field: &FieldDescriptor) -> Kind {
    Wrapped::of(&field.kind()).map_or_else(|| field.kind(), |inside| inside.kind())
}
