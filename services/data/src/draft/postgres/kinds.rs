//! What PostgreSQL's types hold: a domain is what it is over, an enum has labels, a composite type has attributes, and
//! an array has several of another.

use std::collections::HashMap;

use sqlx::Row as _;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgConnection, PgRow};

use crate::draft::model::{ColumnKind, CompositeType, EnumType, Name};

/// A table's row type is left out: it is no type of its own.
const TYPES: &str = "
    SELECT t.oid, t.typname::text, CASE WHEN t.typcategory = 'A' THEN 'a' ELSE t.typtype::text END,
        CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.typelem END, n.nspname::text, pg_type_is_visible(t.oid),
        obj_description(t.oid, 'pg_type'),
        ARRAY(SELECT enumlabel::text FROM pg_enum WHERE enumtypid = t.oid ORDER BY enumsortorder)
    FROM pg_type AS t
    JOIN pg_namespace AS n ON n.oid = t.typnamespace
    LEFT JOIN pg_class AS c ON c.oid = t.typrelid
    WHERE t.typtype IN ('b', 'd', 'e', 'r') OR c.relkind = 'c'
    ORDER BY n.nspname, t.typname";

const ATTRIBUTES: &str = "
    SELECT c.reltype, a.attname::text, a.atttypid
    FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
    WHERE c.relkind = 'c' AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attrelid, a.attnum";

/// A type, as far as it is known by itself.
enum Known {
    Kind(ColumnKind),
    Domain(Oid),
    Array(Oid),
}

/// Every type there is.
pub(super) struct Kinds {
    known: HashMap<Oid, Known>,
    pub enums: Vec<EnumType>,
    pub composites: Vec<CompositeType>,
}

impl Kinds {
    pub async fn read(connection: &mut PgConnection) -> Result<Self, sqlx::Error> {
        let mut kinds = Self { known: HashMap::new(), enums: Vec::new(), composites: Vec::new() };
        for row in sqlx::query(TYPES).fetch_all(&mut *connection).await? {
            let known = kinds.type_of(&row)?;
            kinds.known.insert(row.try_get(0)?, known);
        }
        for row in sqlx::query(ATTRIBUTES).fetch_all(connection).await? {
            let kind = kinds.of(row.try_get(2)?);
            if let Some(Known::Kind(ColumnKind::Composite(index))) = kinds.known.get(&row.try_get(0)?) {
                kinds.composites[*index].attributes.push((row.try_get(1)?, kind));
            }
        }
        Ok(kinds)
    }

    fn type_of(&mut self, row: &PgRow) -> Result<Known, sqlx::Error> {
        let (name, comment): (String, Option<String>) = (row.try_get(1)?, row.try_get(6)?);
        let schema: String = row.try_get(4)?;
        let own = |name: String| {
            Ok::<_, sqlx::Error>(Name { schema: Some(schema.clone()), name, on_path: row.try_get(5)? })
        };
        Ok(match row.try_get::<&str, _>(2)? {
            "a" => Known::Array(row.try_get(3)?),
            "d" => Known::Domain(row.try_get(3)?),
            "r" => Known::Kind(ColumnKind::Plain),
            "e" => {
                self.enums.push(EnumType { name: own(name)?, comment, labels: row.try_get(7)? });
                Known::Kind(ColumnKind::Enum(self.enums.len() - 1))
            }
            "c" => {
                self.composites.push(CompositeType { name: own(name)?, comment, attributes: Vec::new() });
                Known::Kind(ColumnKind::Composite(self.composites.len() - 1))
            }
            // It is in whatever schema its extension was made in.
            _ if schema == "pg_catalog" || name == "citext" => Known::Kind(built_in(&name)),
            _ => Known::Kind(ColumnKind::Other),
        })
    }

    /// What a column of that type holds.
    pub fn of(&self, oid: Oid) -> ColumnKind {
        match self.known.get(&oid) {
            Some(Known::Kind(kind)) => kind.clone(),
            Some(Known::Domain(base)) => self.of(*base),
            Some(Known::Array(item)) => ColumnKind::Array(Box::new(self.of(*item))),
            None => ColumnKind::Other,
        }
    }
}

/// By docs/types.md, which says what is read without a cast.
fn built_in(name: &str) -> ColumnKind {
    match name {
        "bool" => ColumnKind::Bool,
        "int2" | "int4" => ColumnKind::Int32,
        "int8" => ColumnKind::Int64,
        "float4" => ColumnKind::Float,
        "float8" => ColumnKind::Double,
        "numeric" => ColumnKind::Numeric,
        "text" | "varchar" | "bpchar" | "name" | "char" | "citext" => ColumnKind::Text,
        "uuid" | "inet" | "cidr" => ColumnKind::Plain,
        "bytea" => ColumnKind::Bytes,
        "timestamp" | "timestamptz" => ColumnKind::Timestamp,
        "date" => ColumnKind::Date,
        "time" => ColumnKind::Time,
        "interval" => ColumnKind::Interval,
        "json" | "jsonb" => ColumnKind::Json,
        _ => ColumnKind::Other,
    }
}
