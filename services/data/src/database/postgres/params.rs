//! Values become PostgreSQL's binary parameters. What has no binary form here is sent as text and cast by the
//! server, so that every type works and the server's own rules decide what is valid.

use meanwhile_catalog::Origin;
use meanwhile_proto::errors::Reason;
use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind};
use sqlx::encode::{Encode, IsNull};
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgTypeInfo, PgTypeKind, Postgres};
use sqlx::{Arguments as _, Type, TypeInfo as _};

use super::moments;
use crate::fault::Fault;
use crate::page;
use crate::value::Value;

/// `text`
const TEXT: Oid = Oid(25);

/// `text[]`
const TEXT_ARRAY: Oid = Oid(1009);

/// How one parameter is sent.
#[derive(Debug, Clone)]
pub(super) struct PgParam {
    pub oid: Oid,
    pub form: ParamForm,
    /// As its author wrote it, for messages.
    pub name: String,
    /// Whose value it is.
    pub source: ValueSource,
}

/// Where a value comes from, and so who can mend it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueSource {
    /// A field of the request.
    Field,
    /// A page token, which anybody can make up.
    PageToken,
    /// Another part, or Meanwhile itself.
    Own,
}

impl From<&Origin> for ValueSource {
    fn from(origin: &Origin) -> Self {
        match origin {
            Origin::Field(_) => Self::Field,
            Origin::After(_) => Self::PageToken,
            Origin::Column { .. } | Origin::Limit | Origin::Unknown => Self::Own,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum ParamForm {
    Bool,
    Int2,
    Int4,
    Int8,
    Float4,
    Float8,
    Text,
    Bytea,
    Timestamp,
    /// As text, with a cast to the parameter's type in the statement.
    Cast,
    /// An enum's name as text; the labels are those of the database's enum, where it is one.
    EnumName(EnumDescriptor, Vec<String>),
    /// A list, its items in that form and of that type.
    Array(Box<ParamForm>, Oid),
}

impl ParamForm {
    /// How a value of that source goes to a parameter of that type.
    pub fn of(info: &PgTypeInfo, source: Option<&FieldDescriptor>) -> Self {
        if let PgTypeKind::Array(item) = info.kind() {
            let form = Self::of(item, source);
            let oid = if form.needs_cast() { TEXT } else { item.oid().unwrap_or(TEXT) };
            return Self::Array(Box::new(form), oid);
        }
        if let Some(Kind::Enum(descriptor)) = source.map(FieldDescriptor::kind) {
            match info.kind() {
                PgTypeKind::Enum(labels) => return Self::EnumName(descriptor, labels.to_vec()),
                _ if matches!(info.name(), "TEXT" | "VARCHAR" | "CHAR") => {
                    return Self::EnumName(descriptor, Vec::new());
                }
                _ => {}
            }
        }
        match info.name() {
            "BOOL" => Self::Bool,
            "INT2" => Self::Int2,
            "INT4" => Self::Int4,
            "INT8" => Self::Int8,
            "FLOAT4" => Self::Float4,
            "FLOAT8" => Self::Float8,
            "TEXT" | "VARCHAR" | "CHAR" | "NAME" | "UNKNOWN" => Self::Text,
            "BYTEA" => Self::Bytea,
            "TIMESTAMPTZ" | "TIMESTAMP" if source.is_none_or(is_timestamp) => Self::Timestamp,
            _ => Self::Cast,
        }
    }

    /// The parameter's type, for people.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Bool => "boolean",
            Self::Int2 | Self::Int4 | Self::Int8 => "a whole number",
            Self::Float4 | Self::Float8 => "a number",
            Self::Bytea => "bytes",
            Self::Timestamp => "a timestamp",
            Self::Text | Self::Cast | Self::EnumName(..) => "text",
            Self::Array(..) => "a list",
        }
    }

    /// True where some value of that field can be sent in this form.
    pub fn takes(&self, field: &FieldDescriptor) -> bool {
        match self {
            Self::Array(item, _) => field.is_list() && item.takes_one(field),
            _ => !field.is_list() && self.takes_one(field),
        }
    }

    /// The same of one of the field's items, where it is repeated.
    fn takes_one(&self, field: &FieldDescriptor) -> bool {
        let kind = match field.kind() {
            Kind::Message(message) if !is_timestamp(field) => match message.get_field(1) {
                Some(wrapped) => return self.takes_one(&wrapped),
                None => return false,
            },
            kind => kind,
        };
        match self {
            Self::Bool => kind == Kind::Bool,
            Self::Int2 | Self::Int4 | Self::Int8 => {
                !matches!(kind, Kind::Bool | Kind::Bytes | Kind::Float | Kind::Double | Kind::Message(_))
            }
            Self::Float4 | Self::Float8 => !matches!(kind, Kind::Bool | Kind::Bytes | Kind::Message(_)),
            Self::Bytea => kind == Kind::Bytes,
            Self::Timestamp => is_timestamp(field),
            Self::Text | Self::Cast | Self::EnumName(..) => kind != Kind::Bytes,
            Self::Array(..) => false,
        }
    }

    /// True where the statement has to cast a text parameter, or a list of texts, to the type it wants.
    pub fn needs_cast(&self) -> bool {
        match self {
            Self::Cast => true,
            Self::EnumName(_, labels) => !labels.is_empty(),
            Self::Array(item, _) => item.needs_cast(),
            _ => false,
        }
    }

    /// What the statement casts from, where it has to.
    pub fn cast_from(&self) -> (Oid, &'static str) {
        match self {
            Self::Array(..) => (TEXT_ARRAY, "text[]"),
            _ => (TEXT, "text"),
        }
    }
}

fn is_timestamp(field: &FieldDescriptor) -> bool {
    matches!(field.kind(), Kind::Message(message) if message.full_name() == "google.protobuf.Timestamp")
}

/// The type that a request's field implies, where PostgreSQL cannot tell a parameter's type by itself.
pub(super) fn implied(source: Option<&FieldDescriptor>) -> Oid {
    Oid(match source.map(FieldDescriptor::kind) {
        Some(Kind::Bool) => 16,
        Some(Kind::Bytes) => 17,
        Some(Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 | Kind::Enum(_)) => 23,
        Some(Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 | Kind::Uint32 | Kind::Fixed32) => 20,
        Some(Kind::Uint64 | Kind::Fixed64) => 1700,
        Some(Kind::Float) => 700,
        Some(Kind::Double) => 701,
        Some(Kind::Message(message)) => match message.full_name() {
            "google.protobuf.Timestamp" => 1184,
            _ => return implied(message.get_field(1).as_ref()),
        },
        Some(Kind::String) | None => 25,
    })
}

/// Every value in its parameter's form.
pub(super) fn arguments(params: &[PgParam], values: &[Value]) -> Result<PgArguments, Fault> {
    let mut arguments = PgArguments::default();
    arguments.reserve(params.len(), params.len() * 8);
    for (param, value) in params.iter().zip(values) {
        arguments.add(Argument { param, value }).map_err(|error| refused(param, error.as_ref()))?;
    }
    Ok(arguments)
}

fn refused(param: &PgParam, error: &(dyn std::error::Error + Send + Sync)) -> Fault {
    match param.source {
        ValueSource::Field => {
            Fault { reason: Reason::ValueRejected, ..Fault::field(&param.name, error.to_string()) }
        }
        ValueSource::PageToken => page::token_refused().detail(error),
        ValueSource::Own => {
            Fault::new(Reason::Internal, format!("the value of :{} cannot be used", param.name)).detail(error)
        }
    }
}

struct Argument<'a> {
    param: &'a PgParam,
    value: &'a Value,
}

