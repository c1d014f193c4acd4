//! How statements run over a session of PostgreSQL, and what their wait spans say of it.

use std::sync::Arc;

use futures_util::StreamExt as _;
use meanwhile_proto::attributes;
use meanwhile_telemetry::{KeyValue, Wait, WaitHandle};
use sqlx::postgres::{PgArguments, PgDatabaseError, PgTypeInfo};
use sqlx::{Connection as _, Either, Executor as _, SqlStr};

use super::connect::{Connector, PgSession, Server};
use super::params;
use super::types::{Reading, Row, Types};
use crate::database::driver::Driver;
use crate::database::{Failure, Form, Prepared, RowSink, Trip, other_database};
use crate::fault::Fault;

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
        wait.describe(|| {
            [
                KeyValue::new("server.address", address.clone()),
                KeyValue::new("server.port", i64::from(*port)),
                KeyValue::new("db.namespace", database.clone()),
            ]
        });
        if session.pooled.is_some() {
            return;
        }
        wait.describe(|| {
            [
                KeyValue::new(attributes::DATABASE_PID, i64::from(session.pid)),
                KeyValue::new(attributes::DATABASE_BACKEND_START, session.started.clone()),
            ]
        });
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

fn types<'a>(trip: &Trip<'a>) -> Result<&'a Arc<Types>, Fault> {
    match &trip.prepared.form {
        Form::Postgres(types) => Ok(types),
        Form::Sqlite(_) => Err(other_database()),
    }
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
