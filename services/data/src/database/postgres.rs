//! PostgreSQL: bare connections that know their backend's pid, statements prepared untyped, values in binary, and
//! pg_cancel_backend for what nobody waits for any more.

mod batch;
mod connect;
mod facts;
mod kept;
mod keys;
mod line;
mod moments;
mod params;
mod plans;
mod pooler;
mod prepare;
mod types;
mod unique;
mod watch;

use std::sync::Arc;

use crate::request::Given;
use futures_util::StreamExt;
use meanwhile_catalog::Statement;
use meanwhile_proto::attributes;
use meanwhile_telemetry::{KeyValue, RequestContext, Wait, WaitHandle};
use sqlx::postgres::{PgArguments, PgDatabaseError, PgTypeInfo};
use sqlx::{AssertSqlSafe, Connection as _, Either, Executor as _, SqlSafeStr as _, SqlStr};
use tokio_util::sync::CancellationToken;

use super::driver::Driver;
use super::errors;
use super::plans::{Asked, Told};
use super::transaction::{Begun, Transaction};
use super::{
    ColumnSource, DatabaseConfig, Facts, Failure, Form, PrepareError, Prepared, RowSink, Sessions, Trip,
    UrlError,
};
use crate::fault::Fault;
pub use batch::Batch;
pub use connect::Connector;
use connect::{PgSession, Server};
pub use kept::KeptRows;
use pooler::Pooler;
pub use types::Types;
use types::{Reading, Row};

/// A PostgreSQL database.
#[derive(Debug, Clone)]
pub struct Postgres {
    pub(super) sessions: Sessions<Connector>,
    /// True where point reads may share a trip.
    pub(super) batches: bool,
    /// Ends what looks after statements.
    stop: CancellationToken,
}

impl Postgres {
    pub(super) fn new(config: &DatabaseConfig) -> Result<Self, UrlError> {
        let connector = Connector::new(config.url.postgres()?, Pooler::declared(config.url.is_pooler()));
        let sessions = Sessions::new(connector, config.pool.max(1), config.simulated_latency);
        Ok(Self { sessions, batches: config.batch, stop: CancellationToken::new() })
    }

    /// True where a pooler stands before the server, as far as that is known.
    pub(super) fn is_pooler(&self) -> bool {
        self.sessions.pool.connector().is_pooler()
    }

    pub(super) async fn ping(&self) -> Result<(), Fault> {
        let mut lease = self.sessions.pool.acquire(None).await?;
        match lease.begin().connection.ping().await {
            Ok(()) => {
                lease.finished();
                Ok(())
            }
            Err(error) => {
                lease.died();
                Err(errors::unreachable(&error))
            }
        }
    }

    pub(super) async fn warm(&self) {
        self.sessions.pool.connector().open_line().await;
        let (stop, pool) = (self.stop.clone(), self.sessions.pool.clone());
        self.sessions.pool.spawn(async move {
            stop.run_until_cancelled(pool.connector().look_after_statements()).await;
        });
        self.sessions.pool.warm().await;
    }

    pub(super) async fn close(&self) {
        self.stop.cancel();
        self.sessions.pool.close().await;
    }

    pub(super) async fn prepare(
        &self,
        statement: &Statement,
        sources: &[Option<Given>],
        reads_only: bool,
    ) -> Result<Prepared, PrepareError> {
        let mut lease = self.sessions.pool.acquire(None).await.map_err(PrepareError::Unreachable)?;
        let prepared = prepare_on(lease.begin(), statement, sources).await;
        match &prepared {
            Err(PrepareError::Unreachable(_)) => lease.died(),
            _ => lease.finished(),
        }
        // Its words may say that it only reads, and a function in it write all the same.
        prepared.map(|prepared| Prepared { writes: prepared.writes || !reads_only, ..prepared })
    }

    pub(super) async fn column_sources(
        &self,
        prepared: &Prepared,
        columns: &[usize],
    ) -> Result<Option<Vec<ColumnSource>>, Fault> {
        let Form::Postgres(types) = &prepared.form else { return Err(super::other_database()) };
        let mut lease = self.sessions.pool.acquire(None).await?;
        let session = lease.begin();
        let entered = session.enter().await.map_err(|error| errors::unreachable(&error))?;
        let sources = unique::sources(&mut session.connection, prepared, types, columns).await;
        let left = session.leave_nothing(entered).await;
        let sources = sources.and_then(|sources| left.map(|()| sources));
        // Where it failed, the lease stays busy, and its connection is looked after.
        let sources = sources.map_err(|error| errors::unreachable(&error))?;
        lease.finished();
        Ok(sources)
    }

