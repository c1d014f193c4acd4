//! PostgreSQL's catalogs: which columns are never NULL, and what its functions promise.

use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{Executor as _, Row as _};

use crate::database::facts::{Column, Facts, Function, Table};

/// A domain may be NOT NULL too, and so may the one that it is made of; and a table's CHECK may say the same.
const COLUMNS: &str = "
    SELECT n.nspname, c.relname, pg_table_is_visible(c.oid), c.relkind IN ('v', 'm'), a.attname,
        a.attnotnull OR t.typnotnull OR coalesce(base.typnotnull, false) OR EXISTS (
            SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'c' AND a.attnum = ANY (k.conkey)
            AND pg_get_constraintdef(k.oid) = format('CHECK ((%I IS NOT NULL))', a.attname))
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_type base ON base.oid = t.typbasetype
    WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'f', 'v', 'm')
        AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
    ORDER BY c.oid, a.attnum";

const FUNCTIONS: &str = "
    SELECT p.proname, n.nspname = 'pg_catalog', p.provolatile = 'v', p.proisstrict, p.prokind = 'a',
        (p.pronargs - p.pronargdefaults - (p.provariadic <> 0)::int)::int2,
        CASE WHEN p.provariadic = 0 THEN p.pronargs END
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE p.prokind <> 'p' AND n.nspname <> 'information_schema'";

const TYPES: &str = "
    SELECT oid, format_type(oid, NULL), CASE WHEN typarray <> 0 THEN format_type(typarray, NULL) END FROM pg_type";

pub(super) async fn read(connection: &mut PgConnection) -> Result<Facts, sqlx::Error> {
    let mut facts = Facts::default();
    for row in connection.fetch_all(COLUMNS).await? {
        add_column(&mut facts.tables, &row)?;
    }
    for row in connection.fetch_all(FUNCTIONS).await? {
        let function = Function {
            is_built_in: row.try_get(1)?,
            is_volatile: row.try_get(2)?,
            is_strict: row.try_get(3)?,
            is_aggregate: row.try_get(4)?,
            least: row.try_get(5)?,
            most: row.try_get(6)?,
        };
        facts.functions.entry(row.try_get(0)?).or_default().push(function);
    }
    for row in connection.fetch_all(TYPES).await? {
        let Oid(number) = row.try_get(0)?;
        facts.types.insert(number, row.try_get(1)?);
        facts.arrays.extend(row.try_get::<Option<String>, _>(2)?.map(|array| (number, array)));
    }
    Ok(facts)
}

fn add_column(tables: &mut Vec<Table>, row: &PgRow) -> Result<(), sqlx::Error> {
    let (schema, name): (String, String) = (row.try_get(0)?, row.try_get(1)?);
    let is_view: bool = row.try_get(3)?;
    if tables.last().is_none_or(|table| table.schema != schema || table.name != name) {
        let columns = (!is_view).then(Vec::new);
        tables.push(Table { schema, name, is_visible: row.try_get(2)?, columns });
    }
    if let Some(columns) = tables.last_mut().and_then(|table| table.columns.as_mut()) {
        columns.push(Column { name: row.try_get(4)?, not_null: row.try_get(5)? });
    }
    Ok(())
}
