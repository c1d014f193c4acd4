//! A SQLite row: each value has a type of its own, whatever its column was declared as.

use std::borrow::Cow;

use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Row as _, Sqlite, TypeInfo as _, ValueRef as _};

use crate::database::places::Places;
use crate::rows::{Columns, Scalar};

pub(super) struct Row<'a> {
    pub row: &'a SqliteRow,
    pub places: &'a Places,
}

impl Columns for Row<'_> {
    fn scalar(&self, index: usize) -> Result<Scalar<'_>, String> {
        let value = self.row.try_get_raw(self.places.of(index)).map_err(|error| error.to_string())?;
        if value.is_null() {
            return Ok(Scalar::Null);
        }
        let info = value.type_info().into_owned();
        let read = match info.name() {
            "INTEGER" => Decode::<Sqlite>::decode(value).map(Scalar::Int),
            "REAL" => Decode::<Sqlite>::decode(value).map(Scalar::Float),
            "TEXT" => <&str as Decode<Sqlite>>::decode(value).map(|text| Scalar::Text(Cow::Borrowed(text))),
            _ => <&[u8] as Decode<Sqlite>>::decode(value).map(Scalar::Bytes),
        };
        read.map_err(|error| error.to_string())
    }
}
