//! The synchronous server, for comparison: one call at a time, in the order they came, in a queue that is bounded.

use std::sync::Arc;
use std::time::Duration;

use meanwhile_proto::errors::{Reason, retry_status, status};
use meanwhile_telemetry::{RequestContext, WaitKind};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::Status;

/// When a client that found the queue full may come back.
const COME_BACK: Duration = Duration::from_secs(1);

/// Hands out turns, one at a time, first come, first served.
#[derive(Debug)]
pub(crate) struct Turns {
    /// tokio's semaphore is fair: a released permit goes to the longest waiter, and `try_acquire` cannot overtake.
    turn: Arc<Semaphore>,
    places: Semaphore,
}

/// A call's turn; the next one comes when it is dropped.
pub(crate) type Turn = OwnedSemaphorePermit;

impl Turns {
    pub(crate) fn new(max_waiting: usize) -> Self {
        let places = Semaphore::new(max_waiting.min(Semaphore::MAX_PERMITS));
        Self { turn: Arc::new(Semaphore::new(1)), places }
    }

    /// Waits for a turn; only a call that really waits has a wait span.
    pub(crate) async fn take(&self, request: &RequestContext) -> Result<Turn, Status> {
        if let Ok(turn) = self.turn.clone().try_acquire_owned() {
            return Ok(turn);
        }
        let _place = self.places.try_acquire().map_err(|_| full())?;
        let _wait = request.wait(WaitKind::Queue, "one at a time");
        self.turn.clone().acquire_owned().await.map_err(|_| closed())
    }
}

fn full() -> Status {
    retry_status(Reason::Overloaded, "too many calls are waiting for their turn", COME_BACK)
}

fn closed() -> Status {
    status(Reason::ShuttingDown, "the gateway is stopping", &[])
}
