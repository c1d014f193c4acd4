//! What a column holds, as its database declares it. docs/types.md has the table of what each may fill.

use std::fmt;
use std::sync::Arc;

/// A column's type. All but the first are PostgreSQL's; a domain is what it is over.
#[derive(Debug, Clone, PartialEq)]
pub enum ColumnType {
    /// Each value has a type of its own, whatever the column was declared as: SQLite.
    Any,
    /// `bool`
    Bool,
    /// `bytea`
    Bytea,
    /// `int2`
    Int2,
    /// `int4`
    Int4,
    /// `int8`
    Int8,
    /// `float4`
    Float4,
    /// `float8`
    Float8,
    /// `numeric`
    Numeric,
    /// Text in all its forms, enums among them: the bytes are the text.
    Text,
    /// `"char"`, a single byte
    Char,
    /// `json`
    Json,
    /// `jsonb`
    Jsonb,
    /// `uuid`
    Uuid,
    /// `date`
    Date,
    /// `time`
    Time,
    /// `timestamp`
    Timestamp,
    /// `timestamptz`
    Timestamptz,
    /// `interval`
    Interval,
    /// `inet`
    Inet,
    /// `cidr`
    Cidr,
    /// A range of what has a text form.
    Range(Arc<ColumnType>),
    /// An array of any of these.
    Array(Arc<ColumnType>),
    /// A composite type.
    Composite(Arc<CompositeType>),
}

/// A composite type.
#[derive(Debug, Clone, PartialEq)]
pub struct CompositeType {
    /// Its name.
    pub name: String,
    /// Its attributes, in order.
    pub attributes: Vec<Attribute>,
}

/// One attribute of a composite type.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// Its type's number, which comes with each value.
    pub oid: u32,
    /// Its type.
    pub kind: ColumnType,
}

impl ColumnType {
    /// The field's type that holds every value of the column.
    pub fn natural_field(&self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Bytea => "bytes",
            Self::Int2 | Self::Int4 => "int32",
            Self::Int8 => "int64",
            Self::Float4 => "float",
            Self::Float8 => "double",
            Self::Timestamp | Self::Timestamptz => "google.protobuf.Timestamp",
            Self::Array(_) => "repeated",
            Self::Composite(_) => "a message of the same names",
            _ => "string",
        }
    }

    /// True where it is a composite type, or is made of one.
    pub fn has_attributes(&self) -> bool {
        match self {
            Self::Array(element) => element.has_attributes(),
            Self::Composite(_) => true,
            _ => false,
        }
    }

    /// True where a range of it can be written as text.
    pub fn is_range_bound(&self) -> bool {
        self.has_text() || matches!(self, Self::Int2 | Self::Int4 | Self::Int8)
    }

    /// True where a string takes its values, as PostgreSQL's own text. Numbers and truth values have fields of their own.
    pub fn has_text(&self) -> bool {
        let is_number =
            matches!(self, Self::Int2 | Self::Int4 | Self::Int8 | Self::Float4 | Self::Float8 | Self::Bool);
        let is_text = !matches!(self, Self::Any | Self::Bytea | Self::Array(_) | Self::Composite(_));
        is_text && !is_number
    }
}

impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Char => f.write_str("\"char\""),
            Self::Range(element) => write!(f, "a range of {element}"),
            Self::Array(element) => write!(f, "{element}[]"),
            Self::Composite(composite) => f.write_str(&composite.name),
            simple => f.write_str(&format!("{simple:?}").to_lowercase()),
        }
    }
}