    pub(super) async fn plans(
        &self,
        prepared: &Prepared,
        asked: &[&Asked],
    ) -> Result<Option<Vec<Told>>, Fault> {
        let Form::Postgres(types) = &prepared.form else { return Err(super::other_database()) };
        let mut lease = self.sessions.pool.acquire(None).await?;
        let plans = plans::plans(&mut lease.begin().connection, types, asked).await;
        let plans = plans.map_err(|error| errors::unreachable(&error))?;
        lease.finished();
        Ok(plans)
    }

    pub(super) async fn columns_of(&self, table: &str) -> Result<Vec<String>, Fault> {
        let mut lease = self.sessions.pool.acquire(None).await?;
        let session = lease.begin();
        let entered = session.enter().await.map_err(|error| errors::unreachable(&error))?;
        let columns = plans::columns_of(&mut session.connection, table).await;
        let left = session.leave_nothing(entered).await;
        let columns = columns.and_then(|columns| left.map(|()| columns));
        let columns = columns.map_err(|error| errors::unreachable(&error))?;
        lease.finished();
        Ok(columns)
    }

    /// Why the database does not accept that SQL, where it does not.
    pub(super) async fn accepts(&self, sql: String) -> Result<Result<(), String>, Fault> {
        let mut lease = self.sessions.pool.acquire(None).await?;
        let prepared = accepted_by(lease.begin(), AssertSqlSafe(sql).into_sql_str()).await;
        match prepared {
            Ok(()) => {
                lease.finished();
                Ok(Ok(()))
            }
            Err(sqlx::Error::Database(error)) => {
                lease.finished();
                Ok(Err(error.message().to_owned()))
            }
            Err(error) => {
                lease.died();
                Err(errors::unreachable(&error))
            }
        }
    }

    pub(super) async fn facts(&self) -> Result<Facts, Fault> {
        let mut lease = self.sessions.pool.acquire(None).await?;
        match facts::read(&mut lease.begin().connection).await {
            Ok(facts) => {
                lease.finished();
                Ok(facts)
            }
            Err(error) => {
                lease.died();
                Err(errors::unreachable(&error))
            }
        }
    }

    pub(super) async fn run(&self, trip: &Trip<'_>, sink: &mut impl RowSink) -> Result<u64, Fault> {
        match &trip.prepared.batch {
            Some(batch) => batch.run(&self.sessions, trip, sink).await,
            None => self.sessions.run(trip, sink).await,
        }
    }

    pub(super) async fn run_own(&self, sql: &'static str) -> Result<u64, Fault> {
        self.sessions.run_own(sql).await
    }

    pub(super) async fn begin(&self, request: &RequestContext) -> Result<Transaction, Fault> {
        Begun::begin(&self.sessions, request).await.map(Transaction::Postgres)
    }
}

impl Driver for Connector {
    const SYSTEM: &'static str = "postgresql";
    const BEGIN: &'static str = "BEGIN";
    const REFUSED_COMMIT_ENDS: bool = true;
    type Arguments = PgArguments;

    fn arguments(trip: &Trip<'_>) -> Result<PgArguments, Fault> {
        params::arguments(&types(trip)?.params, trip.values)
    }

    fn describe(&self, session: &PgSession, wait: &mut Wait) {
        let Server { address, port, database } = self.server();
        wait.set_attribute(KeyValue::new("server.address", address.clone()));
        wait.set_attribute(KeyValue::new("server.port", i64::from(*port)));
        wait.set_attribute(KeyValue::new("db.namespace", database.clone()));
        if session.pooled.is_some() {
            return;
        }
        wait.set_attribute(KeyValue::new(attributes::DATABASE_PID, i64::from(session.pid)));
        wait.set_attribute(KeyValue::new(attributes::DATABASE_BACKEND_START, session.started.clone()));
    }

    fn began(session: &PgSession, waits: impl FnOnce() -> Vec<WaitHandle>) {
        if session.pooled.is_none() {
            session.watched.began(waits());
        }
    }

    fn ended(session: &PgSession) -> Option<String> {
        session.watched.ended()
    }

    async fn command(session: &mut PgSession, word: &'static str) -> Result<u64, sqlx::Error> {
        session.command(word).await
    }

