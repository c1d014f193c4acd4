//! PostgreSQL: bare connections that know their backend's pid, statements prepared untyped, values in binary, and
//! pg_cancel_backend for what nobody waits for any more.

mod batch;
mod connect;
mod driver;
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

use crate::request::Given;
use meanwhile_catalog::Statement;
use meanwhile_telemetry::RequestContext;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, SqlSafeStr as _, SqlStr};
use tokio_util::sync::CancellationToken;

use super::errors;
use super::plans::{Asked, Told};
use super::transaction::{Begun, Transaction};
use super::{
    ColumnSource, DatabaseConfig, Facts, Form, PrepareError, Prepared, RowSink, Sessions, Trip, UrlError,
};
use crate::fault::Fault;
pub use batch::Batch;
pub use connect::Connector;
use connect::PgSession;
pub use kept::KeptRows;
use pooler::Pooler;
pub use types::Types;

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
            None => Box::pin(self.sessions.run(trip, sink)).await,
        }
    }

    pub(super) async fn run_own(&self, sql: &'static str) -> Result<u64, Fault> {
        self.sessions.run_own(sql).await
    }

    pub(super) async fn begin(&self, request: &RequestContext) -> Result<Transaction, Fault> {
        Begun::begin(&self.sessions, request).await.map(Transaction::Postgres)
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
