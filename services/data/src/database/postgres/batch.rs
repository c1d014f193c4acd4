//! Natural batching: point reads of one statement that wait at the same time go in one trip. While connections are busy
//! calls queue up; a connection that is free takes what is there. Nobody waits for others to come: there is no timer.

mod form;
mod gate;
mod queue;
mod trip;
mod worker;

use std::sync::Arc;
use std::time::Instant;

use meanwhile_catalog::Statement;
use meanwhile_proto::errors::Reason;
use meanwhile_telemetry::{RequestContext, Wait};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlStr};
use tokio::sync::oneshot;

use super::connect::Connector;
use super::params;
use super::types::{Reading, Row, Types};
use crate::database::driver::Driver as _;
use crate::database::errors::Stake;
use crate::database::{Facts, Prepared, RowSink, Sessions, Trip};
use crate::fault::Fault;
use crate::value::Value;
pub(super) use form::form;
use gate::Gate;
use queue::Queue;

/// A statement whose calls may share a trip.
#[derive(Debug)]
pub struct Batch {
    /// For one call, and for several.
    lone: SqlStr,
    several: SqlStr,
    types: Arc<Types>,
    /// As its author wrote it, for spans.
    text: Arc<str>,
    gate: Gate,
    queue: Queue<Member>,
}

/// A call that waits for its row.
struct Member {
    asked: Asked,
    reply: oneshot::Sender<Result<Found, Fault>>,
}

/// What a call asks.
struct Asked {
    values: Vec<Value>,
    summary: Arc<str>,
    part: Option<Arc<str>>,
    request: RequestContext,
    /// Its wait for a connection, where it has one.
    wait: Option<Wait>,
}

/// The rows of one call.
enum Found {
    None,
    One(PgRow),
    /// The first two of more than should be there.
    Several(Box<[PgRow; 2]>),
}

impl Batch {
    /// None where the statement has no form for several calls.
    pub fn new(
        statement: &Statement,
        prepared: &Prepared,
        types: &Arc<Types>,
        facts: &Facts,
    ) -> Option<Self> {
        Some(Self {
            lone: prepared.sql.clone(),
            several: AssertSqlSafe(form(statement, types, facts)?).into_sql_str(),
            types: types.clone(),
            text: prepared.text.clone(),
            gate: Gate::default(),
            queue: Queue::default(),
        })
    }

    /// Makes the trip, with whoever waits for one meanwhile.
    ///
    /// # Errors
    /// What the database, the pool or the sink had to say.
    pub async fn run(
        self: &Arc<Self>,
        sessions: &Sessions<Connector>,
        trip: &Trip<'_>,
        sink: &mut impl RowSink,
    ) -> Result<u64, Fault> {
        if self.gate.sends_alone() {
            return Box::pin(self.alone(sessions, trip, sink)).await;
        }
        match self.join(sessions, trip)?.await {
            Ok(found) => self.hand_over(trip, &found?, sink),
            Err(_) => Err(Fault::new(Reason::Internal, "the call's trip broke off")),
        }
    }

    /// Makes the trip alone. What it takes is what a share of the next trip together is held against: what it took in a
    /// quieter hour says nothing now.
    async fn alone(
        &self,
        sessions: &Sessions<Connector>,
        trip: &Trip<'_>,
        sink: &mut impl RowSink,
    ) -> Result<u64, Fault> {
        let arguments = Connector::arguments(trip)?;
        let mut session = sessions.acquire(trip.request).await?;
        let started = Instant::now();
        let rows = session.run(trip, arguments, sink, Stake::Read).await?;
        self.gate.took(1, started.elapsed());
        Ok(rows)
    }

    /// What is wrong with a value is told here: nobody else's trip fails for it.
    fn join(
        self: &Arc<Self>,
        sessions: &Sessions<Connector>,
        trip: &Trip<'_>,
    ) -> Result<oneshot::Receiver<Result<Found, Fault>>, Fault> {
        params::fit(&self.types.params, trip.values)?;
        let (reply, found) = oneshot::channel();
        let asked = Asked {
            values: trip.values.to_vec(),
            summary: trip.summary.clone(),
            part: trip.part.map(Into::into),
            request: trip.request.clone(),
            wait: None,
        };
        self.enqueue(sessions, Member { asked, reply })?;
        Ok(found)
    }

    fn hand_over(&self, trip: &Trip<'_>, found: &Found, sink: &mut impl RowSink) -> Result<u64, Fault> {
        let rows = match found {
            Found::None => &[],
            Found::One(row) => std::slice::from_ref(row),
            Found::Several(rows) => rows.as_slice(),
        };
        let Some(first) = rows.first() else { return Ok(0) };
        let reading = Reading::new(trip.prepared, &self.types, first)?;
        rows.iter().try_for_each(|row| sink.row(&Row { row, reading: &reading }))?;
        Ok(rows.len() as u64)
    }
}

impl Found {
    fn add(&mut self, row: PgRow) {
        *self = match std::mem::replace(self, Self::None) {
            Self::None => Self::One(row),
            Self::One(first) => Self::Several(Box::new([first, row])),
            several => several,
        };
    }
}

impl std::fmt::Debug for Member {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Member").field("summary", &self.asked.summary).finish_non_exhaustive()
    }
}