    async fn takes(session: &mut PgSession, prepared: &Prepared, text: SqlStr) -> Result<bool, sqlx::Error> {
        let Form::Postgres(types) = &prepared.form else { return Ok(false) };
        let infos: Vec<_> = types.params.iter().map(|param| PgTypeInfo::with_oid(param.oid)).collect();
        let entered = session.enter().await?;
        let taken = session.connection.prepare_with(text, &infos).await;
        session.leave_nothing(entered).await?;
        match taken {
            Ok(_) => Ok(true),
            // Syntax error or access rule violation.
            Err(sqlx::Error::Database(error)) if error.code().is_some_and(|code| code.starts_with("42")) => {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    async fn fetch(
        session: &mut PgSession,
        trip: &Trip<'_>,
        text: SqlStr,
        arguments: PgArguments,
        sink: &mut impl RowSink,
    ) -> Result<u64, Failure> {
        let types = types(trip).map_err(Failure::Sink)?;
        let entered = session.enter().await.map_err(Failure::Driver)?;
        let fetched = fetch(session, trip, types, text, arguments, sink).await;
        // After a refused row there may be more on the way.
        if !matches!(fetched, Err(Failure::Sink(_))) {
            session.leave(entered, fetched.is_ok()).await.map_err(Failure::Driver)?;
        }
        fetched
    }

    fn wraps_writes(&self) -> bool {
        self.is_pooler()
    }

    fn is_stale(error: &sqlx::Error) -> bool {
        is_stale(error)
    }

    async fn forget_statements(session: &mut PgSession) {
        let _ = session.connection.clear_cached_statements().await;
    }
}

impl Prepared {
    /// What the database calls the type of a parameter.
    pub fn parameter_type(&self, index: usize, facts: &Facts) -> Option<String> {
        let Form::Postgres(types) = &self.form else { return None };
        let param = types.params.get(index)?;
        param.cast.clone().or_else(|| facts.types.get(&param.oid.0).cloned())
    }

    /// What the database calls the type of a column.
    pub fn column_type(&self, index: usize, facts: &Facts) -> Option<String> {
        let Form::Postgres(types) = &self.form else { return None };
        facts.types.get(&types.columns.get(index)?.oid()?.0).cloned()
    }

    /// The statement for several calls at once; none where there is no such form.
    pub fn batch_form(&self, statement: &Statement, facts: &Facts) -> Option<String> {
        match &self.form {
            Form::Postgres(types) => batch::form(statement, types, facts),
            Form::Sqlite(_) => None,
        }
    }
}

fn types<'a>(trip: &Trip<'a>) -> Result<&'a Arc<Types>, Fault> {
    match &trip.prepared.form {
        Form::Postgres(types) => Ok(types),
        Form::Sqlite(_) => Err(super::other_database()),
    }
}

async fn prepare_on(
    session: &mut PgSession,
    statement: &Statement,
    sources: &[Option<Given>],
) -> Result<Prepared, PrepareError> {
    let unreachable = |error: sqlx::Error| PrepareError::Unreachable(errors::unreachable(&error));
    let entered = session.enter().await.map_err(unreachable)?;
    // What this session prepared before is not asked about again, and may not fit any more.
    session.connection.clear_cached_statements().await.map_err(unreachable)?;
    let prepared = prepare::prepare(&mut session.connection, entered, statement, sources).await;
    session.leave_nothing(entered).await.map_err(unreachable)?;
    prepared
}

async fn accepted_by(session: &mut PgSession, sql: SqlStr) -> Result<(), sqlx::Error> {
    let entered = session.enter().await?;
    let prepared = session.connection.prepare(sql).await;
    session.leave_nothing(entered).await?;
    prepared.map(drop)
}

async fn fetch(
    session: &mut PgSession,
    trip: &Trip<'_>,
    types: &Types,
    text: SqlStr,
    arguments: PgArguments,
    sink: &mut impl RowSink,
) -> Result<u64, Failure> {
    let query = sqlx::query_with::<sqlx::Postgres, _>(text, arguments).persistent(session.keeps_statements());
    let mut results = session.connection.fetch_many(query);
    let mut changed = 0;
    let mut reading = None;
    while let Some(result) = results.next().await {
        match result.map_err(Failure::Driver)? {
            Either::Left(done) => changed += done.rows_affected(),
            Either::Right(row) => {
                let reading = match &reading {
                    Some(reading) => reading,
                    None => reading.insert(Reading::new(trip.prepared, types, &row).map_err(Failure::Sink)?),
                };
                sink.row(&Row { row: &row, reading }).map_err(Failure::Sink)?;
                drop(row);
                sink.pause().await.map_err(Failure::Sink)?;
            }
        }
    }
    Ok(changed)
}

/// True where the schema was changed since the session prepared the statement, or where it lost it: nothing was
/// executed, so that it can be prepared anew and run, also where it writes.
fn is_stale(error: &sqlx::Error) -> bool {
    let error = error.as_database_error().and_then(|error| error.try_downcast_ref::<PgDatabaseError>());
    error.is_some_and(|error| match error.code() {
        "26000" => true,
        // "cached plan must not change result type"; the code itself says only that a feature is not supported.
        "0A000" => error.routine() == Some("RevalidateCachedQuery"),
        _ => false,
    })
}
