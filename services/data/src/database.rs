//! The database behind the catalog: PostgreSQL or SQLite, each with its pool, its types and its errors, under one
//! face. Rows are handed to a [`RowSink`] as they come; nobody outside sees a driver's type.

mod cuts;
mod driver;
mod enum_names;
mod errors;
mod facts;
mod places;
mod plans;
pub(crate) mod pool;
mod postgres;
mod prepared;
mod sessions;
mod sqlite;
mod transaction;
mod unique;
mod url;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use meanwhile_catalog::{Dialect, Statement};
use meanwhile_proto::errors::Reason;
use meanwhile_telemetry::RequestContext;

pub use facts::{Column, Facts};
pub use postgres::KeptRows;
use prepared::Form;
pub use prepared::{KeyForm, Objection, PrepareError, Prepared};
use sessions::{Sessions, Told};
pub use transaction::Transaction;
pub use unique::ColumnSource;
pub use url::{DatabaseUrl, UrlError};

use crate::fault::Fault;
use crate::request::Given;
use crate::rows::Columns;
use crate::value::Value;

/// Takes rows as they come from the database.
pub trait RowSink: Send {
    /// Takes one row.
    ///
    /// # Errors
    /// Ends the statement.
    fn row(&mut self, row: &impl Columns) -> Result<(), Fault>;

    /// Called between rows: a stream sends what it has when that is enough, and waits for its reader.
    ///
    /// # Errors
    /// Ends the statement.
    fn pause(&mut self) -> impl Future<Output = Result<(), Fault>> + Send {
        std::future::ready(Ok(()))
    }

    /// True while no row was taken, so that the statement can be run again.
    fn is_untouched(&self) -> bool;
}

/// What trips go over: a database, each on a connection of its own, or one transaction.
pub trait Trips: Send {
    /// Makes a trip: runs the statement, hands its rows to `sink`. Gives the number of rows that a write changed.
    ///
    /// # Errors
    /// What the database, the pool or the sink had to say.
    fn run(
        &mut self,
        trip: &Trip<'_>,
        sink: &mut impl RowSink,
    ) -> impl Future<Output = Result<u64, Fault>> + Send;
}

/// One trip: a prepared statement with its values.
#[derive(Debug)]
pub struct Trip<'a> {
    /// The statement.
    pub prepared: &'a Prepared,
    /// Its values, in order.
    pub values: &'a [Value],
    /// What it is for, in few words: the span's name.
    pub summary: &'a Arc<str>,
    /// The reply field it fills, in a composite.
    pub part: Option<&'a str>,
    /// The request it is for.
    pub request: &'a RequestContext,
}

/// How to open a database.
#[derive(Debug, Clone)]
pub struct DatabaseConfig {
    /// Where it is.
    pub url: DatabaseUrl,
    /// How many connections there may be, at least 1.
    pub pool: usize,
    /// A stated delay that is added to each trip, spent while it holds its connection.
    pub simulated_latency: Option<Duration>,
    /// True: point reads that wait at the same time go in one trip, where the database is not in this process.
    pub batch: bool,
}

/// A database with its pool. Cheap to clone.
#[derive(Debug, Clone)]
pub enum Database {
    /// PostgreSQL.
    Postgres(postgres::Postgres),
    /// SQLite, embedded.
    Sqlite(sqlite::Sqlite),
}

impl Database {
    /// Makes the pool. Nothing is connected yet, so that an absent database is no error here.
    ///
    /// # Errors
    /// A URL that no database can be opened with.
    pub fn new(config: &DatabaseConfig) -> Result<Self, UrlError> {
        Ok(match config.url.dialect() {
            Dialect::Postgres => Self::Postgres(postgres::Postgres::new(config)?),
            Dialect::Sqlite => Self::Sqlite(sqlite::Sqlite::new(config)?),
        })
    }

    /// Which SQL it speaks.
    pub fn dialect(&self) -> Dialect {
        match self {
            Self::Postgres(_) => Dialect::Postgres,
            Self::Sqlite(_) => Dialect::Sqlite,
        }
    }

    /// True where a pooler such as PgBouncer stands before the server, as far as that is known: a first connection tells.
    pub fn is_pooler(&self) -> bool {
        match self {
            Self::Postgres(postgres) => postgres.is_pooler(),
            Self::Sqlite(_) => false,
        }
    }

    /// True where point reads that wait at the same time may go in one trip.
    pub fn batches(&self) -> bool {
        match self {
            Self::Postgres(postgres) => postgres.batches,
            Self::Sqlite(_) => false,
        }
    }

    /// Opens a first connection, so that what is wrong with it is known.
    ///
    /// # Errors
    /// DATABASE_UNREACHABLE.
    pub async fn ping(&self) -> Result<(), Fault> {
        match self {
            Self::Postgres(postgres) => postgres.ping().await,
            Self::Sqlite(sqlite) => sqlite.ping().await,
        }
    }

    /// Opens the pool's connections ahead of the first calls; failures show when a call needs one.
    pub async fn warm(&self) {
        match self {
            Self::Postgres(postgres) => postgres.warm().await,
            Self::Sqlite(sqlite) => sqlite.warm().await,
        }
    }

