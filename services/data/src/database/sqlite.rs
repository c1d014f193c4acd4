//! SQLite, embedded: one connection that writes, several that read (WAL), each on a thread of its own.
//! A statement that nobody waits for any more is interrupted by a progress handler.

mod connect;
mod declared;
mod facts;
mod json;
mod params;
mod plans;
mod row;
mod unique;

use std::sync::Arc;

use futures_util::StreamExt;
use meanwhile_catalog::{Dialect, Origin, Statement};
use meanwhile_telemetry::{RequestContext, Wait};
use prost_reflect::Kind;
use sqlx::error::DatabaseError;
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteStatement};
use sqlx::{
    AssertSqlSafe, Column as _, Connection as _, Either, Executor as _, Row as _, SqlSafeStr as _, SqlStr,
    Statement as _,
};

use super::cuts::Cuts;
use super::driver::Driver;
use super::errors;
use super::places::Places;
use super::plans::{Asked, Told};
use super::transaction::{Begun, Transaction};
use super::{
    ColumnSource, DatabaseConfig, Facts, Failure, Form, Objection, PrepareError, Prepared, RowSink, Sessions,
    Trip, UrlError,
};
use crate::fault::Fault;
use crate::request::Given;
use crate::rows::ColumnType;
pub use connect::Connector;
use connect::SqliteSession;
use declared::Declared;
pub(in crate::database) use params::SqliteParam;

/// Has a connection see what others made of the schema: it is when a statement runs that SQLite looks, not when it is
/// prepared.
const LOOK_AT_SCHEMA: &str = "SELECT 1 FROM sqlite_schema LIMIT 1";

/// A SQLite database in a file.
#[derive(Debug, Clone)]
pub struct Sqlite {
    readers: Sessions<Connector>,
    pub(super) writer: Sessions<Connector>,
}

impl Sqlite {
    pub(super) fn new(config: &DatabaseConfig) -> Result<Self, UrlError> {
        let file = config.url.file()?;
        Ok(Self {
            readers: Sessions::new(Connector::reader(&file), config.pool.max(1), config.simulated_latency),
            writer: Sessions::new(Connector::writer(&file), 1, config.simulated_latency),
        })
    }

    pub(super) async fn ping(&self) -> Result<(), Fault> {
        self.writer.pool.acquire(None).await.map(drop)
    }

    pub(super) async fn warm(&self) {
        self.readers.pool.warm().await;
    }

    pub(super) async fn close(&self) {
        self.readers.pool.close().await;
        self.writer.pool.close().await;
    }

    pub(super) async fn prepare(
        &self,
        statement: &Statement,
        sources: &[Option<Given>],
    ) -> Result<Prepared, PrepareError> {
        let sql = AssertSqlSafe(Arc::<str>::from(statement.render(Dialect::Sqlite))).into_sql_str();
        let mut lease = self.writer.pool.acquire(None).await.map_err(PrepareError::Unreachable)?;
        let described = prepare_anew(&mut lease.begin().connection, sql.clone()).await;
        let params = match &described {
            Ok(_) => params(&mut lease.begin().connection, statement, sources).await,
            Err(_) => Ok(Default::default()),
        };
        lease.finished();
        let described = described.map_err(|error| refused(statement, &error))?;
        let (params, mut objections) = params?;
        objections.extend(foreign_parameter(statement, &described));
        let prepared = Prepared {
            text: statement.text(),
            sql,
            columns: described.columns().iter().map(|column| column.name().to_owned()).collect(),
            types: vec![ColumnType::Any; described.columns().len()],
            writes: statement.writes(),
            changes_existing: statement.changes_existing(),
            // Its writers wait for each other anyway.
            locks: true,
            has_star: statement.has_star(),
            form: Form::Sqlite(params.into()),
            cuts: cuts(statement),
            batch: None,
        };
        prepared.unless(objections)
    }

    pub(super) async fn column_sources(
        &self,
        prepared: &Prepared,
        columns: &[usize],
    ) -> Result<Option<Vec<ColumnSource>>, Fault> {
        let mut lease = self.writer.pool.acquire(None).await?;
        let sources = unique::sources(&mut lease.begin().connection, prepared, columns).await;
        lease.finished();
        sources.map_err(|error| errors::unreachable(&error))
    }

    pub(super) async fn plans(&self, asked: &[&Asked]) -> Result<Option<Vec<Told>>, Fault> {
        let mut lease = self.writer.pool.acquire(None).await?;
        let plans = plans::plans(&mut lease.begin().connection, asked).await;
        lease.finished();
        plans.map(Some).map_err(|error| errors::unreachable(&error))
    }

