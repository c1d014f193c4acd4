//! The synchronous server, for comparison: one call at a time, in the order they came, in a queue that is bounded.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use meanwhile_proto::errors::{Reason, retry_status, status};
use meanwhile_telemetry::{RequestContext, WaitKind};
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};
use tokio::task::unconstrained;
use tonic::Status;

/// When a client that found the queue full may come back.
const COME_BACK: Duration = Duration::from_secs(1);

/// Hands out turns, one at a time, first come, first served.
#[derive(Debug)]
pub(crate) struct Turns {
    /// tokio's semaphore is fair: a released permit goes to the longest waiter.
    turn: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

/// A call's turn; the next one comes when it is dropped.
pub(crate) type Turn = OwnedSemaphorePermit;

/// A call's place in the order of arrival.
pub(crate) enum Arrival {
    /// Nobody was before it.
    Now(Turn),
    /// It waits, in a place that is bounded in number.
    Later { turn: Acquire, place: OwnedSemaphorePermit },
}

type Acquire = Pin<Box<dyn Future<Output = Result<Turn, AcquireError>> + Send>>;

impl Turns {
    pub(crate) fn new(max_waiting: usize) -> Self {
        let places = Arc::new(Semaphore::new(max_waiting.min(Semaphore::MAX_PERMITS)));
        Self { turn: Arc::new(Semaphore::new(1)), places }
    }

    /// Gets in line, before anything is awaited: calls that came one after the other are run by tasks in any order.
    pub(crate) fn arrive(&self) -> Result<Arrival, Status> {
        let mut turn: Acquire = Box::pin(self.turn.clone().acquire_owned());
        // The first poll enters the semaphore's line; whoever awaits it later is woken.
        match unconstrained(turn.as_mut()).now_or_never() {
            Some(turn) => Ok(Arrival::Now(turn.map_err(|_| closed())?)),
            None => {
                let place = self.places.clone().try_acquire_owned().map_err(|_| full())?;
                Ok(Arrival::Later { turn, place })
            }
        }
    }
}

impl Arrival {
    /// Waits for the turn; only a call that really waits has a wait span.
    pub(crate) async fn turn(self, request: &RequestContext) -> Result<Turn, Status> {
        match self {
            Self::Now(turn) => Ok(turn),
            Self::Later { turn, place } => {
                let wait = request.wait(WaitKind::Queue, "one at a time");
                let turn = turn.await.map_err(|_| closed());
                wait.end();
                drop(place);
                turn
            }
        }
    }
}

fn full() -> Status {
    retry_status(Reason::Overloaded, "too many calls are waiting for their turn", COME_BACK)
}

fn closed() -> Status {
    status(Reason::ShuttingDown, "the gateway is stopping", &[])
}
