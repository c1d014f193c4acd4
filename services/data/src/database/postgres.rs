//! PostgreSQL: bare connections that know their backend's pid, statements prepared untyped, values in binary, and
//! pg_cancel_backend for what nobody waits for any more.

mod connect;
mod params;
mod prepare;
mod types;

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use meanwhile_proto::attributes;
use meanwhile_proto::waits::WaitKind;
use meanwhile_telemetry::KeyValue;
use sqlx::postgres::{PgArguments, PgConnection};
use sqlx::{Connection as _, Either, Executor as _};

use super::errors::{self, Outcome};
use super::pool::Pool;
use super::{DatabaseConfig, Form, PrepareError, Prepared, RowSink, Trip, UrlError, describe};
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
}

impl Postgres {
    pub(super) fn new(config: &DatabaseConfig) -> Result<Self, UrlError> {
        let connector = Connector::new(config.url.postgres()?);
        Ok(Self { pool: Pool::new(connector, config.pool.max(1)), latency: config.simulated_latency })
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
    ) -> Result<Prepared, PrepareError> {
        let mut lease = self.pool.acquire(None).await.map_err(PrepareError::Unreachable)?;
        let prepared = prepare::prepare(&mut lease.begin().connection, statement, sources).await;
        match &prepared {
            Err(PrepareError::Unreachable(_)) => lease.died(),
            _ => lease.finished(),
        }
        prepared
    }

    pub(super) async fn run(&self, trip: &Trip<'_>, sink: &mut impl RowSink) -> Result<u64, Fault> {
        let Form::Postgres(types) = &trip.prepared.form else { return Err(super::other_database()) };
        let arguments = params::arguments(&types.params, trip.values)?;
        let mut lease = self.pool.acquire(Some(trip.request)).await?;
        let mut wait = trip.request.wait(WaitKind::Database, trip.summary.to_string());
        self.describe(&mut wait, lease.connection(), trip);
        if let Some(latency) = self.latency {
            tokio::time::sleep(latency).await;
        }
        let result = fetch(&mut lease.begin().connection, trip, types, arguments, sink).await;
        let result = match result {
            Ok(changed) => {
                lease.finished();
                Ok(changed)
            }
            Err(Failure::Sink(fault)) => Err(fault),
            Err(Failure::Driver(error)) => match errors::outcome(&error, trip.prepared.writes) {
                Outcome::Answered(fault) => {
                    forget_stale_plans(&mut lease.begin().connection, &fault).await;
                    lease.finished();
                    Err(fault)
                }
                Outcome::Lost(fault) => {
                    lease.died();
                    Err(fault)
                }
            },
        };
        if let Err(fault) = &result {
            wait.fail(fault.reason.as_str());
        }
        wait.end();
        result
    }

    fn describe(&self, wait: &mut meanwhile_telemetry::Wait, session: &PgSession, trip: &Trip<'_>) {
        describe(wait, trip, "postgresql", self.latency);
        wait.set_attribute(KeyValue::new(attributes::DATABASE_PID, i64::from(session.pid)));
        wait.set_attribute(KeyValue::new(attributes::DATABASE_BACKEND_START, session.started.clone()));
    }
}

enum Failure {
    Driver(sqlx::Error),
    Sink(Fault),
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
    while let Some(result) = results.next().await {
        match result.map_err(Failure::Driver)? {
            Either::Left(done) => changed += done.rows_affected(),
            Either::Right(row) => {
                sink.row(&types::Row { row: &row, types }).map_err(Failure::Sink)?;
                drop(row);
                sink.pause().await.map_err(Failure::Sink)?;
            }
        }
    }
    Ok(changed)
}

/// After a schema change the session's prepared statements may not fit any more (0A000, 26000): prepare anew.
async fn forget_stale_plans(connection: &mut PgConnection, fault: &Fault) {
    if fault.reason == meanwhile_proto::errors::Reason::MethodBroken {
        // A failure here shows again, and is told, when the connection is used next.
        let _ = connection.clear_cached_statements().await;
    }
}
