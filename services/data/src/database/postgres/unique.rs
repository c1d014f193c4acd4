//! PostgreSQL's unique indexes, found by what a prepared statement says of its columns.

use std::collections::HashMap;

use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgConnection, PgTypeInfo};
use sqlx::{Executor as _, Row as _, Statement as _};

use super::Types;
use crate::database::Prepared;
use crate::database::unique::{ColumnSource, UniqueIndex};

/// The columns of an index that is not valid, or of a view, promise nothing; those of a foreign table are not ours to know.
const INDEXES: &str = "
    SELECT i.indexrelid, i.indisprimary, coalesce(a.attname::text, pg_get_indexdef(i.indexrelid, k.n, false))
    FROM pg_index i CROSS JOIN generate_series(1, i.indnkeyatts) AS k(n)
    LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k.n - 1] AND a.attnum > 0
    WHERE i.indrelid = $1 AND (i.indisunique OR i.indisexclusion) AND i.indisvalid
    ORDER BY i.indisprimary DESC, i.indexrelid, k.n";

const COLUMN: &str = "
    SELECT c.relname::text, a.attname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.oid = $1 AND a.attnum = $2 AND c.relkind IN ('r', 'p', 'm')";

/// Where these columns of the statement are from; none where one is not a table's own.
pub(super) async fn sources(
    connection: &mut PgConnection,
    prepared: &Prepared,
    types: &Types,
    columns: &[usize],
) -> Result<Option<Vec<ColumnSource>>, sqlx::Error> {
    let infos: Vec<_> = types.params.iter().map(|param| PgTypeInfo::with_oid(param.oid)).collect();
    let described = connection.prepare_with(prepared.sql.clone(), &infos).await?;
    let mut known: HashMap<Oid, Vec<UniqueIndex>> = HashMap::new();
    let mut sources = Vec::new();
    for &column in columns {
        let origin = described
            .columns()
            .get(column)
            .and_then(|column| Some((column.relation_id()?, column.relation_attribute_no()?)));
        let Some((table, number)) = origin else { return Ok(None) };
        let row = sqlx::query(COLUMN).bind(table).bind(number).fetch_optional(&mut *connection).await?;
        let Some(row) = row else { return Ok(None) };
        let (name, column): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        let indexes = match known.get(&table) {
            Some(indexes) => indexes.clone(),
            None => known.entry(table).or_insert(indexes(connection, table).await?).clone(),
        };
        sources.push(ColumnSource { table: name, column, indexes });
    }
    Ok(Some(sources))
}

async fn indexes(connection: &mut PgConnection, table: Oid) -> Result<Vec<UniqueIndex>, sqlx::Error> {
    let mut indexes: Vec<(Oid, UniqueIndex)> = Vec::new();
    for row in sqlx::query(INDEXES).bind(table).fetch_all(connection).await? {
        let (index, is_primary): (Oid, bool) = (row.try_get(0)?, row.try_get(1)?);
        if indexes.last().is_none_or(|(last, _)| *last != index) {
            indexes.push((index, UniqueIndex { is_primary, columns: Vec::new() }));
        }
        if let Some((_, last)) = indexes.last_mut() {
            last.columns.push(row.try_get(2)?);
        }
    }
    Ok(indexes.into_iter().map(|(_, index)| index).collect())
}
