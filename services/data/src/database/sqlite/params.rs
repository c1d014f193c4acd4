//! Values become SQLite's, which have five types: docs/types.md says what each becomes. What the table a parameter
//! stands beside declares decides between an enum's name and its number, and between an instant's text and its seconds.

use meanwhile_catalog::{Origin, Param};
use meanwhile_proto::errors::Reason;
use prost_reflect::Kind;
use sqlx::Arguments as _;
use sqlx::sqlite::SqliteArguments;

use super::declared::Declared;
use super::json::{self, Bytes};
use crate::database::enum_names::EnumNames;
use crate::fault::Fault;
use crate::request::Given;
use crate::value::{Known, Value, Wrapped};

const TOO_FINE: &str = "its column is one of whole numbers, so of whole seconds, and this has decimals";

/// How one parameter is stored.
#[derive(Debug, Clone)]
pub(in crate::database) struct SqliteParam {
    /// As its author wrote it, for messages.
    name: String,
    form: ItemForm,
}

/// How one value is stored, or one item of a list.
#[derive(Debug, Clone)]
pub(super) struct ItemForm {
    /// The names of an enum's values, where those are stored.
    names: Option<EnumNames>,
    /// True: instants and durations are whole seconds.
    seconds: bool,
    bytes: Bytes,
}

impl SqliteParam {
    pub fn new(param: &Param, given: Option<&Given>, declared: Declared) -> Self {
        let kind = given.map(|given| given.field.kind());
        let names = match (&param.origin, kind, declared) {
            (Origin::Field(_), Some(Kind::Enum(descriptor)), Declared::Text) => {
                Some(EnumNames::short(&descriptor))
            }
            _ => None,
        };
        let is_field = matches!(param.origin, Origin::Field(_));
        let bytes = if is_field { Bytes::Base64 } else { Bytes::Hex };
        let form = ItemForm { names, seconds: declared == Declared::Integer, bytes };
        Self { name: param.name.clone(), form }
    }

    /// True where what it stands beside decides how it is stored, or whether it can be.
    pub fn depends(given: &Given) -> bool {
        given.is_list || matches!(given.field.kind(), Kind::Enum(_) | Kind::Message(_) | Kind::Bytes)
    }

    /// What the parameter stands beside, where none of its values could ever be equal to it or kept in it.
    pub fn misfit(given: &Given, declared: Declared, are_items: bool) -> Option<&'static str> {
        let kind =
            Wrapped::of(&given.field.kind()).map_or_else(|| given.field.kind(), |inside| inside.kind());
        let known = match &kind {
            Kind::Message(message) => Known::of(message.full_name()),
            _ => None,
        };
        let is_number = match (declared, &kind, known) {
            _ if given.is_list && !are_items => false,
            (_, Kind::Bytes, _) | (_, Kind::Message(_), None) => false,
            (_, _, Some(Known::Date | Known::TimeOfDay)) => false,
            (Declared::Real, _, Some(Known::Timestamp | Known::Duration)) => false,
            _ => true,
        };
        match declared {
            Declared::Integer if !is_number => Some("an INTEGER"),
            Declared::Real if !is_number => Some("a REAL"),
            _ => None,
        }
    }

    pub fn add(&self, value: &Value, arguments: &mut SqliteArguments) -> Result<(), Fault> {
        let stored = self.form.stored(value).map_err(|what| self.rejected(what))?;
        let added = match stored {
            Value::Null => arguments.add(None::<i64>),
            Value::Bool(value) => arguments.add(value),
            Value::Int(value) => arguments.add(value),
            Value::Float(value) => arguments.add(value),
            Value::Bytes(value) => arguments.add(value),
            Value::List(items) => {
                arguments.add(json::text(&items, self.form.bytes).map_err(|what| self.rejected(what))?)
            }
            other => match other.to_text() {
                Some(text) => arguments.add(text),
                None => return Err(self.rejected("a value of this type cannot be used here")),
            },
        };
        added.map_err(|error| Fault::new(Reason::Internal, "a value cannot be used").detail(error))
    }

    fn rejected(&self, what: &str) -> Fault {
        Fault { reason: Reason::ValueRejected, ..Fault::field(&self.name, what) }
    }
}

impl ItemForm {
    /// The value as it is kept.
    fn stored(&self, value: &Value) -> Result<Value, &'static str> {
        Ok(match value {
            Value::Int(number) => match &self.names {
                Some(names) => {
                    let name = names.get(*number).ok_or("the enum has no value of that number")?;
                    Value::Text(name.to_owned())
                }
                None => value.clone(),
            },
            Value::Uint(_) => return Err("the number is outside its column's range"),
            Value::Float(number) if number.is_nan() => return Err("SQLite has no NaN"),
            Value::Instant(instant) if self.seconds => match instant.parts() {
                (seconds, 0) => Value::Int(seconds),
                _ => return Err(TOO_FINE),
            },
            Value::Instant(instant) => Value::Text(instant.in_order()),
            Value::Duration(duration) if self.seconds && duration.nanos != 0 => return Err(TOO_FINE),
            Value::Duration(duration) if self.seconds => Value::Int(duration.seconds),
            Value::List(items) => {
                Value::List(items.iter().map(|item| self.stored(item)).collect::<Result<_, _>>()?)
            }
            other => other.clone(),
        })
    }
}
