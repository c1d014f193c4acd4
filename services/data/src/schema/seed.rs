//! Seeding: the catalog's `seed/*.tsv` go into their tables, those that are referred to first; then its `seed/*.sql`
//! run. All of it is one transaction, and happens once a database.

use std::collections::BTreeMap;

use meanwhile_catalog::{Catalog, Dialect, SeedFile};
use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use sqlx::{Arguments as _, AssertSqlSafe, Connection as _, Executor as _, SqlSafeStr as _};

use super::tsv::{Table, quoted};
use super::{SchemaError, SeedError, close, postgres, sqlite};
use crate::database::DatabaseUrl;

/// Our own table: which catalogs a database was seeded with.
const MARKER: &str = "CREATE TABLE IF NOT EXISTS meanwhile_seeds (catalog text PRIMARY KEY)";

/// CREATE TABLE IF NOT EXISTS fails where another session creates the same table at the same time. The number is ours.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7410374103)";

const MARK_POSTGRES: &str = "INSERT INTO meanwhile_seeds VALUES ($1) ON CONFLICT DO NOTHING";
const MARK_SQLITE: &str = "INSERT INTO meanwhile_seeds VALUES (?1) ON CONFLICT DO NOTHING";

/// The columns that take text and have to (SQLite's rules of affinity, "Datatypes In SQLite" section 3.1).
const KEEPS_EMPTY: &str = "SELECT name, \"notnull\" AND upper(type) NOT GLOB '*INT*' AND \
    (upper(type) GLOB '*TEXT*' OR upper(type) GLOB '*CHAR*' OR upper(type) GLOB '*CLOB*') FROM pragma_table_info(?1)";

/// SQLite takes at most 32,766 parameters a statement.
const SQLITE_PARAMS: usize = 30_000;

/// Fills the database with the catalog's seed, unless that was done before. Gives the number of rows.
///
/// # Errors
/// See [`SchemaError`]; nothing is kept of a seed that failed.
pub async fn seed(catalog: &Catalog, url: &DatabaseUrl) -> Result<usize, SchemaError> {
    let files = catalog.seeds(url.dialect()).map_err(SchemaError::Catalog)?;
    if files.is_empty() {
        return Ok(0);
    }
    match url.dialect() {
        Dialect::Postgres => {
            let mut connection = postgres(url).await?;
            let rows = seed_postgres(&mut connection, &catalog.name, files).await;
            close(connection).await;
            rows
        }
        Dialect::Sqlite => {
            let mut connection = sqlite(url).await?;
            let rows = seed_sqlite(&mut connection, &catalog.name, files).await;
            close(connection).await;
            rows
        }
    }
}

fn failed(file: &SeedFile) -> impl FnOnce(SeedError) -> SchemaError {
    let file = file.path.clone();
    move |error| SchemaError::Seed { file, error }
}

async fn seed_postgres(
    connection: &mut PgConnection,
    name: &str,
    files: Vec<SeedFile>,
) -> Result<usize, SchemaError> {
    let mut transaction = connection.begin().await.map_err(SchemaError::Connect)?;
    transaction.execute(LOCK).await.map_err(SchemaError::Database)?;
    transaction.execute(MARKER).await.map_err(SchemaError::Database)?;
    let marked = sqlx::query(MARK_POSTGRES).bind(name).execute(&mut *transaction).await;
    if marked.map_err(SchemaError::Database)?.rows_affected() == 0 {
        return Ok(0);
    }
    let referred = "SELECT referring.relname::text, referred.relname::text FROM pg_constraint \
                    JOIN pg_class AS referring ON referring.oid = conrelid \
                    JOIN pg_class AS referred ON referred.oid = confrelid WHERE contype = 'f'";
    let links = sqlx::query_as(referred).fetch_all(&mut *transaction).await.map_err(SchemaError::Database)?;
    let mut rows = 0;
    for file in referred_first(files, &links) {
        let loaded = match &file.table {
            Some(table) => copy(&mut transaction, &file, table).await,
            None => run_sql(&mut *transaction, &file).await,
        };
        rows += loaded.map_err(failed(&file))?;
    }
    transaction.commit().await.map_err(SchemaError::Database)?;
    Ok(rows)
}

