//! Sharing: equal reads that are under way at the same time become one. A call joins only a flight that is not yet
//! dispatched, so that a client that wrote and then reads sees its write: of each key at most one flight is under way,
//! and one still takes calls on board. It is no cache: nothing outlives the calls.

mod key;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, RandomState};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use meanwhile_proto::errors::Reason;
use meanwhile_proto::waits::WaitKind;
use meanwhile_telemetry::{RequestContext, Wait};
use tokio::sync::oneshot;
use tokio_util::task::TaskTracker;

use crate::bind::BoundMethod;
use crate::engine::Reply;
use crate::fault::Fault;
use crate::value::Value;
use crate::waiters::Waiters;
use key::Hashed;
pub use key::Key;

/// Calls of different keys rarely meet at the same lock.
const SHARDS: usize = 16;

/// More calls than this do not wait for one flight: they are told to come back.
const MAX_ABOARD: usize = 10_000;

type Answer = Result<Reply, Fault>;
/// A call that owns what it needs.
pub type Run = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// The flights of one process.
#[derive(Default)]
pub struct Flights(Arc<Shared>);

#[derive(Default)]
struct Shared {
    shards: [Mutex<Flying>; SHARDS],
    hasher: RandomState,
    /// Owns the flights that several calls wait for.
    tasks: TaskTracker,
}

/// The flights under way, by key.
type Flying = HashMap<Key, UnderWay, BuildHasherDefault<Hashed>>;

/// The flight of a key that was dispatched, and the one behind it.
struct UnderWay {
    /// Whose call it was first.
    leader: RequestContext,
    next: Option<Flight>,
}

/// A flight that is not yet dispatched.
struct Flight {
    leader: RequestContext,
    run: Run,
    aboard: Waiters<Reply>,
}

impl Flights {
    /// The key of a call of that method with these values.
    pub fn key(&self, method: &BoundMethod, values: &[Value]) -> Key {
        Key::of(method, values, &self.0.hasher)
    }

    /// Answers a call: by `now` where no equal one is under way, and otherwise with everybody who waits for that one to
    /// end, by `later` of the first of them. `later` is a call of its own: it may outlive the one that brought it.
    ///
    /// # Errors
    /// The call's, and OVERLOADED where too many wait already.
    pub async fn answer(
        &self,
        key: Key,
        request: &RequestContext,
        now: impl Future<Output = Answer>,
        later: impl FnOnce() -> Run,
    ) -> Answer {
        let aboard = match self.0.board(&key, request, later)? {
            None => {
                let _turn = Turn { flights: self.0.clone(), key };
                return now.await;
            }
            Some(aboard) => aboard,
        };
        let Aboard { answer, _wait } = aboard;
        answer.await.unwrap_or_else(|_| Err(Fault::new(Reason::Internal, "the call's flight broke off")))
    }

    /// Waits for the flights that are left to end; their callers have gone by then.
    pub async fn finish(&self) {
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }
}

impl Shared {
    /// Takes the call on board of the flight that is not yet dispatched; none where it is the first, and flies at once.
    fn board(
        &self,
        key: &Key,
        request: &RequestContext,
        later: impl FnOnce() -> Run,
    ) -> Result<Option<Aboard>, Fault> {
        let mut shard = self.shard(key);
        let under_way = match shard.entry(key.clone()) {
            Entry::Vacant(free) => {
                free.insert(UnderWay { leader: request.clone(), next: None });
                return Ok(None);
            }
            Entry::Occupied(taken) => taken.into_mut(),
        };
        let mut wait = request.wait(WaitKind::Shared, "shared");
        under_way.leader.blocks_others();
        let Some(flight) = &mut under_way.next else {
            wait.blocked_by(&under_way.leader.span_context());
            let (aboard, answer) = Waiters::first();
            let run = later();
            let run = Box::pin(async move {
                // From here on the flight's own waits are this call's.
                wait.end();
                run.await
            });
            under_way.next = Some(Flight { leader: request.clone(), run, aboard });
            return Ok(Some(Aboard { answer, _wait: None }));
        };
        if flight.aboard.len() >= MAX_ABOARD {
            return Err(Fault::new(Reason::Overloaded, "too many calls wait for an equal one"));
        }
        flight.leader.blocks_others();
        wait.blocked_by(&flight.leader.span_context());
        wait.blocked_by(&under_way.leader.span_context());
        Ok(Some(Aboard { answer: flight.aboard.join(), _wait: Some(wait) }))
    }

    /// The key's flight has landed: the one behind it departs.
    fn landed(self: &Arc<Self>, key: Key) {
        let next = {
            let mut shard = self.shard(&key);
            let next = shard.get_mut(&key).and_then(|under_way| {
                let next = under_way.next.take().filter(|flight| !flight.aboard.have_left())?;
                under_way.leader = next.leader.clone();
                Some(next)
            });
            if next.is_none() {
                shard.remove(&key);
            }
            next
        };
        if let Some(Flight { run, aboard, .. }) = next {
            let turn = Turn { flights: self.clone(), key };
            self.tasks.spawn(fly(run, aboard, turn));
        }
    }

    fn shard(&self, key: &Key) -> MutexGuard<'_, Flying> {
        // The map tells its keys apart by the hash's other end.
        let index = (key.hashed() >> 32) as usize % SHARDS;
        self.shards[index].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call that waits for a flight's answer.
struct Aboard {
    answer: oneshot::Receiver<Answer>,
    /// None where the flight's own waits are its.
    _wait: Option<Wait>,
}

/// A flight with those aboard. It ends with the last of them.
async fn fly(run: Run, aboard: Waiters<Reply>, turn: Turn) {
    let answer = tokio::select! {
        biased;
        answer = run => answer,
        () = aboard.left() => return,
    };
    // Before its callers know: what they ask next flies by itself.
    drop(turn);
    aboard.answer(&answer);
}

/// A key's turn to be under way. Whatever becomes of its flight, the next one departs.
struct Turn {
    flights: Arc<Shared>,
    key: Key,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.flights.landed(std::mem::take(&mut self.key));
    }
}

impl std::fmt::Debug for Flights {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Flights").finish_non_exhaustive()
    }
}
