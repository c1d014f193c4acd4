//! SQLite's schema: which columns are never NULL.

use sqlx::sqlite::SqliteConnection;
use sqlx::{Executor as _, Row as _};

use crate::database::facts::{Column, Facts, Table};

/// Names in lower case, as case means nothing here. SQLite lets a primary key be NULL unless it is the row's number; nobody means it to be. Of a virtual table nothing is
/// told.
const COLUMNS: &str = "
    SELECT lower(t.name), t.type = 'view' OR t.sql LIKE 'CREATE VIRTUAL%', lower(c.name), c.\"notnull\" OR c.pk > 0
    FROM sqlite_schema t, pragma_table_xinfo(t.name) c
    WHERE t.type IN ('table', 'view')
    ORDER BY t.name, c.cid";

pub(super) async fn read(connection: &mut SqliteConnection) -> Result<Facts, sqlx::Error> {
    let mut tables: Vec<Table> = Vec::new();
    for row in connection.fetch_all(COLUMNS).await? {
        let name: String = row.try_get(0)?;
        let is_untold: bool = row.try_get(1)?;
        if tables.last().is_none_or(|table| table.name != name) {
            let columns = (!is_untold).then(Vec::new);
            tables.push(Table { schema: "main".to_owned(), name, is_visible: true, columns });
        }
        if let Some(columns) = tables.last_mut().and_then(|table| table.columns.as_mut()) {
            columns.push(Column { name: row.try_get(2)?, not_null: row.try_get(3)? });
        }
    }
    Ok(Facts { tables, ..Facts::default() })
}