impl Type<Postgres> for Argument<'_> {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(0))
    }
}

impl<'q> Encode<'q, Postgres> for Argument<'_> {
    fn produces(&self) -> Option<PgTypeInfo> {
        Some(PgTypeInfo::with_oid(self.param.oid))
    }

    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        if *self.value == Value::Null {
            return Ok(IsNull::Yes);
        }
        match (&self.param.form, self.value) {
            (ParamForm::Array(form, oid), Value::List(items)) => array(form, *oid, items, buffer)?,
            (form, value) => encode(form, value, buffer)?,
        }
        Ok(IsNull::No)
    }
}

/// An array of one dimension: how many dimensions, whether there are NULLs, the items' type, how many there are, the
/// number of the first, then each behind its length. An empty one has no dimension.
fn array(form: &ParamForm, oid: Oid, items: &[Value], out: &mut Vec<u8>) -> Result<(), BoxDynError> {
    let has_null = items.contains(&Value::Null);
    out.extend(i32::from(!items.is_empty()).to_be_bytes());
    out.extend(i32::from(has_null).to_be_bytes());
    out.extend(oid.0.to_be_bytes());
    if items.is_empty() {
        return Ok(());
    }
    out.extend(i32::try_from(items.len())?.to_be_bytes());
    out.extend(1_i32.to_be_bytes());
    for item in items {
        if *item == Value::Null {
            out.extend((-1_i32).to_be_bytes());
            continue;
        }
        let start = out.len();
        out.extend([0; 4]);
        encode(form, item, out)?;
        let length = i32::try_from(out.len() - start - 4)?;
        out[start..start + 4].copy_from_slice(&length.to_be_bytes());
    }
    Ok(())
}

