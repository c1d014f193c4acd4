//! The type that a request's field implies, where PostgreSQL cannot tell a parameter's by itself.

use prost_reflect::{FieldDescriptor, Kind};
use sqlx::postgres::types::Oid;

use super::kind::unwrapped;
use crate::request::Given;
use crate::value::Known;

/// A type, and the type of a list of it.
struct Implied {
    one: u32,
    list: u32,
    name: &'static str,
}

const fn implied_by(one: u32, list: u32, name: &'static str) -> Implied {
    Implied { one, list, name }
}

const BOOL: Implied = implied_by(16, 1000, "boolean");
const BYTEA: Implied = implied_by(17, 1001, "bytea");
const INT8: Implied = implied_by(20, 1016, "bigint");
const INT4: Implied = implied_by(23, 1007, "integer");
const TEXT: Implied = implied_by(25, 1009, "text");
const FLOAT4: Implied = implied_by(700, 1021, "real");
const FLOAT8: Implied = implied_by(701, 1022, "double precision");
const DATE: Implied = implied_by(1082, 1182, "date");
const TIME: Implied = implied_by(1083, 1183, "time");
const TIMESTAMPTZ: Implied = implied_by(1184, 1185, "timestamptz");
const INTERVAL: Implied = implied_by(1186, 1187, "interval");
const NUMERIC: Implied = implied_by(1700, 1231, "numeric");
/// A list of messages is one JSON array.
const JSONB: Implied = implied_by(3802, 3802, "jsonb");

fn of(field: &FieldDescriptor) -> Implied {
    match unwrapped(field) {
        Kind::Bool => BOOL,
        Kind::Bytes => BYTEA,
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 | Kind::Enum(_) => INT4,
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 | Kind::Uint32 | Kind::Fixed32 => INT8,
        Kind::Uint64 | Kind::Fixed64 => NUMERIC,
        Kind::Float => FLOAT4,
        Kind::Double => FLOAT8,
        Kind::String => TEXT,
        Kind::Message(message) => match Known::of(message.full_name()) {
            Some(Known::Timestamp) => TIMESTAMPTZ,
            Some(Known::Duration) => INTERVAL,
            Some(Known::Date) => DATE,
            Some(Known::TimeOfDay) => TIME,
            Some(Known::Decimal) => NUMERIC,
            None => JSONB,
        },
    }
}

/// The type that the value's field implies; text where there is none.
pub(in super::super) fn implied(given: Option<&Given>) -> Oid {
    let implied = given.map_or(TEXT, |given| of(&given.field));
    Oid(if given.is_some_and(|given| given.is_list) { implied.list } else { implied.one })
}

/// The same as SQL writes it.
pub(in super::super) fn implied_name(given: &Given) -> String {
    let implied = of(&given.field);
    let is_array = given.is_list && implied.list != implied.one;
    format!("{}{}", implied.name, if is_array { "[]" } else { "" })
}
