//! PostgreSQL's types: which are read, and how a row is.

use std::borrow::Cow;

use sqlx::postgres::{PgRow, PgTypeInfo, PgTypeKind};
use sqlx::{Column as _, Row as _, TypeInfo as _, ValueRef as _};

use super::keys::key_form;
use super::params::{ParamKind, PgParam};
use crate::database::places::Places;
use crate::database::{KeyForm, Prepared};
use crate::fault::Fault;
use crate::rows::{Attribute, ColumnType, Columns, CompositeType, Scalar, read_binary};

/// What is known of a prepared statement's parameters and columns.
#[derive(Debug)]
pub struct Types {
    pub(super) params: Vec<PgParam>,
    pub(super) columns: Vec<PgTypeInfo>,
}

impl Types {
    /// True where the parameter of that index is a list, or JSON that could be one.
    pub(in crate::database) fn takes_list(&self, param: usize) -> Option<bool> {
        let kind = &self.params.get(param)?.kind;
        Some(matches!(kind, ParamKind::Array(..) | ParamKind::Json(_)))
    }

    /// How keys of that column are equal.
    pub(in crate::database) fn key_form(&self, column: usize) -> KeyForm {
        self.columns.get(column).map_or(KeyForm::AsIs, key_form)
    }
}

/// The column's type, as rows know it; none where it has to be cast in the statement.
pub(super) fn column_type(info: &PgTypeInfo) -> Option<ColumnType> {
    Some(match info.name() {
        "BOOL" => ColumnType::Bool,
        "BYTEA" => ColumnType::Bytea,
        "INT2" => ColumnType::Int2,
        "INT4" => ColumnType::Int4,
        "INT8" => ColumnType::Int8,
        "FLOAT4" => ColumnType::Float4,
        "FLOAT8" => ColumnType::Float8,
        "NUMERIC" => ColumnType::Numeric,
        "TEXT" | "VARCHAR" | "CHAR" | "NAME" | "UNKNOWN" => ColumnType::Text,
        // What a procedure's call gives: no bytes at all.
        "VOID" => ColumnType::Text,
        "\"CHAR\"" => ColumnType::Char,
        "JSON" => ColumnType::Json,
        "JSONB" => ColumnType::Jsonb,
        "UUID" => ColumnType::Uuid,
        "DATE" => ColumnType::Date,
        "TIME" => ColumnType::Time,
        "TIMESTAMP" => ColumnType::Timestamp,
        "TIMESTAMPTZ" => ColumnType::Timestamptz,
        "INTERVAL" => ColumnType::Interval,
        "INET" => ColumnType::Inet,
        "CIDR" => ColumnType::Cidr,
        // A type that the driver could not look up, and would panic about.
        "?" => return None,
        name => return of_kind(info.kind(), name),
    })
}

fn of_kind(kind: &PgTypeKind, name: &str) -> Option<ColumnType> {
    Some(match kind {
        PgTypeKind::Enum(_) => ColumnType::Text,
        PgTypeKind::Domain(base) => column_type(base)?,
        PgTypeKind::Array(element) => ColumnType::Array(column_type(element)?.into()),
        PgTypeKind::Range(element) => {
            ColumnType::Range(column_type(element).filter(ColumnType::is_range_bound)?.into())
        }
        PgTypeKind::Composite(attributes) => {
            let attributes = attributes.iter().map(|(name, info)| attribute(name, info));
            let attributes = attributes.collect::<Option<_>>()?;
            ColumnType::Composite(CompositeType { name: name.to_owned(), attributes }.into())
        }
        // citext is in whatever schema its extension was made in.
        PgTypeKind::Simple if matches!(name.rsplit('.').next(), Some("citext" | "CITEXT")) => {
            ColumnType::Text
        }
        _ => return None,
    })
}

fn attribute(name: &str, info: &PgTypeInfo) -> Option<Attribute> {
    Some(Attribute { name: name.to_owned(), oid: info.oid()?.0, kind: column_type(info)? })
}

/// How a result's rows are read: where it has its columns, and of which types they are now.
pub(super) struct Reading<'a> {
    places: Places,
    types: Cow<'a, [ColumnType]>,
}

impl<'a> Reading<'a> {
    /// The reading of a statement's result that has such a row.
    ///
    /// # Errors
    /// METHOD_BROKEN where a column is gone, or there twice.
    pub fn new(prepared: &'a Prepared, types: &Types, row: &PgRow) -> Result<Self, Fault> {
        let now = row.columns();
        let places = Places::find(&prepared.columns, now.iter().map(|column| column.name()))?;
        let infos = || (0..types.columns.len()).map(|index| now[places.of(index)].type_info());
        let types = match infos().eq(&types.columns) {
            true => Cow::Borrowed(prepared.types.as_slice()),
            // A table was altered since.
            false => infos().zip(&types.columns).zip(&prepared.types).map(read_anew).collect(),
        };
        Ok(Self { places, types })
    }
}

/// The type as it is now. A composite type's attributes have their fields by place, and so no other can stand for it.
fn read_anew(((now, before), known): ((&PgTypeInfo, &PgTypeInfo), &ColumnType)) -> ColumnType {
    match now == before {
        true => known.clone(),
        false => column_type(now).filter(|kind| !kind.has_attributes()).unwrap_or(ColumnType::Any),
    }
}

/// A row and how to read it.
pub(super) struct Row<'a> {
    pub row: &'a PgRow,
    pub reading: &'a Reading<'a>,
}

impl Columns for Row<'_> {
    fn scalar(&self, index: usize) -> Result<Scalar<'_>, String> {
        let value = match &self.row.try_get_raw(self.reading.places.of(index)) {
            Ok(value) if value.is_null() => return Ok(Scalar::Null),
            Ok(value) => value.as_bytes(),
            Err(error) => return Err(error.to_string()),
        };
        let bytes = value.map_err(|error| error.to_string())?;
        let kind = self.reading.types.get(index).ok_or("the statement has more columns than before")?;
        read_binary(kind, bytes)
    }
}
