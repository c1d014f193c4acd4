//! How statements run over a connection, whatever the database: the wait of each trip, the stated latency in it, and what
//! becomes of the connection when the trip is over.

use std::sync::Arc;
use std::time::Duration;

use meanwhile_proto::attributes;
use meanwhile_proto::waits::WaitKind;
use meanwhile_telemetry::{KeyValue, RequestContext, Wait};

use super::driver::Driver;
use super::errors::{Outcome, Stake, outcome};
use super::pool::{Lease, Pool};
use super::transaction::Begun;
use super::{Failure, RowSink, Trip};
use crate::fault::Fault;

/// The connections of one kind, and what is added to each trip over them.
pub struct Sessions<D: Driver> {
    pub pool: Pool<D>,
    latency: Option<Duration>,
}

/// A connection that is held.
pub(super) struct Session<D: Driver> {
    pub lease: Lease<D>,
    latency: Option<Duration>,
}

/// What a trip's wait span says of it.
pub(super) struct Told<'a> {
    pub summary: Arc<str>,
    pub text: Arc<str>,
    pub part: Option<&'a str>,
}

impl<D: Driver> Sessions<D> {
    pub fn new(driver: D, size: usize, latency: Option<Duration>) -> Self {
        Self { pool: Pool::new(driver, size), latency }
    }

    pub async fn acquire(&self, request: &RequestContext) -> Result<Session<D>, Fault> {
        Ok(Session { lease: self.pool.acquire(Some(request)).await?, latency: self.latency })
    }

    /// Runs one statement. A write's rows are looked at before it is committed: one whose reply cannot be sent has no
    /// effect.
    pub async fn run(&self, trip: &Trip<'_>, sink: &mut impl RowSink) -> Result<u64, Fault> {
        let arguments = D::arguments(trip)?;
        if !trip.prepared.writes || trip.prepared.columns.is_empty() {
            let stake = if trip.prepared.writes { Stake::Write } else { Stake::Read };
            return self.acquire(trip.request).await?.run(trip, arguments, sink, stake).await;
        }
        let mut transaction = Begun::begin(self, trip.request).await?;
        let mut result = transaction.statement(trip, arguments, sink, Stake::Write).await;
        if transaction.stale {
            transaction = transaction.again(trip.request).await?;
            result = transaction.statement(trip, D::arguments(trip)?, sink, Stake::Write).await;
        }
        let changed = result?;
        transaction.commit(trip.request).await?;
        Ok(changed)
    }
}

impl<D: Driver> Session<D> {
    /// A lone statement, which is prepared anew where that helps.
    async fn run(
        &mut self,
        trip: &Trip<'_>,
        arguments: D::Arguments,
        sink: &mut impl RowSink,
        stake: Stake,
    ) -> Result<u64, Fault> {
        let wait = self.depart(trip.request, trip.told()).await;
        let connection = self.lease.begin();
        let mut result = D::fetch(connection, trip, arguments, sink).await;
        if is_stale::<D>(&result) {
            D::forget_statements(connection).await;
            result = D::fetch(connection, trip, D::arguments(trip)?, sink).await;
        }
        self.arrive(wait, result, stake)
    }

    /// Begins a trip's wait, and spends the stated latency in it.
    pub async fn depart(&mut self, request: &RequestContext, told: Told<'_>) -> Wait {
        let mut wait = request.wait(WaitKind::Database, told.summary.to_string());
        wait.set_attribute(KeyValue::new("db.system.name", D::SYSTEM));
        wait.set_attribute(KeyValue::new("db.query.summary", told.summary));
        wait.set_attribute(KeyValue::new("db.query.text", told.text));
        if let Some(part) = told.part {
            wait.set_attribute(KeyValue::new(attributes::PART, part.to_owned()));
        }
        if let Some(latency) = self.latency {
            wait.set_attribute(KeyValue::new(attributes::SIMULATED_LATENCY_MS, latency.as_millis() as i64));
        }
        if let Some((connect, connection)) = self.lease.parts() {
            connect.describe(connection, &mut wait);
        }
        if let Some(latency) = self.latency {
            tokio::time::sleep(latency).await;
        }
        wait
    }

    /// Ends a trip's wait, and says what became of the connection and of the call.
    pub fn arrive(
        &mut self,
        mut wait: Wait,
        result: Result<u64, Failure>,
        stake: Stake,
    ) -> Result<u64, Fault> {
        let result = self.settle(result, stake);
        if let Err(fault) = &result {
            wait.fail(fault.reason.as_str());
        }
        wait.end();
        result
    }

    /// After a refused row there may be more on the way: the lease stays busy, and the connection is recovered.
    pub fn settle(&mut self, result: Result<u64, Failure>, stake: Stake) -> Result<u64, Fault> {
        match result {
            Ok(changed) => {
                self.lease.finished();
                Ok(changed)
            }
            Err(Failure::Sink(fault)) => Err(fault),
            Err(Failure::Driver(error)) => match outcome(&error, stake) {
                Outcome::Answered(fault) => {
                    self.lease.finished();
                    Err(fault)
                }
                Outcome::Lost(fault) => {
                    self.lease.died();
                    Err(fault)
                }
            },
        }
    }
}

/// True for a statement that was not executed, and would be once it is prepared anew.
pub(super) fn is_stale<D: Driver>(result: &Result<u64, Failure>) -> bool {
    matches!(result, Err(Failure::Driver(error)) if D::is_stale(error))
}

impl<D: Driver> Clone for Sessions<D> {
    fn clone(&self) -> Self {
        Self { pool: self.pool.clone(), latency: self.latency }
    }
}

impl<D: Driver> std::fmt::Debug for Sessions<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sessions").field("pool", &self.pool).field("latency", &self.latency).finish()
    }
}
