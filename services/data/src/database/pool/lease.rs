//! A connection in use, and what becomes of it when its user is done with it, or gone.

use std::sync::Arc;
use std::time::Duration;

use meanwhile_telemetry::RequestContext;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use super::places::Place;
use super::{Connect, Kept, Left, Shared};

/// How long a connection may take to come back from what was dropped before it is closed instead.
pub(super) const RECOVERY: Duration = Duration::from_secs(5);

/// A connection in use. Dropped, it goes back to the pool: at once when clean, after recovery when it was left busy or
/// inside a transaction.
pub struct Lease<C: Connect> {
    held: Option<Held<C::Connection>>,
    pool: Arc<Shared<C>>,
    epoch: u64,
    /// Whose wait it was for; those who wait for the connection are told.
    holder: Option<RequestContext>,
    state: State,
    in_transaction: bool,
}

struct Held<T> {
    kept: Kept<T>,
    place: Place<Kept<T>>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Clean,
    Busy,
    Dead,
}

impl<C: Connect> Lease<C> {
    pub(super) fn new(
        pool: Arc<Shared<C>>,
        kept: Kept<C::Connection>,
        place: Place<Kept<C::Connection>>,
        holder: Option<&RequestContext>,
    ) -> Self {
        Self {
            epoch: kept.epoch,
            held: Some(Held { kept, place }),
            pool,
            holder: holder.cloned(),
            state: State::Clean,
            in_transaction: false,
        }
    }

    /// The connection, for a statement that from now on runs on it until [`Lease::finished`].
    pub fn begin(&mut self) -> &mut C::Connection {
        self.state = State::Busy;
        self.connection()
    }

    /// The statement ended and the connection is ready for another.
    pub fn finished(&mut self) {
        self.state = State::Clean;
    }

    /// A transaction is begun from now on, until [`Lease::ended_transaction`].
    pub fn began_transaction(&mut self) {
        self.in_transaction = true;
    }

    /// The database said that the transaction is over.
    pub fn ended_transaction(&mut self) {
        self.in_transaction = false;
    }

    /// Those who wait for the connection wait for this request from now on.
    pub fn hold_for(&mut self, request: &RequestContext) {
        self.holder = Some(request.clone());
    }

    /// What made the connection, and the connection.
    pub fn parts(&self) -> Option<(&C, &C::Connection)> {
        self.held.as_ref().map(|held| (&self.pool.connect, &held.kept.connection))
    }

    /// Where work goes that has to be done whether or not its call is still there; the pool's end waits for it.
    pub fn tasks(&self) -> TaskTracker {
        self.pool.tasks.clone()
    }

    /// The connection is dead, and so are those that were opened before it was found to be.
    pub fn died(&mut self) {
        self.state = State::Dead;
        self.pool.died(self.epoch);
    }

    /// The connection, while no statement runs on it.
    #[expect(clippy::expect_used, reason = "`held` is taken in drop alone")]
    pub fn connection(&mut self) -> &mut C::Connection {
        &mut self.held.as_mut().expect("a lease holds its connection until it is dropped").kept.connection
    }
}

impl<C: Connect> Drop for Lease<C> {
    fn drop(&mut self) {
        let Some(held) = self.held.take() else { return };
        let (pool, holder) = (self.pool.clone(), self.holder.take());
        let left = Left { running: self.state == State::Busy, in_transaction: self.in_transaction };
        match self.state {
            State::Clean if !self.in_transaction => give_back(&pool, held, holder),
            State::Dead => held.give_up_without(holder),
            State::Clean | State::Busy => {
                self.pool.tasks.spawn(async move {
                    let Held { kept, place } = held;
                    let Kept { connection, epoch, until } = kept;
                    let recovery = tokio::time::timeout(RECOVERY, pool.connect.recover(connection, left));
                    match recovery.await {
                        Ok(Some(connection)) => {
                            give_back(&pool, Held { kept: Kept { connection, epoch, until }, place }, holder);
                        }
                        // What was to be recovered is gone by now.
                        _ => place.give_up(None, holder),
                    }
                });
            }
        }
    }
}

impl<T> Held<T> {
    /// The connection goes first: never are more open than there are places.
    fn give_up_without(self, holder: Option<RequestContext>) {
        drop(self.kept);
        self.place.give_up(None, holder);
    }
}

/// One that is not trusted any more, or has lived long enough, leaves its place empty.
fn give_back<C: Connect>(pool: &Arc<Shared<C>>, held: Held<C::Connection>, holder: Option<RequestContext>) {
    if !pool.trusts(&held.kept) {
        return held.give_up_without(holder);
    }
    let Held { kept, place } = held;
    if Instant::now() < kept.until {
        return place.give_up(Some(kept), holder);
    }
    let closing = pool.clone();
    pool.tasks.spawn(async move {
        closing.connect.close(kept.connection).await;
        place.give_up(None, holder);
    });
}
