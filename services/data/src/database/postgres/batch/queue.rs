//! The calls of one statement that wait for a trip, and how many connections are at work for them.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use meanwhile_proto::errors::Reason;

use crate::fault::Fault;
use crate::turns::Turns;

/// More calls than this do not wait: they are told to come back.
const MAX_WAITING: usize = 10_000;

/// A trip that takes no longer is work, of this process and the database, and hardly a wait: one connection makes them, as
/// a second one would only make each trip's company smaller.
const QUICK: Duration = Duration::from_micros(500);

/// While trips are short, but no quicker, so many connections work for one statement: one's wait is another's work.
const WORKERS: usize = 2;

/// A trip that takes longer is not waited for: there is a connection for each.
const SHORT: Duration = Duration::from_millis(2);

/// Those who wait, in order of arrival, and in turns between clients.
#[derive(Debug)]
pub(super) struct Queue<T>(Mutex<State<T>>);

#[derive(Debug)]
struct State<T> {
    waiting: Turns<T>,
    workers: usize,
    /// When a worker last took calls with it.
    departed: Option<Instant>,
}

impl<T> Queue<T> {
    /// Lets a call in; true where it needs one more worker, which counts from now on, and `call` is told that. `trip` is
    /// what one takes, as far as that is known, and `most` how many connections there are.
    ///
    /// # Errors
    /// OVERLOADED where too many wait already.
    pub fn join(
        &self,
        trip: Option<Duration>,
        most: usize,
        client: u32,
        call: impl FnOnce(bool) -> T,
    ) -> Result<bool, Fault> {
        let mut state = self.lock();
        if state.waiting.len() >= MAX_WAITING {
            return Err(Fault::new(Reason::Overloaded, "too many calls wait for the database"));
        }
        let workers = match trip {
            Some(trip) if trip <= QUICK => 1,
            Some(trip) if trip > SHORT => most,
            _ => WORKERS,
        };
        let all_are_slow = || state.departed.is_some_and(|departed| departed.elapsed() > SHORT);
        let needs_worker = state.workers < most && (state.workers < workers || all_are_slow());
        state.workers += usize::from(needs_worker);
        state.waiting.push(client, call(needs_worker));
        Ok(needs_worker)
    }

    /// Does something with each that waits.
    pub fn each_waiting(&self, what: impl FnMut(&mut T)) {
        self.lock().waiting.iter_mut().for_each(what);
    }

    /// The next who still wait, up to `limit`.
    pub fn take(&self, limit: usize, has_left: impl Fn(&T) -> bool) -> Vec<T> {
        let mut state = self.lock();
        state.departed = Some(Instant::now());
        let mut taken = Vec::with_capacity(limit.min(state.waiting.len()));
        while taken.len() < limit
            && let Some(call) = state.waiting.pop()
        {
            if !has_left(&call) {
                taken.push(call);
            }
        }
        taken
    }

    /// True where a worker goes on; false where it is none any more, as nobody waits.
    pub fn goes_on(&self) -> bool {
        let mut state = self.lock();
        let goes_on = !state.waiting.is_empty();
        state.workers -= usize::from(!goes_on);
        goes_on
    }

    /// A worker broke off. Who waits is taken by the next, or by those that are left.
    pub fn lost_worker(&self) {
        self.lock().workers -= 1;
    }

    /// Everybody who waits.
    pub fn take_all(&self) -> Vec<T> {
        self.lock().waiting.take_all()
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self(Mutex::new(State { waiting: Turns::default(), workers: 0, departed: None }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of a thousand calls bring a worker.
    fn workers(trip: Option<Duration>) -> usize {
        let queue = Queue::default();
        (0..1_000).filter(|call| queue.join(trip, 16, 1, |_| *call).unwrap()).count()
    }

    #[test]
    fn the_longer_a_trip_is_a_wait_the_more_connections_make_it() {
        assert_eq!(workers(Some(QUICK)), 1);
        assert_eq!(workers(Some(SHORT)), WORKERS);
        assert_eq!(workers(None), WORKERS);
        assert_eq!(workers(Some(2 * SHORT)), 16);
    }

    #[test]
    fn a_trip_takes_calls_of_each_client_along() {
        let queue = Queue::default();
        for (client, call) in (0..1_000).map(|call| (1, call)).chain([(2, 1_000)]) {
            queue.join(None, 1, client, |_| call).unwrap();
        }
        let taken = queue.take(128, |_| false);
        assert_eq!(taken.len(), 128);
        assert!(taken.contains(&1_000));
    }
}
