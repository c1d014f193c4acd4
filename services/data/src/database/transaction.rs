//! Several statements that happen together or not at all, on one connection. Dropped at any moment before its COMMIT
//! was sent, nothing of it happens; from then on it runs to its answer, whoever leaves.

use meanwhile_proto::errors::Reason;
use meanwhile_telemetry::RequestContext;

use super::driver::Driver;
use super::errors::{self, Stake};
use super::sessions::{Session, Sessions, Told, is_stale};
use super::{Failure, RowSink, Trip, Trips, postgres, sqlite};
use crate::fault::Fault;

const COMMIT: &str = "COMMIT";

/// Leaves a transaction, with nothing done.
pub(super) const ROLLBACK: &str = "ROLLBACK";

/// A transaction that is open.
pub enum Transaction {
    /// On PostgreSQL.
    Postgres(Begun<postgres::Connector>),
    /// On SQLite: there is one at a time.
    Sqlite(Begun<sqlite::Connector>),
}

/// After a fault nothing but [`Transaction::again`] is of use: the transaction is to be dropped.
impl Trips for Transaction {
    async fn run(&mut self, trip: &Trip<'_>, sink: &mut impl RowSink) -> Result<u64, Fault> {
        match self {
            Self::Postgres(begun) => begun.run(trip, sink).await,
            Self::Sqlite(begun) => begun.run(trip, sink).await,
        }
    }
}

impl Transaction {
    /// True where the last statement only has to be prepared anew: see [`Self::again`].
    pub fn is_stale(&self) -> bool {
        match self {
            Self::Postgres(begun) => begun.stale,
            Self::Sqlite(begun) => begun.stale,
        }
    }

    /// Takes back what was done, and begins anew on the same connection, which prepares its statements anew.
    ///
    /// # Errors
    /// What the database had to say.
    pub async fn again(self, request: &RequestContext) -> Result<Self, Fault> {
        Ok(match self {
            Self::Postgres(begun) => Self::Postgres(begun.again(request).await?),
            Self::Sqlite(begun) => Self::Sqlite(begun.again(request).await?),
        })
    }

    /// Makes it happen. What is committed cannot be cancelled: it has a task of its own from the moment it is sent.
    ///
    /// # Errors
    /// What the database had to say, and nothing happened; WRITE_OUTCOME_UNKNOWN where it did not say.
    pub async fn commit(self, request: &RequestContext) -> Result<(), Fault> {
        match self {
            Self::Postgres(begun) => begun.commit(request).await,
            Self::Sqlite(begun) => begun.commit(request).await,
        }
    }
}

/// A transaction that is open on one kind of connection.
pub struct Begun<D: Driver> {
    session: Session<D>,
    pub(super) stale: bool,
}

impl<D: Driver> Begun<D> {
    pub(super) async fn begin(sessions: &Sessions<D>, request: &RequestContext) -> Result<Self, Fault> {
        match Self::begin_on(sessions.acquire(request).await?, request).await {
            // The connections of a pool die together, when their server does, and nothing was done yet.
            Err(fault) if fault.reason == Reason::ConnectionLost => {
                Self::begin_on(sessions.acquire(request).await?, request).await
            }
            result => result,
        }
    }

    async fn begin_on(mut session: Session<D>, request: &RequestContext) -> Result<Self, Fault> {
        let wait = session.depart(request, Told::word(D::BEGIN)).await;
        session.lease.began_transaction();
        let began = D::command(session.lease.begin(), D::BEGIN).await;
        session.arrive(wait, began.map_err(Failure::Driver), Stake::Read)?;
        Ok(Self { session, stale: false })
    }

    async fn run(&mut self, trip: &Trip<'_>, sink: &mut impl RowSink) -> Result<u64, Fault> {
        let arguments = D::arguments(trip)?;
        self.statement(trip, arguments, sink, Stake::Uncommitted).await
    }

    pub(super) async fn statement(
        &mut self,
        trip: &Trip<'_>,
        arguments: D::Arguments,
        sink: &mut impl RowSink,
        stake: Stake,
    ) -> Result<u64, Fault> {
        let wait = self.session.depart(trip.request, trip.told()).await;
        let text = trip.prepared.text_for(trip.values);
        let result = D::fetch(self.session.lease.begin(), trip, text, arguments, sink).await;
        self.stale = is_stale::<D>(&result);
        self.session.arrive(wait, result, stake)
    }

    pub(super) async fn again(mut self, request: &RequestContext) -> Result<Self, Fault> {
        let wait = self.session.depart(request, Told::word(ROLLBACK)).await;
        let ended = D::command(self.session.lease.begin(), ROLLBACK).await;
        self.session.arrive(wait, ended.map_err(Failure::Driver), Stake::Read)?;
        self.session.lease.ended_transaction();
        D::forget_statements(self.session.lease.begin()).await;
        self.session.lease.finished();
        Self::begin_on(self.session, request).await
    }

    pub(super) async fn commit(self, request: &RequestContext) -> Result<(), Fault> {
        let mut session = self.session;
        let mut wait = session.depart(request, Told::word(COMMIT)).await;
        let tasks = session.lease.tasks();
        let committed = tasks.spawn(async move {
            let result = D::command(session.lease.begin(), COMMIT).await;
            if result.is_ok() || D::REFUSED_COMMIT_ENDS {
                session.lease.ended_transaction();
            }
            session.settle(result.map_err(Failure::Driver), Stake::Commit).map(|_| ())
        });
        // The task ends early only where the whole process does.
        let result = committed.await.unwrap_or_else(|_| Err(errors::lost(Stake::Commit)));
        if let Err(fault) = &result {
            wait.fail(fault.reason.as_str());
        }
        wait.end();
        result
    }
}

impl Told<'_> {
    fn word(word: &'static str) -> Self {
        Self { summary: word.into(), text: word.into(), part: None }
    }
}