    /// Has the database accept a statement, and learns its columns. `sources` are the fields its parameters come from,
    /// in order; none for those from elsewhere. `reads_only` is the method's promise.
    ///
    /// # Errors
    /// See [`PrepareError`].
    pub async fn prepare(
        &self,
        statement: &Statement,
        sources: &[Option<Given>],
        reads_only: bool,
    ) -> Result<Prepared, PrepareError> {
        let prepared = match self {
            Self::Postgres(postgres) => postgres.prepare(statement, sources, reads_only).await?,
            Self::Sqlite(sqlite) => sqlite.prepare(statement, sources).await?,
        };
        match self {
            _ if reads_only => {}
            Self::Postgres(postgres) => postgres.sessions.try_texts(&prepared).await,
            Self::Sqlite(sqlite) => sqlite.writer.try_texts(&prepared).await,
        }
        Ok(prepared)
    }

    /// Where these columns of a statement are from, by index; none where one is not a table's own.
    ///
    /// # Errors
    /// What the database had to say.
    pub async fn column_sources(
        &self,
        prepared: &Prepared,
        columns: &[usize],
    ) -> Result<Option<Vec<ColumnSource>>, Fault> {
        match self {
            Self::Postgres(postgres) => postgres.column_sources(prepared, columns).await,
            Self::Sqlite(sqlite) => sqlite.column_sources(prepared, columns).await,
        }
    }

    /// Asks whether the database would run that SQL, and gives its own words where it would not.
    ///
    /// # Errors
    /// DATABASE_UNREACHABLE.
    pub async fn accepts(&self, sql: String) -> Result<Result<(), String>, Fault> {
        match self {
            Self::Postgres(postgres) => postgres.accepts(sql).await,
            Self::Sqlite(_) => Ok(Ok(())),
        }
    }

    /// What the database says of itself.
    ///
    /// # Errors
    /// DATABASE_UNREACHABLE.
    pub async fn facts(&self) -> Result<Facts, Fault> {
        match self {
            Self::Postgres(postgres) => postgres.facts().await,
            Self::Sqlite(sqlite) => sqlite.facts().await,
        }
    }

    /// Makes a trip: waits for a connection, runs the statement, hands its rows to `sink`. Gives the number of rows
    /// that a write changed. Dropped half-way, it ends the statement on the server and saves the connection.
    ///
    /// # Errors
    /// What the database, the pool or the sink had to say.
    pub async fn run(&self, trip: &Trip<'_>, sink: &mut impl RowSink) -> Result<u64, Fault> {
        let once = match self {
            Self::Postgres(postgres) => postgres.run(trip, sink).await,
            Self::Sqlite(sqlite) => Box::pin(sqlite.run(trip, sink)).await,
        };
        match (self, once) {
            // The connections of a pool die together, when their server does. A read may look for a living one.
            (Self::Postgres(postgres), Err(fault)) if may_repeat(trip, &fault) && sink.is_untouched() => {
                Box::pin(postgres.run(trip, sink)).await
            }
            (_, result) => result,
        }
    }

    /// Runs a statement without parameters and keeps its rows, on PostgreSQL.
    ///
    /// # Errors
    /// What the database had to say.
    pub async fn keep(&self, prepared: &Prepared) -> Result<KeptRows, Fault> {
        match self {
            Self::Postgres(postgres) => postgres.keep(prepared).await,
            Self::Sqlite(_) => Err(other_database()),
        }
    }

    /// Runs a statement of Meanwhile's own that writes, for no call. Gives the number of rows that it changed.
    ///
    /// # Errors
    /// What the database or the pool had to say.
    pub async fn run_own(&self, sql: &'static str) -> Result<u64, Fault> {
        match self {
            Self::Postgres(postgres) => postgres.run_own(sql).await,
            Self::Sqlite(sqlite) => sqlite.run_own(sql).await,
        }
    }

    /// Begins a transaction for `request`, on a connection of its own.
    ///
    /// # Errors
    /// What the database or the pool had to say.
    pub async fn begin(&self, request: &RequestContext) -> Result<Transaction, Fault> {
        match self {
            Self::Postgres(postgres) => postgres.begin(request).await,
            Self::Sqlite(sqlite) => sqlite.begin(request).await,
        }
    }

    /// Ends what is still running, and closes the connections.
    pub async fn close(&self) {
        match self {
            Self::Postgres(postgres) => postgres.close().await,
            Self::Sqlite(sqlite) => sqlite.close().await,
        }
    }
}

impl Trips for &Database {
    async fn run(&mut self, trip: &Trip<'_>, sink: &mut impl RowSink) -> Result<u64, Fault> {
        Database::run(self, trip, sink).await
    }
}

fn may_repeat(trip: &Trip<'_>, fault: &Fault) -> bool {
    !trip.prepared.writes && fault.reason == Reason::ConnectionLost
}

impl<'a> Trip<'a> {
    fn told(&self) -> Told<'a> {
        Told { summary: self.summary.clone(), text: self.prepared.text.clone(), part: self.part }
    }
}

/// Why a statement did not run to its end.
pub enum Failure {
    /// The database, or the way to it.
    Driver(sqlx::Error),
    /// Whoever takes the rows.
    Sink(Fault),
}

/// A statement that was prepared for another kind of database than the one it is run on: our own mistake.
fn other_database() -> Fault {
    Fault::new(Reason::Internal, "the method is bound to another database")
}

#[cfg(test)]
mod tests;
