//! SQLite's plans. It says of each table whether it is searched by an index or scanned, and does not look at how large
//! the table is.

use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Executor as _, Row as _};

use crate::database::plans::{Asked, Told};
use crate::plan_shown::{TableRead, Way};

/// How each text is executed. The first one is without filters: a filter that reads the tables as that one does has no
/// index, and what is scanned then is scanned for it.
pub(super) async fn plans(
    connection: &mut SqliteConnection,
    asked: &[&Asked],
) -> Result<Vec<Told>, sqlx::Error> {
    let mut all: Vec<Told> = Vec::new();
    for asked in asked {
        let script = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {}", asked.text.as_str()));
        let rows = connection.fetch_all(sqlx::raw_sql(script)).await?;
        let lines = rows.iter().map(|row| row.try_get::<String, _>("detail"));
        let lines: Vec<String> = lines.collect::<Result<_, _>>()?;
        let tables: Vec<TableRead> = lines.iter().filter_map(|line| table_read(line)).collect();
        let scanned = match all.first() {
            Some(without) if !asked.params.is_empty() => scanned(&without.tables, &tables),
            _ => None,
        };
        all.push(Told { tables, scanned });
    }
    Ok(all)
}

/// `SEARCH cities USING INDEX cities_country (country=?)`, `SCAN cities USING COVERING INDEX x`, `SCAN cities`; none for
/// a line about something else.
fn table_read(line: &str) -> Option<TableRead> {
    let (verb, rest) = line.split_once(' ')?;
    let (table, how) = rest.split_once(" USING ").unwrap_or((rest, ""));
    let is_table = !table.starts_with('(') && table != "CONSTANT ROW";
    // An index that SQLite makes for each call is a scan.
    let how = if how.starts_with("AUTOMATIC") { "" } else { how };
    let how = how.strip_prefix("COVERING ").unwrap_or(how);
    let (index, condition) = match how.split_once(" (") {
        Some((index, condition)) => (index, condition.trim_end_matches(')')),
        None => (how, ""),
    };
    let index = index.strip_prefix("INDEX ").unwrap_or(index).to_owned();
    let way = match verb {
        "SEARCH" | "SCAN" if index.is_empty() => Way::Scan,
        "SEARCH" => Way::Index { index, condition: condition.to_owned() },
        "SCAN" => Way::InOrder { index },
        _ => return None,
    };
    is_table.then(|| TableRead { table: table.to_owned(), way })
}

fn scanned(without: &[TableRead], with: &[TableRead]) -> Option<String> {
    let is_search = |read: &&TableRead| matches!(read.way, Way::Index { .. });
    let helps = with.iter().filter(is_search).any(|read| !without.contains(read));
    let scan = with.iter().find(|read| !is_search(read)).map(|read| read.table.clone());
    scan.filter(|_| !helps)
}

/// The columns of a table.
pub(super) async fn columns_of(
    connection: &mut SqliteConnection,
    table: &str,
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT name FROM pragma_table_xinfo(?1)").bind(table).fetch_all(connection).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_a_table_is_read() {
        let shown = |line: &str| table_read(line).map(|read| read.to_string());
        for (line, expected) in [
            ("SEARCH t USING INDEX t_n (n>? AND n<?)", "t by index t_n: n>? AND n<?"),
            ("SEARCH t USING COVERING INDEX t_n (n=?)", "t by index t_n: n=?"),
            ("SEARCH t USING INTEGER PRIMARY KEY (rowid>?)", "t by index INTEGER PRIMARY KEY: rowid>?"),
            ("SCAN t USING INDEX t_n", "t in order of index t_n"),
            ("SCAN t", "t by scan"),
            ("SEARCH t USING AUTOMATIC COVERING INDEX (n=?)", "t by scan"),
        ] {
            assert_eq!(shown(line).as_deref(), Some(expected));
        }
        for line in ["USE TEMP B-TREE FOR ORDER BY", "SCAN CONSTANT ROW", "SCAN (subquery-1)", "CO-ROUTINE q"]
        {
            assert_eq!(shown(line), None);
        }
    }
}
