//! `meanwhile draft`: a catalog's proto and SQL from a database's own tables, to edit. The schema is read once into a
//! plain model; what is written is made from it by pure functions; a file that is there is never touched.

mod children;
mod choose;
mod comment;
mod composites;
mod default;
mod enums;
mod fields;
mod files;
mod inflect;
mod kind;
mod model;
mod package;
mod postgres;
mod proto;
mod quote;
mod resource;
mod resources;
mod sql;
mod sqlite;
#[cfg(test)]
mod tests;
mod words;
mod write;

use std::path::PathBuf;

use meanwhile_catalog::Dialect;
use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;

use crate::database::{DatabaseUrl, UrlError};
use crate::schema::close;
use model::Schema;

/// What to draft.
#[derive(Debug, Clone, Default)]
pub struct DraftOptions {
    /// The tables, as SQL names them; none for all that bare names lead to.
    pub tables: Vec<String>,
    /// The package of the contract; none for one that is named after the database.
    pub package: Option<String>,
    /// The catalog's folder; none for a new one that is named after the database.
    pub folder: Option<PathBuf>,
}

/// What was drafted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drafted {
    /// The catalog's folder.
    pub folder: PathBuf,
    /// The tables that have files now.
    pub tables: Vec<DraftedTable>,
    /// How many files were written.
    pub written: usize,
    /// Files that were there, and are as they were.
    pub kept: Vec<PathBuf>,
    /// What has no draft, and why.
    pub left_out: Vec<(String, String)>,
}

/// One table's draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftedTable {
    /// The table, as SQL names it.
    pub table: String,
    /// `shop.v1.Orders`
    pub service: String,
    /// Its methods' names.
    pub methods: Vec<String>,
    /// What one should know of it.
    pub notes: Vec<String>,
}

/// Why nothing was drafted.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// The database's URL.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// The database could not be reached.
    #[error("the database cannot be reached: {0}")]
    Connect(sqlx::Error),
    /// The database refused what was asked of it.
    #[error("the database's tables cannot be read: {0}")]
    Database(sqlx::Error),
    /// A name that is no table's.
    #[error("there is no table {wanted}; there are: {}", known.join(", "))]
    NoTable {
        /// The name.
        wanted: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// A database without tables.
    #[error("the database has no tables")]
    NoTables,
    /// A name that no package can have.
    #[error("{0:?} is no package's name: write lower-case words with dots between them, like shop.v1")]
    Package(String),
    /// A file that could not be written.
    #[error("{} cannot be written: {error}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
}

/// Drafts a catalog of a database's tables. The database is only read.
///
/// # Errors
/// See [`DraftError`].
pub async fn draft(url: &DatabaseUrl, options: &DraftOptions) -> Result<Drafted, DraftError> {
    let schema = read(url).await?;
    write::write(&schema, url, options)
}

async fn read(url: &DatabaseUrl) -> Result<Schema, DraftError> {
    let schema = match url.dialect() {
        Dialect::Postgres => {
            let options = url.postgres()?.application_name("meanwhile-draft").disable_statement_logging();
            let mut connection = options.connect().await.map_err(DraftError::Connect)?;
            let schema = postgres::read(&mut connection).await;
            close(connection).await;
            schema
        }
        Dialect::Sqlite => {
            let file = url.file()?;
            let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let options = SqliteConnectOptions::new().filename(file).read_only(true);
            let options = options.disable_statement_logging();
            let mut connection = options.connect().await.map_err(DraftError::Connect)?;
            let schema = sqlite::read(&mut connection, name).await;
            close(connection).await;
            schema
        }
    };
    schema.map_err(DraftError::Database)
}