/// COPY in its CSV form, with a quote character that no text has: an empty field is NULL, or '' where text must be.
async fn copy(connection: &mut PgConnection, file: &SeedFile, table: &str) -> Result<usize, SeedError> {
    let content = Table::read(&file.path)?;
    let not_null: Vec<String> = sqlx::query_scalar(
        "SELECT attname::text FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid \
         WHERE attrelid = $1::regclass AND attnum > 0 AND attnotnull AND typcategory = 'S'",
    )
    .bind(quoted(table))
    .fetch_all(&mut *connection)
    .await?;
    let forced: Vec<String> = content
        .columns
        .iter()
        .filter(|column| not_null.contains(column))
        .map(|column| quoted(column))
        .collect();
    let forced =
        if forced.is_empty() { String::new() } else { format!(", FORCE_NOT_NULL ({})", forced.join(", ")) };
    let columns: Vec<String> = content.columns.iter().map(|column| quoted(column)).collect();
    let copy = format!(
        "COPY {} ({}) FROM STDIN WITH (FORMAT csv, DELIMITER E'\\t', QUOTE E'\\x01'{forced})",
        quoted(table),
        columns.join(", ")
    );
    let mut copy = connection.copy_in_raw(&copy).await?;
    copy.send(content.lines().as_bytes()).await?;
    Ok(copy.finish().await? as usize)
}

async fn seed_sqlite(
    connection: &mut SqliteConnection,
    name: &str,
    files: Vec<SeedFile>,
) -> Result<usize, SchemaError> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(SchemaError::Connect)?;
    transaction.execute(MARKER).await.map_err(SchemaError::Database)?;
    let marked = sqlx::query(MARK_SQLITE).bind(name).execute(&mut *transaction).await;
    if marked.map_err(SchemaError::Database)?.rows_affected() == 0 {
        return Ok(0);
    }
    let referred = "SELECT schema.name, link.\"table\" FROM sqlite_schema AS schema, pragma_foreign_key_list(schema.name) AS link";
    let links = sqlx::query_as(referred).fetch_all(&mut *transaction).await.map_err(SchemaError::Database)?;
    let mut rows = 0;
    for file in referred_first(files, &links) {
        let loaded = match &file.table {
            Some(table) => insert(&mut transaction, &file, table).await,
            None => run_sql(&mut *transaction, &file).await,
        };
        rows += loaded.map_err(failed(&file))?;
    }
    transaction.commit().await.map_err(SchemaError::Database)?;
    Ok(rows)
}

async fn insert(connection: &mut SqliteConnection, file: &SeedFile, table: &str) -> Result<usize, SeedError> {
    let content = Table::read(&file.path)?;
    let must: BTreeMap<String, bool> =
        sqlx::query_as(KEEPS_EMPTY).bind(table).fetch_all(&mut *connection).await?.into_iter().collect();
    let keeps_empty: Vec<bool> =
        content.columns.iter().map(|column| must.get(column).copied().unwrap_or(false)).collect();
    let rows: Vec<&str> = content.rows().collect();
    for chunk in rows.chunks((SQLITE_PARAMS / content.columns.len()).max(1)) {
        let mut arguments = SqliteArguments::default();
        for (field, keeps_empty) in chunk.iter().flat_map(|row| row.split('\t').zip(&keeps_empty)) {
            let value = (!field.is_empty() || *keeps_empty).then(|| field.to_owned());
            arguments.add(value).map_err(sqlx::Error::Encode)?;
        }
        let sql = AssertSqlSafe(insert_sql(table, &content.columns, chunk.len())).into_sql_str();
        sqlx::query_with::<sqlx::Sqlite, _>(sql, arguments)
            .persistent(false)
            .execute(&mut *connection)
            .await?;
    }
    Ok(rows.len())
}

fn insert_sql(table: &str, columns: &[String], rows: usize) -> String {
    let row = format!("({})", vec!["?"; columns.len()].join(", "));
    let columns: Vec<String> = columns.iter().map(|column| quoted(column)).collect();
    format!("INSERT INTO {} ({}) VALUES {}", quoted(table), columns.join(", "), vec![row; rows].join(", "))
}

async fn run_sql<'c, E>(connection: E, file: &SeedFile) -> Result<usize, SeedError>
where
    E: sqlx::Executor<'c>,
{
    let sql = std::fs::read_to_string(&file.path)?;
    connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await?;
    Ok(0)
}

/// Tables in an order in which no row refers to one that is not there yet; SQL files stay last, in their order.
fn referred_first(files: Vec<SeedFile>, links: &[(String, String)]) -> Vec<SeedFile> {
    let (mut tables, statements): (Vec<SeedFile>, Vec<SeedFile>) =
        files.into_iter().partition(|file| file.table.is_some());
    let mut ordered: Vec<SeedFile> = Vec::new();
    while !tables.is_empty() {
        let waits = |file: &SeedFile| {
            let name = file.table.as_deref();
            let refers = |other: &SeedFile| {
                links.iter().any(|(from, to)| {
                    Some(from.as_str()) == name && Some(to.as_str()) == other.table.as_deref()
                })
            };
            tables.iter().any(|other| other.table != file.table && refers(other))
        };
        // Tables that refer to each other in a ring are taken as they come; deferred constraints allow that.
        let next = tables.iter().position(|file| !waits(file)).unwrap_or(0);
        ordered.push(tables.remove(next));
    }
    ordered.extend(statements);
    ordered
}