    pub(super) async fn columns_of(&self, table: &str) -> Result<Vec<String>, Fault> {
        let mut lease = self.writer.pool.acquire(None).await?;
        let columns = plans::columns_of(&mut lease.begin().connection, table).await;
        lease.finished();
        columns.map_err(|error| errors::unreachable(&error))
    }

    pub(super) async fn facts(&self) -> Result<Facts, Fault> {
        let mut lease = self.writer.pool.acquire(None).await?;
        let facts = facts::read(&mut lease.begin().connection).await;
        lease.finished();
        facts.map_err(|error| errors::unreachable(&error))
    }

    pub(super) async fn run(&self, trip: &Trip<'_>, sink: &mut impl RowSink) -> Result<u64, Fault> {
        let sessions = if trip.prepared.writes { &self.writer } else { &self.readers };
        sessions.run(trip, sink).await
    }

    pub(super) async fn run_own(&self, sql: &'static str) -> Result<u64, Fault> {
        self.writer.run_own(sql).await
    }

    pub(super) async fn begin(&self, request: &RequestContext) -> Result<Transaction, Fault> {
        Begun::begin(&self.writer, request).await.map(Transaction::Sqlite)
    }
}

impl Driver for Connector {
    const SYSTEM: &'static str = "sqlite";
    // Whoever waits for the writer's place does so here, and not in the middle, where it could not have it.
    const BEGIN: &'static str = "BEGIN IMMEDIATE";
    const REFUSED_COMMIT_ENDS: bool = false;
    type Arguments = SqliteArguments;

    fn arguments(trip: &Trip<'_>) -> Result<SqliteArguments, Fault> {
        arguments(trip)
    }

    fn describe(&self, _session: &SqliteSession, _wait: &mut Wait) {}

    async fn command(session: &mut SqliteSession, word: &'static str) -> Result<u64, sqlx::Error> {
        session.connection.execute(word).await.map(|done| done.rows_affected())
    }

