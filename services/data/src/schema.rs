//! The database's schema and first rows: what `migrate` and `up` do, and serving never does.

mod seed;
mod tsv;

use std::path::PathBuf;

use meanwhile_catalog::{Catalog, Dialect, Findings, MigrationFile};
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, SqlSafeStr as _};

use crate::database::{DatabaseUrl, UrlError};
use crate::once::table;

pub use seed::seed;

/// Our own table: which migrations ran.
const MIGRATIONS: &str = "meanwhile_migrations";

/// Why a schema could not be made, or filled.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// The catalog's files.
    #[error("{0}")]
    Catalog(Findings),
    /// The database's URL.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// The lock that keeps two migrations apart is a session's, and no client of a pooler has one.
    #[error("migrating needs a session of its own: name the server itself instead of its pooler")]
    Pooler,
    /// The database could not be reached.
    #[error("the database cannot be reached: {0}")]
    Connect(sqlx::Error),
    /// The database refused what seeding itself asks of it.
    #[error("the database refused: {0}")]
    Database(sqlx::Error),
    /// A migration failed.
    #[error("migrating by {} failed: {error}", file.display())]
    Migration {
        /// The file.
        file: PathBuf,
        /// What the database said.
        error: sqlx::Error,
    },
    /// The migrations that ran before are not those that there are now.
    #[error("migrating failed: {0}")]
    Migrate(MigrateError),
    /// A seed file failed.
    #[error("seeding from {} failed: {error}", file.display())]
    Seed {
        /// The file.
        file: PathBuf,
        /// What was wrong with it.
        error: SeedError,
    },
}

/// What was wrong with a seed file.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The database refused it.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] std::io::Error),
    /// It is no table.
    #[error("line {line}: {what}")]
    Line {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
}

/// Brings the schema up to date. Gives how many migrations the catalog has. A migration that was changed after it
/// ran is an error.
///
/// # Errors
/// See [`SchemaError`].
pub async fn migrate(catalog: &Catalog, url: &DatabaseUrl) -> Result<usize, SchemaError> {
    let files = catalog.migrations(url.dialect()).map_err(SchemaError::Catalog)?;
    if !files.is_empty() {
        migrate_by(&files, url).await?;
    }
    // Only where it is needed: a database that is somebody else's gets no table for nothing.
    if table::is_needed(catalog) {
        table::create(url).await?;
    }
    Ok(files.len())
}

async fn migrate_by(files: &[MigrationFile], url: &DatabaseUrl) -> Result<(), SchemaError> {
    let mut migrator = Migrator::with_migrations(files.iter().map(migration).collect());
    // A table of our own: the database's other users may have sqlx's.
    migrator.dangerous_set_table_name(MIGRATIONS);
    let migrated = match url.dialect() {
        Dialect::Postgres => {
            let mut connection = postgres(url).await?;
            let migrated = migrator.run_direct(None, &mut connection, false).await;
            close(connection).await;
            migrated
        }
        Dialect::Sqlite => {
            let mut connection = sqlite(url).await?;
            let migrated = migrator.run_direct(None, &mut connection, false).await;
            close(connection).await;
            migrated
        }
    };
    migrated.map_err(|error| failed(error, files))
}

/// The driver knows a migration by its number; its author knows the file.
fn failed(error: MigrateError, files: &[MigrationFile]) -> SchemaError {
    match error {
        MigrateError::ExecuteMigration(error, version) => {
            let file = files.iter().find(|file| file.version == version).map(|file| file.path.clone());
            SchemaError::Migration { file: file.unwrap_or_default(), error }
        }
        error => SchemaError::Migrate(error),
    }
}

fn migration(file: &MigrationFile) -> Migration {
    // The catalog author's own SQL, from a file.
    let sql = AssertSqlSafe(file.sql.to_string()).into_sql_str();
    Migration::new(file.version, file.name.clone().into(), MigrationType::Simple, sql, false)
}

pub(crate) async fn postgres(url: &DatabaseUrl) -> Result<PgConnection, SchemaError> {
    if url.is_pooler() {
        return Err(SchemaError::Pooler);
    }
    let options = url.postgres()?.application_name("meanwhile-migrate").disable_statement_logging();
    options.connect().await.map_err(SchemaError::Connect)
}

pub(crate) async fn sqlite(url: &DatabaseUrl) -> Result<SqliteConnection, SchemaError> {
    let options = SqliteConnectOptions::new().filename(url.file()?).create_if_missing(true);
    let options = options.journal_mode(sqlx::sqlite::SqliteJournalMode::Wal).foreign_keys(true);
    options.disable_statement_logging().connect().await.map_err(SchemaError::Connect)
}

pub(crate) async fn close<C: sqlx::Connection>(connection: C) {
    // What was done is committed by now; a goodbye that fails changes nothing.
    let _ = connection.close().await;
}

#[cfg(test)]
mod tests;