/// One value that is not NULL.
fn encode(form: &ParamForm, value: &Value, out: &mut Vec<u8>) -> Result<(), BoxDynError> {
    match (form, value) {
        (ParamForm::Bool, Value::Bool(value)) => out.push(u8::from(*value)),
        (ParamForm::Int2, value) => out.extend(integer::<i16>(value)?.to_be_bytes()),
        (ParamForm::Int4, value) => out.extend(integer::<i32>(value)?.to_be_bytes()),
        (ParamForm::Int8, value) => out.extend(integer::<i64>(value)?.to_be_bytes()),
        (ParamForm::Float4, value) => out.extend(narrow(float(value)?)?.to_be_bytes()),
        (ParamForm::Float8, value) => out.extend(float(value)?.to_be_bytes()),
        (ParamForm::Bytea, Value::Bytes(bytes)) => out.extend(bytes),
        (ParamForm::Timestamp, Value::Instant(instant)) => {
            out.extend(moments::timestamp(*instant).to_be_bytes());
        }
        // Another part's, whose columns may be infinite.
        (ParamForm::Timestamp, Value::Text(text)) if text == "infinity" => out.extend(i64::MAX.to_be_bytes()),
        (ParamForm::Timestamp, Value::Text(text)) if text == "-infinity" => {
            out.extend(i64::MIN.to_be_bytes())
        }
        (ParamForm::EnumName(descriptor, labels), Value::Int(number)) => {
            out.extend(enum_label(descriptor, labels, *number)?.as_bytes());
        }
        (ParamForm::Text | ParamForm::Cast | ParamForm::EnumName(..), value) => {
            out.extend(value.to_text().ok_or("this has no form as text")?.as_bytes());
        }
        _ => return Err("a value of this type cannot be used here".into()),
    }
    Ok(())
}

fn integer<T: TryFrom<i64>>(value: &Value) -> Result<T, BoxDynError> {
    match value {
        Value::Int(value) => {
            T::try_from(*value).map_err(|_| "the number is outside its column's range".into())
        }
        Value::Uint(_) => Err("the number is outside its column's range".into()),
        Value::Text(text) => {
            let value: i64 = text.parse().map_err(|_| "this is not a whole number")?;
            integer(&Value::Int(value))
        }
        _ => Err("a value of this type cannot be used here".into()),
    }
}

fn float(value: &Value) -> Result<f64, BoxDynError> {
    match value {
        Value::Float(value) => Ok(*value),
        Value::Int(value) => Ok(*value as f64),
        // Another part's numeric.
        Value::Text(text) => text.parse().map_err(|_| "this is not a number".into()),
        _ => Err("a value of this type cannot be used here".into()),
    }
}

/// A number beyond a real's range does not become infinite.
fn narrow(value: f64) -> Result<f32, BoxDynError> {
    let narrow = value as f32;
    match narrow.is_infinite() && value.is_finite() {
        true => Err("the number is outside its column's range".into()),
        false => Ok(narrow),
    }
}

/// The database's own label where it has one for the value, else the value's name.
fn enum_label(descriptor: &EnumDescriptor, labels: &[String], number: i64) -> Result<String, BoxDynError> {
    let value = i32::try_from(number).ok().and_then(|number| descriptor.get_value(number));
    let name = value.ok_or("the enum has no value of that number")?.name().to_owned();
    let short = crate::rows::short_enum_name(descriptor, &name);
    Ok(if labels.contains(&short) { short } else { name })
}
