//! What PostgreSQL's types hold: a domain is what it is over, an enum has labels.

use std::collections::HashMap;

use sqlx::Row as _;
use sqlx::postgres::PgConnection;
use sqlx::postgres::types::Oid;

use super::{EnumType, Name};
use crate::draft::model::ColumnKind;

const TYPES: &str = "
    SELECT t.oid, t.typname::text, t.typtype::text, t.typbasetype, n.nspname::text, pg_type_is_visible(t.oid),
        obj_description(t.oid, 'pg_type'),
        ARRAY(SELECT enumlabel::text FROM pg_enum WHERE enumtypid = t.oid ORDER BY enumsortorder)
    FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace
    WHERE t.typtype IN ('b', 'd', 'e')
    ORDER BY n.nspname, t.typname";

/// Every type there is.
pub(super) struct Kinds {
    kinds: HashMap<Oid, ColumnKind>,
    domains: HashMap<Oid, Oid>,
    pub enums: Vec<EnumType>,
}

impl Kinds {
    pub async fn read(connection: &mut PgConnection) -> Result<Self, sqlx::Error> {
        let mut known = Self { kinds: HashMap::new(), domains: HashMap::new(), enums: Vec::new() };
        for row in sqlx::query(TYPES).fetch_all(connection).await? {
            let (oid, name): (Oid, String) = (row.try_get(0)?, row.try_get(1)?);
            match row.try_get::<&str, _>(2)? {
                "d" => drop(known.domains.insert(oid, row.try_get(3)?)),
                "e" => {
                    known.kinds.insert(oid, ColumnKind::Enum(known.enums.len()));
                    let name = Name { schema: Some(row.try_get(4)?), name, on_path: row.try_get(5)? };
                    known.enums.push(EnumType { name, comment: row.try_get(6)?, labels: row.try_get(7)? });
                }
                _ if row.try_get::<&str, _>(4)? == "pg_catalog" || name == "citext" => {
                    known.kinds.insert(oid, built_in(&name));
                }
                _ => {}
            }
        }
        Ok(known)
    }

    /// What a column of that type holds.
    pub fn of(&self, mut oid: Oid) -> ColumnKind {
        while let Some(base) = self.domains.get(&oid) {
            oid = *base;
        }
        self.kinds.get(&oid).cloned().unwrap_or(ColumnKind::Other)
    }
}

fn built_in(name: &str) -> ColumnKind {
    match name {
        "bool" => ColumnKind::Bool,
        "int2" | "int4" => ColumnKind::Int32,
        "int8" => ColumnKind::Int64,
        "float4" => ColumnKind::Float,
        "float8" => ColumnKind::Double,
        "numeric" => ColumnKind::Numeric,
        "text" | "varchar" | "bpchar" | "name" | "citext" => ColumnKind::Text,
        "uuid" => ColumnKind::Uuid,
        "bytea" => ColumnKind::Bytes,
        "timestamp" | "timestamptz" => ColumnKind::Timestamp,
        "date" => ColumnKind::Date,
        "time" => ColumnKind::Time,
        "interval" => ColumnKind::Interval,
        "json" | "jsonb" => ColumnKind::Json,
        _ => ColumnKind::Other,
    }
}