    async fn takes(
        session: &mut SqliteSession,
        _prepared: &Prepared,
        text: SqlStr,
    ) -> Result<bool, sqlx::Error> {
        #[cfg(any(test, feature = "fuzzing"))]
        crate::fuzzing::sent(text.as_str(), None);
        match session.connection.prepare(text).await {
            Ok(_) => Ok(true),
            Err(error) if about_text(&error).is_some() => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn fetch(
        session: &mut SqliteSession,
        trip: &Trip<'_>,
        text: SqlStr,
        arguments: SqliteArguments,
        sink: &mut impl RowSink,
    ) -> Result<u64, Failure> {
        fetch(&mut session.connection, trip, text, arguments, sink).await
    }

    /// SQLite prepares a statement anew by itself.
    fn is_stale(_error: &sqlx::Error) -> bool {
        false
    }

    async fn forget_statements(_session: &mut SqliteSession) {}
}

fn cuts(statement: &Statement) -> Option<Arc<Cuts>> {
    let written = (1..=statement.params.len()).map(|number| format!("?{number}"));
    Cuts::new(statement, Dialect::Sqlite, written.collect(), String::new())
}

/// What this connection prepared before, and what it knows of the schema, may not be true any more.
async fn prepare_anew(
    connection: &mut SqliteConnection,
    sql: SqlStr,
) -> Result<SqliteStatement, sqlx::Error> {
    connection.clear_cached_statements().await?;
    connection.execute(LOOK_AT_SCHEMA).await?;
    connection.prepare(sql).await
}

/// SQLITE_ERROR is about the statement; every other code is about the file and whoever else uses it.
fn about_text(error: &sqlx::Error) -> Option<&dyn DatabaseError> {
    error.as_database_error().filter(|database| database.code().as_deref() == Some("1"))
}

/// SQLite's parameters are to be those that have a name.
fn foreign_parameter(statement: &Statement, described: &SqliteStatement) -> Option<Objection> {
    if let Some(place) = statement.sqlite_placeholder() {
        return Some(Objection {
            message: "SQLite sees a parameter here that has no :name".to_owned(),
            mend: "write :name, the request's field; for PostgreSQL's operator, write a file for SQLite too"
                .to_owned(),
            place: Some(place),
        });
    }
    let seen = described.parameters().and_then(Either::right);
    let is_alike = seen == Some(statement.params.len()) && statement.is_read_alike_by(Dialect::Sqlite);
    (!is_alike).then(|| Objection {
        message: "SQLite sees other parameters here than PostgreSQL".to_owned(),
        mend: "write a file for SQLite: its quotes and comments are others".to_owned(),
        place: None,
    })
}

fn refused(statement: &Statement, error: &sqlx::Error) -> PrepareError {
    match about_text(error) {
        Some(database) => PrepareError::from(Objection {
            message: format!("SQLite does not accept this: {}", database.message()),
            mend: "mend the statement, or migrate the database".to_owned(),
            place: Some(statement.single_word_place(complained_of(database.message()))),
        }),
        None => PrepareError::Unreachable(errors::unreachable(error)),
    }
}

/// SQLite names no place, but mostly the word: `no such column: nam`, `near "FROM": syntax error`.
fn complained_of(message: &str) -> &str {
    let near = message.strip_prefix("near \"").and_then(|rest| rest.split_once('"'));
    near.map_or_else(|| message.rsplit(' ').next().unwrap_or_default(), |(word, _)| word)
}

async fn fetch(
    connection: &mut SqliteConnection,
    trip: &Trip<'_>,
    text: SqlStr,
    arguments: SqliteArguments,
    sink: &mut impl RowSink,
) -> Result<u64, Failure> {
    if trip.prepared.has_star {
        connection.execute(LOOK_AT_SCHEMA).await.map_err(Failure::Driver)?;
    }
    #[cfg(any(test, feature = "fuzzing"))]
    crate::fuzzing::sent(text.as_str(), Some(sqlx::Arguments::len(&arguments)));
    let query = sqlx::query_with::<sqlx::Sqlite, _>(text, arguments);
    let mut results = connection.fetch_many(query.persistent(!trip.prepared.has_star));
    let (mut changed, mut places) = (None, None);
    while let Some(result) = results.next().await {
        match result.map_err(Failure::Driver)? {
            Either::Left(done) => *changed.get_or_insert(0) += done.rows_affected(),
            Either::Right(row) => {
                let places = match &places {
                    Some(places) => places,
                    None => {
                        let now = row.columns().iter().map(|column| column.name());
                        places.insert(Places::find(&trip.prepared.columns, now).map_err(Failure::Sink)?)
                    }
                };
                sink.row(&row::Row { row: &row, places }).map_err(Failure::Sink)?;
                drop(row);
                sink.pause().await.map_err(Failure::Sink)?;
            }
        }
    }
    // The connection's thread says when a statement is done. Where it does not, it is gone.
    changed.ok_or(Failure::Driver(sqlx::Error::WorkerCrashed))
}

fn arguments(trip: &Trip<'_>) -> Result<SqliteArguments, Fault> {
    let Form::Sqlite(params) = &trip.prepared.form else { return Err(super::other_database()) };
    let mut arguments = SqliteArguments::default();
    for (param, value) in params.iter().zip(trip.values) {
        param.add(value, &mut arguments)?;
    }
    Ok(arguments)
}

/// How each parameter is stored, and what is against those of them that could never be.
async fn params(
    connection: &mut SqliteConnection,
    statement: &Statement,
    sources: &[Option<Given>],
) -> Result<(Vec<SqliteParam>, Vec<Objection>), PrepareError> {
    let declared = match sources.iter().flatten().any(SqliteParam::depends) {
        true => declared::of(connection, statement).await.map_err(|error| refused(statement, &error))?,
        false => vec![(Declared::Unknown, false); statement.params.len()],
    };
    let (mut params, mut objections) = (Vec::new(), Vec::new());
    for (index, (param, (declared, are_items))) in statement.params.iter().zip(declared).enumerate() {
        let given = sources[index].as_ref();
        let of_field = given.filter(|_| matches!(param.origin, Origin::Field(_)));
        let column = of_field.and_then(|given| SqliteParam::misfit(given, declared, are_items));
        objections
            .extend(of_field.zip(column).map(|(given, column)| unstorable(statement, index, given, column)));
        params.push(SqliteParam::new(param, given, declared));
    }
    Ok((params, objections))
}

fn unstorable(statement: &Statement, index: usize, given: &Given, column: &str) -> Objection {
    let (name, field) = (&statement.params[index].name, &given.field);
    let what = match field.kind() {
        _ if given.is_list => "a list",
        Kind::Message(_) => "a message",
        _ => "bytes",
    };
    Objection {
        message: format!("SQLite keeps {column} where :{name} stands, and {} is {what}", field.full_name()),
        mend: "change the field's or the column's type, or use json_each for a list".to_owned(),
        place: Some(statement.param_place(index)),
    }
}
