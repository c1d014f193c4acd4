//! A SQLite file's tables, read by its PRAGMAs. What a column holds is told by the type it was declared with: SQLite
//! itself lets most columns hold anything.

use meanwhile_catalog::Dialect;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Connection as _, Row as _};

use super::model::{Column, ColumnKind, Name, Origin, Other, Reference, Schema, Table};

/// `sqlite_` begins the names of SQLite's own.
const RELATIONS: &str = "
    SELECT name, type, wr FROM pragma_table_list
    WHERE schema = 'main' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND type <> 'shadow'
    ORDER BY name";

const COLUMNS: &str =
    "SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo(?1) ORDER BY cid";

const INDEXES: &str = "
    SELECT l.name, l.\"unique\", l.origin = 'pk', l.origin = 'c'
    FROM pragma_index_list(?1) AS l
    WHERE NOT l.partial ORDER BY l.seq DESC";

/// An expression has no name.
const INDEXED: &str = "SELECT name FROM pragma_index_xinfo(?1) WHERE key ORDER BY seqno";

const REFERENCES: &str = "
    SELECT id, \"table\", \"from\", \"to\", on_delete = 'CASCADE' FROM pragma_foreign_key_list(?1) ORDER BY id DESC, seq";

/// Reads it, all in one snapshot.
pub(super) async fn read(connection: &mut SqliteConnection, database: String) -> Result<Schema, sqlx::Error> {
    let mut transaction = connection.begin().await?;
    let (mut tables, mut others) = (Vec::new(), Vec::new());
    for row in sqlx::query(RELATIONS).fetch_all(&mut *transaction).await? {
        let name = Name { schema: None, name: row.try_get(0)?, on_path: true };
        let why = match row.try_get::<&str, _>(1)? {
            "view" => "a view has no key to get or page by",
            "virtual" => "a virtual table has no key to get or page by",
            _ => {
                tables.push(table(&mut transaction, name, row.try_get(2)?).await?);
                continue;
            }
        };
        others.push(Other { name, why });
    }
    for index in 0..tables.len() {
        let references = references(&mut transaction, &tables, index).await?;
        tables[index].references = references;
        // A rowid that refers to another row is that row's, and not SQLite's to choose.
        if let [column] = tables[index].key[..]
            && tables[index].refers_by(column)
            && tables[index].columns[column].origin == Origin::Database
        {
            tables[index].columns[column].origin = Origin::Client;
        }
    }
    transaction.rollback().await?;
    let (enums, composites) = (Vec::new(), Vec::new());
    Ok(Schema { dialect: Dialect::Sqlite, database, tables, enums, composites, others })
}

async fn table(
    connection: &mut SqliteConnection,
    name: Name,
    has_no_rowid: bool,
) -> Result<Table, sqlx::Error> {
    let mut table = Table::named(name, None);
    let mut key: Vec<(i64, usize)> = Vec::new();
    for row in sqlx::query(COLUMNS).bind(&table.name.name).fetch_all(&mut *connection).await? {
        let place: i64 = row.try_get(4)?;
        // Hidden columns are a virtual table's.
        if row.try_get::<i64, _>(5)? != 1 {
            key.extend((place > 0).then_some((place, table.columns.len())));
            table.columns.push(column(&row, place > 0)?);
        }
    }
    key.sort_unstable();
    let key: Vec<usize> = key.into_iter().map(|(_, column)| column).collect();
    let mut has_own_index = has_no_rowid;
    for row in sqlx::query(INDEXES).bind(&table.name.name).fetch_all(&mut *connection).await? {
        let is_key: bool = row.try_get(2)?;
        has_own_index |= is_key;
        let index: String = row.try_get(0)?;
        let Some(columns) = indexed(connection, &table, &index).await? else { continue };
        // Those of the table's own constraints compare as its columns do.
        if !row.try_get::<bool, _>(3)? || finds(connection, &table, &columns, &index).await {
            table.add_index(columns, row.try_get(1)?, is_key);
        }
    }
    // The key that no index is for is the rowid, which SQLite gives by itself.
    if let ([column], false) = (key.as_slice(), has_own_index) {
        table.columns[*column].origin = Origin::Database;
    }
    if !key.is_empty() {
        table.add_index(key, true, true);
    }
    Ok(table)
}

fn column(row: &SqliteRow, is_key: bool) -> Result<Column, sqlx::Error> {
    let declared: String = row.try_get(1)?;
    let default: Option<String> = row.try_get(3)?;
    let is_generated = row.try_get::<i64, _>(5)? != 0;
    let not_null: bool = row.try_get(2)?;
    Ok(Column {
        name: row.try_get(0)?,
        kind: kind(&declared),
        sql_type: declared,
        // SQLite lets a key be NULL where nobody said otherwise; those who made it did not mean that.
        nullable: !not_null && !is_key,
        origin: match default {
            _ if is_generated => Origin::Database,
            Some(default) => Origin::Default(default),
            None => Origin::Client,
        },
        comment: None,
    })
}

