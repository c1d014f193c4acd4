//! How statements run over a connection, whatever the database: the wait of each trip, the stated latency in it, and what
//! becomes of the connection when the trip is over.

use std::sync::Arc;
use std::time::Duration;

use meanwhile_proto::attributes;
use meanwhile_proto::waits::WaitKind;
use meanwhile_telemetry::{KeyValue, RequestContext, Wait, WaitHandle};

use super::cuts::Tried;
use super::driver::Driver;
use super::errors::{Outcome, Stake, outcome};
use super::pool::{Lease, Pool};
use super::transaction::Begun;
use super::{Failure, Prepared, RowSink, Trip};
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

    /// Tries the statement's texts before any call: inside a transaction none is tried, as a refusal would end it.
    pub async fn try_texts(&self, prepared: &Prepared) {
        let Some(cuts) = prepared.cuts.as_ref().filter(|cuts| cuts.are_few()) else { return };
        let Ok(mut lease) = self.pool.acquire(None).await else { return };
        for cut in cuts.all() {
            match D::takes(lease.begin(), prepared, cut.sql.clone()).await {
                Ok(taken) => {
                    lease.finished();
                    cut.set(if taken { Tried::Accepted } else { Tried::Refused });
                }
                // The lease stays busy, and its connection is looked after.
                Err(_) => return,
            }
        }
    }

    pub async fn acquire(&self, request: &RequestContext) -> Result<Session<D>, Fault> {
        Ok(self.session(self.pool.acquire(Some(request)).await?))
    }

    /// A connection that was acquired, for trips over it.
    pub fn session(&self, lease: Lease<D>) -> Session<D> {
        Session { lease, latency: self.latency }
    }

    /// Runs a statement of Meanwhile's own, for no call.
    pub async fn run_own(&self, sql: &'static str) -> Result<u64, Fault> {
        let lease = self.pool.acquire(None).await?;
        let mut session = Session { lease, latency: None };
        let result = D::command(session.lease.begin(), sql).await;
        session.settle(result.map_err(Failure::Driver), Stake::Write)
    }

    /// Runs one statement. A write's rows are looked at before it is committed: one whose reply cannot be sent has no
    /// effect.
    pub async fn run(&self, trip: &Trip<'_>, sink: &mut impl RowSink) -> Result<u64, Fault> {
        let arguments = D::arguments(trip)?;
        let is_plain = trip.prepared.columns.is_empty() && !self.pool.connector().wraps_writes();
        if !trip.prepared.writes || is_plain {
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
    pub(super) async fn run(
        &mut self,
        trip: &Trip<'_>,
        arguments: D::Arguments,
        sink: &mut impl RowSink,
        stake: Stake,
    ) -> Result<u64, Fault> {
        let wait = self.depart(trip.request, trip.told()).await;
        let connection = self.lease.begin();
        let mut result = fetch::<D>(connection, trip, arguments, sink).await;
        if is_stale::<D>(&result) {
            D::forget_statements(connection).await;
            result = fetch::<D>(connection, trip, D::arguments(trip)?, sink).await;
        }
        self.arrive(wait, result, stake)
    }

    /// Begins a trip's wait, and spends the stated latency in it.
    pub async fn depart(&mut self, request: &RequestContext, told: Told<'_>) -> Wait {
        let wait = self.wait(request, told);
        self.began(|| vec![wait.handle()]);
        self.travel().await;
        wait
    }

    /// A trip's wait, which says what it is for and over which connection.
    pub fn wait(&self, request: &RequestContext, told: Told<'_>) -> Wait {
        let mut wait = request.wait(WaitKind::Database, told.summary.clone());
        wait.describe(|| {
            [
                KeyValue::new("db.system.name", D::SYSTEM),
                KeyValue::new("db.query.summary", told.summary),
                KeyValue::new("db.query.text", told.text),
            ]
        });
        if let Some(part) = told.part {
            wait.set_attribute(KeyValue::new(attributes::PART, part.to_owned()));
        }
        if let Some(latency) = self.latency {
            wait.set_attribute(KeyValue::new(attributes::SIMULATED_LATENCY_MS, latency.as_millis() as i64));
        }
        if let Some((connect, connection)) = self.lease.parts() {
            connect.describe(connection, &mut wait);
        }
        wait
    }

    /// These waits are for what runs over the connection from now on.
    pub fn began(&self, waits: impl FnOnce() -> Vec<WaitHandle>) {
        if let Some((_, connection)) = self.lease.parts() {
            D::began(connection, waits);
        }
    }

    /// It ended: the wait says what it was seen at.
    pub fn ended(&self, wait: &mut Wait) {
        let seen = self.lease.parts().and_then(|(_, connection)| D::ended(connection));
        if let Some(seen) = seen {
            wait.set_attribute(KeyValue::new(attributes::DATABASE_SEEN, seen));
        }
    }

    /// Spends the stated latency.
    pub async fn travel(&self) {
        if let Some(latency) = self.latency {
            tokio::time::sleep(latency).await;
        }
    }

    /// Ends a trip's wait, and says what became of the connection and of the call.
    pub fn arrive(
        &mut self,
        mut wait: Wait,
        result: Result<u64, Failure>,
        stake: Stake,
    ) -> Result<u64, Fault> {
        self.ended(&mut wait);
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

/// Runs the trip's statement without the filters that it leaves out. A text that nobody ran before is tried first; it
/// is given up for good where the database refuses it and then runs the whole one.
async fn fetch<D: Driver>(
    connection: &mut D::Connection,
    trip: &Trip<'_>,
    arguments: D::Arguments,
    sink: &mut impl RowSink,
) -> Result<u64, Failure> {
    let mut refused = None;
    if let Some(cut) = trip.prepared.untried(trip.values) {
        let taken = D::takes(connection, trip.prepared, cut.sql.clone()).await.map_err(Failure::Driver)?;
        if taken {
            cut.set(Tried::Accepted);
        } else {
            refused = Some(cut);
        }
    }
    let result = D::fetch(connection, trip, trip.prepared.text_for(trip.values), arguments, sink).await;
    if let (Some(cut), Ok(_)) = (refused, &result) {
        tracing::warn!(
            sql = cut.sql.as_str(),
            "a statement runs whole: it does not work without its filters"
        );
        cut.set(Tried::Refused);
    }
    result
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
