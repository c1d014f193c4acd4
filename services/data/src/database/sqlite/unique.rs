//! SQLite's unique indexes, found by what a prepared statement says of its columns.

use sqlx::sqlite::SqliteConnection;
use sqlx::{Column as _, ColumnOrigin, Executor as _, Row as _, Statement as _};

use crate::database::Prepared;
use crate::database::unique::{ColumnSource, UniqueIndex};

/// An index on an expression gives its columns no name; the statement that made it has them.
const INDEXES: &str = "
    SELECT l.name, l.origin = 'pk', coalesce(x.name, s.sql, '') FROM pragma_index_list(?1) l
    JOIN pragma_index_info(l.name) x LEFT JOIN sqlite_schema s ON s.name = l.name
    WHERE l.\"unique\" ORDER BY l.origin <> 'pk', l.name, x.seqno";

/// A column that is the row's number, and has no index of its own.
const ROW_NUMBER: &str = "
    SELECT name FROM pragma_table_info(?1) WHERE pk = 1 AND upper(type) = 'INTEGER'
    AND (SELECT count(*) FROM pragma_table_info(?1) WHERE pk > 0) = 1";

/// Where these columns of the statement are from; none where one is not a table's own.
pub(super) async fn sources(
    connection: &mut SqliteConnection,
    prepared: &Prepared,
    columns: &[usize],
) -> Result<Option<Vec<ColumnSource>>, sqlx::Error> {
    let described = connection.prepare(prepared.sql.clone()).await?;
    let mut sources = Vec::new();
    for &column in columns {
        let Some(ColumnOrigin::Table(origin)) = described.columns().get(column).map(|it| it.origin()) else {
            return Ok(None);
        };
        // Of an attached database, or of a virtual table, nothing is known.
        let is_table = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1 AND sql NOT LIKE 'CREATE VIRTUAL%'";
        let known =
            sqlx::query(is_table).bind(origin.table.as_ref()).fetch_optional(&mut *connection).await?;
        if known.is_none() {
            return Ok(None);
        }
        let indexes = indexes(connection, &origin.table).await?;
        sources.push(ColumnSource {
            table: origin.table.to_string(),
            column: origin.name.to_string(),
            indexes,
        });
    }
    Ok(Some(sources))
}

async fn indexes(connection: &mut SqliteConnection, table: &str) -> Result<Vec<UniqueIndex>, sqlx::Error> {
    let index = |is_primary, columns| UniqueIndex { is_primary, columns };
    let mut indexes = Vec::new();
    for row in sqlx::query(ROW_NUMBER).bind(table).fetch_all(&mut *connection).await? {
        indexes.push((String::new(), index(true, vec![row.try_get(0)?])));
    }
    for row in sqlx::query(INDEXES).bind(table).fetch_all(&mut *connection).await? {
        let name: String = row.try_get(0)?;
        if indexes.last().is_none_or(|(last, _)| *last != name) {
            indexes.push((name, index(row.try_get(1)?, Vec::new())));
        }
        if let Some((_, last)) = indexes.last_mut() {
            last.columns.push(row.try_get(2)?);
        }
    }
    // What SQLite itself calls a row's number, where no column is called so.
    indexes.extend(
        ["rowid", "_rowid_", "oid"].map(|name| (name.to_owned(), index(false, vec![name.to_owned()]))),
    );
    Ok(indexes.into_iter().map(|(_, index)| index).collect())
}
