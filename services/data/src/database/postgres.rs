//! PostgreSQL: bare connections that know their backend's pid, statements prepared untyped, values in binary, and
//! pg_cancel_backend for what nobody waits for any more.

mod connect;
mod moments;
mod params;
mod prepare;
mod types;

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use meanwhile_proto::attributes;
use meanwhile_proto::waits::WaitKind;
use meanwhile_telemetry::KeyValue;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgConnection, PgDatabaseError};
use sqlx::{Column as _, Connection as _, Either, Executor as _, Row as _};

use super::errors;
use super::places::Places;
use super::pool::Pool;
use super::{DatabaseConfig, Failure, Form, PrepareError, Prepared, RowSink, Trip, UrlError, describe};
use crate::fault::Fault;
use connect::{Connector, PgSession};
use meanwhile_catalog::Statement;
use prost_reflect::FieldDescriptor;
pub use types::Types;

/// A PostgreSQL database.
#[derive(Debug, Clone)]
pub struct Postgres {
    pool: Pool<Connector>,
    latency: Option<Duration>,
    server: Arc<Server>,
}

/// Which server and which of its databases, for spans.
#[derive(Debug)]
struct Server {
    address: Arc<str>,
    port: u16,
    database: Arc<str>,
}

impl Server {
    fn of(options: &PgConnectOptions) -> Self {
        let database = options.get_database().unwrap_or_else(|| options.get_username());
        Self { address: options.get_host().into(), port: options.get_port(), database: database.into() }
    }
}

impl Postgres {
    pub(super) fn new(config: &DatabaseConfig) -> Result<Self, UrlError> {
        let options = config.url.postgres()?;
        let server = Arc::new(Server::of(&options));
        let pool = Pool::new(Connector::new(options), config.pool.max(1));
        Ok(Self { pool, latency: config.simulated_latency, server })
    }

    pub(super) async fn ping(&self) -> Result<(), Fault> {
        let mut lease = self.pool.acquire(None).await?;
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
        self.pool.warm().await;
    }

    pub(super) async fn close(&self) {
        self.pool.close().await;
    }

    pub(super) async fn prepare(
        &self,
        statement: &Statement,
        sources: &[Option<FieldDescriptor>],
        reads_only: bool,
    ) -> Result<Prepared, PrepareError> {
        let mut lease = self.pool.acquire(None).await.map_err(PrepareError::Unreachable)?;
        let prepared = prepare::prepare(&mut lease.begin().connection, statement, sources).await;
        match &prepared {
            Err(PrepareError::Unreachable(_)) => lease.died(),
            _ => lease.finished(),
        }
        // Its words may say that it only reads, and a function in it write all the same.
        prepared.map(|prepared| Prepared { writes: prepared.writes || !reads_only, ..prepared })
    }

    pub(super) async fn run(&self, trip: &Trip<'_>, sink: &mut impl RowSink) -> Result<u64, Fault> {
        let Form::Postgres(types) = &trip.prepared.form else { return Err(super::other_database()) };
        let arguments = || params::arguments(&types.params, trip.values);
        let first = arguments()?;
        let mut lease = self.pool.acquire(Some(trip.request)).await?;
        let mut wait = trip.request.wait(WaitKind::Database, trip.summary.to_string());
        self.describe(&mut wait, lease.connection(), trip);
        if let Some(latency) = self.latency {
            tokio::time::sleep(latency).await;
        }
        let connection = &mut lease.begin().connection;
        let mut result = execute(connection, trip, types, first, sink).await;
        if matches!(&result, Err(Failure::Driver(error)) if is_stale(error)) {
            // A failure here shows again, and is told, with the next statement.
            let _ = connection.clear_cached_statements().await;
            result = execute(connection, trip, types, arguments()?, sink).await;
        }
        let result = super::settle(&mut lease, result, trip.prepared.writes);
        if let Err(fault) = &result {
            wait.fail(fault.reason.as_str());
        }
        wait.end();
        result
    }

    fn describe(&self, wait: &mut meanwhile_telemetry::Wait, session: &PgSession, trip: &Trip<'_>) {
        describe(wait, trip, "postgresql", self.latency);
        wait.set_attribute(KeyValue::new("server.address", self.server.address.clone()));
        wait.set_attribute(KeyValue::new("server.port", i64::from(self.server.port)));
        wait.set_attribute(KeyValue::new("db.namespace", self.server.database.clone()));
        wait.set_attribute(KeyValue::new(attributes::DATABASE_PID, i64::from(session.pid)));
        wait.set_attribute(KeyValue::new(attributes::DATABASE_BACKEND_START, session.started.clone()));
    }
}

/// A write's rows are looked at before it is committed: one whose reply cannot be sent has no effect.
async fn execute(
    connection: &mut PgConnection,
    trip: &Trip<'_>,
    types: &Arc<Types>,
    arguments: PgArguments,
    sink: &mut impl RowSink,
) -> Result<u64, Failure> {
    if !trip.prepared.writes || trip.prepared.columns.is_empty() {
        return fetch(connection, trip, types, arguments, sink).await;
    }
    let mut transaction = connection.begin().await.map_err(Failure::Driver)?;
    match fetch(&mut transaction, trip, types, arguments, sink).await {
        Ok(changed) => transaction.commit().await.map(|()| changed).map_err(Failure::Driver),
        Err(failure) => {
            // A connection that cannot even roll back shows that with its next statement.
            let _ = transaction.rollback().await;
            Err(failure)
        }
    }
}

async fn fetch(
    connection: &mut PgConnection,
    trip: &Trip<'_>,
    types: &Arc<Types>,
    arguments: PgArguments,
    sink: &mut impl RowSink,
) -> Result<u64, Failure> {
    let query = sqlx::query_with::<sqlx::Postgres, _>(trip.prepared.sql.clone(), arguments);
    let mut results = connection.fetch_many(query);
    let mut changed = 0;
    let mut places = None;
    while let Some(result) = results.next().await {
        match result.map_err(Failure::Driver)? {
            Either::Left(done) => changed += done.rows_affected(),
            Either::Right(row) => {
                let places = match &places {
                    Some(places) => places,
                    None => {
                        let now = row.columns().iter().map(|column| column.name());
                        places.insert(Places::find(&trip.prepared.columns, now).map_err(Failure::Sink)?)
                    }
                };
                sink.row(&types::Row { row: &row, types, places }).map_err(Failure::Sink)?;
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
