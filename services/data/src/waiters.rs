//! Calls that wait for one answer that is made for all of them.

use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{MissedTickBehavior, interval};

use crate::fault::Fault;

/// How often it is looked whether anybody is left: far below the time in which a statement that nobody waits for has to
/// be gone.
const LOOK: Duration = Duration::from_millis(20);

/// Those who wait. Each may leave at any moment, by dropping its receiver.
pub struct Waiters<T>(Vec<oneshot::Sender<Result<T, Fault>>>);

impl<T: Clone> Waiters<T> {
    /// The first one, and where it gets its answer.
    pub fn first() -> (Self, oneshot::Receiver<Result<T, Fault>>) {
        let mut waiters = Self(Vec::new());
        let answer = waiters.join();
        (waiters, answer)
    }

    /// One more.
    pub fn join(&mut self) -> oneshot::Receiver<Result<T, Fault>> {
        let (waiter, answer) = oneshot::channel();
        self.0.push(waiter);
        answer
    }

    /// How many came, those that left included.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True where nobody waits any more.
    pub fn have_left(&self) -> bool {
        self.0.iter().all(oneshot::Sender::is_closed)
    }

    /// Ends when nobody waits any more. Who leaves tells nobody, so that leaving costs nothing.
    pub async fn left(&self) {
        all_left(|| self.have_left()).await;
    }

    /// Answers them all.
    pub fn answer(self, answer: &Result<T, Fault>) {
        for waiter in self.0 {
            // Who left does not take it.
            let _ = waiter.send(answer.clone());
        }
    }
}

/// Ends soon after `have_left` is true.
pub async fn all_left(have_left: impl Fn() -> bool) {
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first tick is at once.
    looks.tick().await;
    while !have_left() {
        looks.tick().await;
    }
}