/// The index's columns; none where one of them is an expression.
async fn indexed(
    connection: &mut SqliteConnection,
    table: &Table,
    index: &str,
) -> Result<Option<Vec<usize>>, sqlx::Error> {
    let mut columns = Vec::new();
    for row in sqlx::query(INDEXED).bind(index).fetch_all(connection).await? {
        columns.push(row.try_get::<Option<String>, _>(0)?.and_then(|name| place(table, &name)));
    }
    Ok(columns.into_iter().collect())
}

/// True where the index finds what equals a value: not one that compares by another collation than its column. SQLite does
/// not say which a column has.
async fn finds(connection: &mut SqliteConnection, table: &Table, columns: &[usize], index: &str) -> bool {
    let Some(first) = columns.first().map(|&column| quoted(&table.columns[column].name)) else {
        return false;
    };
    let (table, index) = (quoted(&table.name.name), quoted(index));
    let plan = format!("EXPLAIN QUERY PLAN SELECT * FROM {table} INDEXED BY {index} WHERE {first} = ?1");
    let plan = sqlx::query(AssertSqlSafe(plan)).bind("").fetch_all(connection).await;
    // It is an error where there is no way to use it.
    let is_search = |row: &SqliteRow| row.try_get::<&str, _>(3).is_ok_and(|step| step.starts_with("SEARCH"));
    plan.is_ok_and(|plan| plan.iter().any(is_search))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

async fn references(
    connection: &mut SqliteConnection,
    tables: &[Table],
    index: usize,
) -> Result<Vec<Reference>, sqlx::Error> {
    let table = &tables[index];
    let mut found: Vec<(i64, Reference)> = Vec::new();
    let mut broken = Vec::new();
    for row in sqlx::query(REFERENCES).bind(&table.name.name).fetch_all(connection).await? {
        let (id, referred): (i64, String) = (row.try_get(0)?, row.try_get(1)?);
        let Some(to) = tables.iter().position(|other| other.name.name.eq_ignore_ascii_case(&referred)) else {
            continue;
        };
        if found.last().is_none_or(|(last, _)| *last != id) {
            let cascades = row.try_get(4)?;
            found.push((id, Reference { columns: Vec::new(), table: to, referenced: Vec::new(), cascades }));
        }
        let Some((_, reference)) = found.last_mut() else { continue };
        // Without a column's name it is the other table's key that is meant.
        let referenced = match row.try_get::<Option<String>, _>(3)? {
            Some(name) => place(&tables[to], &name),
            None => tables[to].key.get(reference.columns.len()).copied(),
        };
        match (place(table, row.try_get(2)?), referenced) {
            (Some(column), Some(referenced)) => {
                reference.columns.push(column);
                reference.referenced.push(referenced);
            }
            _ => broken.push(id),
        }
    }
    found.retain(|(id, _)| !broken.contains(id));
    Ok(found.into_iter().map(|(_, reference)| reference).collect())
}

/// Names of columns are the same in any case.
fn place(table: &Table, column: &str) -> Option<usize> {
    table.columns.iter().position(|known| known.name.eq_ignore_ascii_case(column))
}

/// By the words of the declared type, as SQLite's own rules of affinity do (datatype3.html, section 3.1), and by the
/// names that other databases have for what SQLite has no type for.
fn kind(declared: &str) -> ColumnKind {
    let name = declared.split('(').next().unwrap_or_default().trim().to_ascii_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    match name.as_str() {
        "bool" | "boolean" => ColumnKind::Bool,
        "timestamp" | "datetime" | "timestamptz" | "timestamp with time zone" => ColumnKind::Timestamp,
        "date" => ColumnKind::Date,
        "time" => ColumnKind::Time,
        "json" | "jsonb" => ColumnKind::Json,
        "uuid" => ColumnKind::Plain,
        _ if has(&["int"]) => ColumnKind::Int64,
        _ if has(&["char", "clob", "text"]) => ColumnKind::Text,
        _ if has(&["blob"]) => ColumnKind::Bytes,
        _ if has(&["real", "floa", "doub"]) => ColumnKind::Double,
        _ if has(&["dec", "numeric"]) => ColumnKind::Numeric,
        _ => ColumnKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declared_type_says_what_its_column_holds() {
        for (declared, expected) in [
            ("INTEGER", ColumnKind::Int64),
            ("bigint", ColumnKind::Int64),
            ("UNSIGNED BIG INT", ColumnKind::Int64),
            ("VARCHAR(255)", ColumnKind::Text),
            ("NVARCHAR (10)", ColumnKind::Text),
            ("BLOB", ColumnKind::Bytes),
            ("DOUBLE PRECISION", ColumnKind::Double),
            ("DECIMAL(10,2)", ColumnKind::Numeric),
            ("NUMERIC", ColumnKind::Numeric),
            ("boolean", ColumnKind::Bool),
            ("DATETIME", ColumnKind::Timestamp),
            ("DATE", ColumnKind::Date),
            ("JSON", ColumnKind::Json),
            ("", ColumnKind::Other),
            ("MONEY", ColumnKind::Other),
        ] {
            assert_eq!(kind(declared), expected, "{declared}");
        }
    }
}
