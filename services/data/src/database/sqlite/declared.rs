//! What SQLite's tables say of the values that parameters stand beside: a column's declared type, by SQLite's own rules
//! of affinity (datatype3.html, section 3.1).

use meanwhile_catalog::{Beside, Statement};
use sqlx::sqlite::SqliteConnection;

/// What a parameter's value is kept as, where all of its uses agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::database) enum Declared {
    Text,
    Integer,
    Real,
    /// Nobody can tell.
    Unknown,
}

impl Declared {
    fn of(name: &str) -> Self {
        let name = name.to_ascii_uppercase();
        let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
        match () {
            () if has(&["INT"]) => Self::Integer,
            () if has(&["CHAR", "CLOB", "TEXT"]) => Self::Text,
            () if has(&["BLOB"]) => Self::Unknown,
            () if has(&["REAL", "FLOA", "DOUB"]) => Self::Real,
            () => Self::Unknown,
        }
    }
}

/// What each parameter of the statement stands beside. Parameters that are lists stand there with each of their items,
/// or as a whole, which is text.
pub(super) async fn of(
    connection: &mut SqliteConnection,
    statement: &Statement,
) -> Result<Vec<(Declared, bool)>, sqlx::Error> {
    let mut found = Vec::new();
    for uses in statement.beside() {
        let mut kinds = Vec::new();
        let are_items = uses.iter().any(|beside| matches!(beside, Beside::Items(_)));
        for beside in &uses {
            let beside = if let Beside::Items(beside) = beside { beside } else { beside };
            kinds.push(one(connection, beside).await?);
        }
        let agreed = kinds.first().filter(|first| kinds.iter().all(|kind| kind == *first));
        found.push((agreed.copied().unwrap_or(Declared::Unknown), are_items));
    }
    Ok(found)
}

async fn one(connection: &mut SqliteConnection, beside: &Beside) -> Result<Declared, sqlx::Error> {
    match beside {
        Beside::Type(name) => Ok(Declared::of(name)),
        Beside::Column { tables, column } => {
            for level in tables {
                for table in level {
                    let sql = "SELECT type FROM pragma_table_xinfo(?1) WHERE name = ?2 COLLATE NOCASE";
                    let found: Option<String> = sqlx::query_scalar(sql)
                        .bind(table)
                        .bind(column)
                        .fetch_optional(&mut *connection)
                        .await?;
                    if let Some(name) = found {
                        return Ok(Declared::of(&name));
                    }
                }
            }
            Ok(Declared::Unknown)
        }
        Beside::Place { table, index } => {
            let sql = "SELECT type FROM pragma_table_info(?1) WHERE cid = ?2";
            let index = i64::try_from(*index).unwrap_or(i64::MAX);
            let found: Option<String> =
                sqlx::query_scalar(sql).bind(table).bind(index).fetch_optional(connection).await?;
            Ok(found.map_or(Declared::Unknown, |name| Declared::of(&name)))
        }
        Beside::Items(_) | Beside::Unknown => Ok(Declared::Unknown),
    }
}
