//! A database that is migrated and seeded from a catalog: the sample's is made once a test program and copied.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, PoisonError},
};

use anyhow::{Context as _, Result};
use meanwhile_testbed::{
    postgres::{self, Cluster},
    run::run,
};
use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};
use tempfile::TempDir;

use super::{BOUND, catalog::sample, meanwhile};

/// The password's way into a process that is not a flag.
pub const PASSWORD: &str = "MEANWHILE_DATABASE_PASSWORD";

/// A database of a test's own.
#[derive(Debug)]
pub enum Database {
    Sqlite(SqliteFile),
    Postgres(postgres::Database),
}

/// A file in a folder of its own.
#[derive(Debug)]
pub struct SqliteFile {
    folder: TempDir,
}

impl SqliteFile {
    fn new() -> Result<Self> {
        Ok(Self { folder: tempfile::tempdir()? })
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("test.sqlite")
    }
}

impl Database {
    /// The sample in a SQLite file.
    pub fn sqlite() -> Result<Self> {
        static SEEDED: Mutex<Vec<u8>> = Mutex::new(Vec::new());
        let file = SqliteFile::new()?;
        // The bytes are put there whole, so they are sound even after a panic elsewhere.
        let mut seeded = SEEDED.lock().unwrap_or_else(PoisonError::into_inner);
        if seeded.is_empty() {
            let first = Self::Sqlite(SqliteFile::new()?);
            first.migrate(&sample())?;
            if let Self::Sqlite(first) = &first {
                *seeded = fs::read(first.path())?;
            }
        }
        fs::write(file.path(), &*seeded)?;
        Ok(Self::Sqlite(file))
    }

    /// The sample in PostgreSQL; `None` where there is none.
    pub fn postgres() -> Result<Option<Self>> {
        Cluster::shared().map(Self::postgres_in).transpose()
    }

    /// The sample in this cluster.
    pub fn postgres_in(cluster: &Cluster) -> Result<Self> {
        let template =
            cluster.template("cityscape", |empty| migrate(&sample(), |it| name_postgres(empty, it)))?;
        Ok(Self::Postgres(cluster.database_from(&template)?))
    }

    /// The sample in each database there is: a test over both says the same of both.
    pub fn both() -> Result<Vec<Self>> {
        Ok([Some(Self::sqlite()?), Self::postgres()?].into_iter().flatten().collect())
    }

    /// An empty SQLite file somewhere in this folder.
    pub fn sqlite_in(folder: &Path) -> Result<Self> {
        Ok(Self::Sqlite(SqliteFile { folder: tempfile::tempdir_in(folder)? }))
    }

    /// Another catalog in a SQLite file.
    pub fn sqlite_for(catalog: &Path) -> Result<Self> {
        let database = Self::Sqlite(SqliteFile::new()?);
        database.migrate(catalog)?;
        Ok(database)
    }

    /// Another catalog in PostgreSQL; `None` where there is none.
    pub fn postgres_for(catalog: &Path) -> Result<Option<Self>> {
        let Some(cluster) = Cluster::shared() else { return Ok(None) };
        let database = Self::Postgres(cluster.database()?);
        database.migrate(catalog)?;
        Ok(Some(database))
    }

    /// As [`Database::both`], for another catalog.
    pub fn both_for(catalog: &Path) -> Result<Vec<Self>> {
        Ok([Some(Self::sqlite_for(catalog)?), Self::postgres_for(catalog)?].into_iter().flatten().collect())
    }

    /// Brings the schema up to date and seeds it, by `meanwhile migrate --seed`.
    pub fn migrate(&self, catalog: &Path) -> Result<()> {
        migrate(catalog, |command| self.name_to(command))
    }

    /// Tells a command of the binary which database it is.
    pub fn name_to(&self, command: &mut Command) {
        match self {
            Self::Sqlite(file) => {
                command.arg("--database").arg(format!("sqlite:{}", file.path().display()));
            }
            Self::Postgres(database) => name_postgres(database, command),
        }
    }

    /// The password, where it needs one.
    pub fn password(&self) -> Option<String> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(database) => Some(database.password()),
        }
    }

    /// Runs a script that answers nothing.
    pub fn run(&self, sql: &str) -> Result<()> {
        match self {
            Self::Sqlite(file) => on_sqlite(file, async |connection| {
                sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(connection).await?;
                Ok(())
            }),
            Self::Postgres(database) => database.run(sql).map(drop),
        }
    }

    /// The one number that a query answers.
    pub fn number(&self, sql: &str) -> Result<i64> {
        match self {
            Self::Sqlite(file) => on_sqlite(file, async |connection| {
                Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(connection).await?)
            }),
            Self::Postgres(database) => {
                let answer = database.run(sql)?;
                answer.parse().with_context(|| answer.clone())
            }
        }
    }

    /// How many rows a table has.
    pub fn count(&self, table: &str) -> Result<i64> {
        self.number(&format!("SELECT count(*) FROM {table}"))
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(file) => write!(f, "sqlite:{}", file.path().display()),
            Self::Postgres(database) => f.write_str(&database.url_without_password()),
        }
    }
}

/// The password goes by the environment.
fn name_postgres(database: &postgres::Database, command: &mut Command) {
    command.args(["--database", &database.url_without_password()]).env(PASSWORD, database.password());
}

fn migrate(catalog: &Path, name_database: impl FnOnce(&mut Command)) -> Result<()> {
    let mut command = meanwhile(&["migrate", "--seed"]);
    command.arg("--catalog").arg(catalog);
    name_database(&mut command);
    run(&mut command, b"", BOUND)?.success().map(drop)
}

fn on_sqlite<T>(file: &SqliteFile, ask: impl AsyncFnOnce(&mut SqliteConnection) -> Result<T>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let options = SqliteConnectOptions::new().filename(file.path()).foreign_keys(true);
        let mut connection = SqliteConnection::connect_with(&options).await?;
        let answer = ask(&mut connection).await;
        connection.close().await?;
        answer
    })
}
