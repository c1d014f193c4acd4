//! A pool of connections: first come, first served, no ping on release, and a connection whose statement or transaction
//! was dropped half-way comes back once its server has ended it. Safe to drop at any await.

use std::future::Future;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use meanwhile_proto::errors::Reason;
use meanwhile_proto::waits::WaitKind;
use meanwhile_telemetry::RequestContext;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::task::TaskTracker;

use crate::fault::Fault;

/// More calls than this do not wait for a connection: they are told to come back.
const MAX_WAITING: usize = 10_000;

/// How long a connection may take to come back from what was dropped before it is closed instead.
const RECOVERY: Duration = Duration::from_secs(5);

/// Makes a database's connections, and brings them back.
pub trait Connect: Send + Sync + 'static {
    /// One connection.
    type Connection: Send + 'static;

    /// Opens one.
    fn connect(&self) -> impl Future<Output = Result<Self::Connection, Fault>> + Send;

    /// Ends what a connection was left with, and makes it ready again; none where that failed.
    fn recover(
        &self,
        connection: Self::Connection,
        left: Left,
    ) -> impl Future<Output = Option<Self::Connection>> + Send;

    /// Says goodbye.
    fn close(&self, connection: Self::Connection) -> impl Future<Output = ()> + Send;
}

/// What a connection was left with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// A statement may still run.
    pub running: bool,
    /// A transaction may be open.
    pub in_transaction: bool,
}

/// The connections of one database, or of one use of it. Cheap to clone.
pub struct Pool<C: Connect>(Arc<Shared<C>>);

struct Shared<C: Connect> {
    connect: C,
    permits: Arc<Semaphore>,
    size: usize,
    idle: Mutex<Vec<Idle<C::Connection>>>,
    waiting: AtomicUsize,
    /// Goes up when connections are found dead: those from before are not trusted any more.
    epoch: AtomicU64,
    /// What goes on over connections that no call holds any more.
    tasks: TaskTracker,
}

struct Idle<T> {
    connection: T,
    epoch: u64,
}

impl<C: Connect> Pool<C> {
    pub fn new(connect: C, size: usize) -> Self {
        Self(Arc::new(Shared {
            connect,
            permits: Arc::new(Semaphore::new(size)),
            size,
            idle: Mutex::new(Vec::with_capacity(size)),
            waiting: AtomicUsize::new(0),
            epoch: AtomicU64::new(0),
            tasks: TaskTracker::new(),
        }))
    }

    /// Waits for a connection, in order of arrival. The wait is recorded when there was one.
    pub async fn acquire(&self, request: Option<&RequestContext>) -> Result<Lease<C>, Fault> {
        if let Ok(permit) = self.0.permits.clone().try_acquire_owned()
            && let Some(idle) = self.0.take_idle()
        {
            return Ok(self.lease(permit, idle.connection, idle.epoch));
        }
        let wait = request.map(|request| request.wait(WaitKind::Pool, "pool"));
        let result = self.acquire_late().await;
        if let Some(mut wait) = wait {
            if let Err(fault) = &result {
                wait.fail(fault.reason.as_str());
            }
            wait.end();
        }
        result
    }

    async fn acquire_late(&self) -> Result<Lease<C>, Fault> {
        let queued = Queued::join(&self.0.waiting)?;
        let permit = self.0.permits.clone().acquire_owned().await;
        drop(queued);
        let permit = permit.map_err(|_| Fault::new(Reason::ShuttingDown, "the service is stopping"))?;
        if let Some(idle) = self.0.take_idle() {
            return Ok(self.lease(permit, idle.connection, idle.epoch));
        }
        let epoch = self.0.epoch.load(Ordering::Acquire);
        // Boxed: it is rare and large, and would be room in every call's future.
        let connection = Box::pin(self.0.connect.connect()).await?;
        Ok(self.lease(permit, connection, epoch))
    }

    fn lease(&self, permit: OwnedSemaphorePermit, connection: C::Connection, epoch: u64) -> Lease<C> {
        Lease {
            held: Some((connection, permit)),
            pool: self.0.clone(),
            epoch,
            state: State::Clean,
            in_transaction: false,
        }
    }

    /// Opens every connection there may be.
    pub async fn warm(&self) {
        let mut leases = Vec::with_capacity(self.0.size);
        for _ in 0..self.0.size {
            match self.acquire(None).await {
                Ok(lease) => leases.push(lease),
                Err(_) => break,
            }
        }
    }

    /// Lets no more calls in, waits for what was dropped to end, and closes what is idle.
    pub async fn close(&self) {
        self.0.permits.close();
        self.0.tasks.close();
        self.0.tasks.wait().await;
        let idle = std::mem::take(&mut *self.0.idle.lock().unwrap_or_else(PoisonError::into_inner));
        for idle in idle {
            self.0.connect.close(idle.connection).await;
        }
    }
}

impl<C: Connect> Shared<C> {
    fn take_idle(&self) -> Option<Idle<C::Connection>> {
        let epoch = self.epoch.load(Ordering::Acquire);
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|idle| idle.epoch == epoch);
        idle.pop()
    }

    fn give_back(&self, connection: C::Connection, epoch: u64) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(Idle { connection, epoch });
    }
}

/// A place among those that wait.
struct Queued<'a>(&'a AtomicUsize);

impl<'a> Queued<'a> {
    fn join(waiting: &'a AtomicUsize) -> Result<Self, Fault> {
        let place = Self(waiting);
        match waiting.fetch_add(1, Ordering::Relaxed) < MAX_WAITING {
            true => Ok(place),
            false => Err(Fault::new(Reason::Overloaded, "too many calls wait for the database")),
        }
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A connection in use. Dropped, it goes back to the pool: at once when clean, after recovery when it was left busy or
/// inside a transaction.
pub struct Lease<C: Connect> {
    held: Option<(C::Connection, OwnedSemaphorePermit)>,
    pool: Arc<Shared<C>>,
    epoch: u64,
    state: State,
    in_transaction: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Clean,
    Busy,
    Dead,
}

impl<C: Connect> Lease<C> {
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

    /// What made the connection, and the connection.
    pub fn parts(&self) -> Option<(&C, &C::Connection)> {
        self.held.as_ref().map(|(connection, _)| (&self.pool.connect, connection))
    }

    /// Where work goes that has to be done whether or not its call is still there; the pool's end waits for it.
    pub fn tasks(&self) -> TaskTracker {
        self.pool.tasks.clone()
    }

    /// The connection is dead, and so are those that were opened before it was found to be.
    pub fn died(&mut self) {
        self.state = State::Dead;
        let now = self.epoch + 1;
        let _ = self.pool.epoch.compare_exchange(self.epoch, now, Ordering::AcqRel, Ordering::Acquire);
    }

    /// The connection, while no statement runs on it.
    #[expect(clippy::expect_used, reason = "`held` is taken in drop alone")]
    pub fn connection(&mut self) -> &mut C::Connection {
        &mut self.held.as_mut().expect("a lease holds its connection until it is dropped").0
    }
}

impl<C: Connect> Drop for Lease<C> {
    fn drop(&mut self) {
        let Some((connection, permit)) = self.held.take() else { return };
        let left = Left { running: self.state == State::Busy, in_transaction: self.in_transaction };
        match self.state {
            State::Clean if !self.in_transaction => self.pool.give_back(connection, self.epoch),
            State::Dead => drop(connection),
            State::Clean | State::Busy => {
                let (pool, epoch) = (self.pool.clone(), self.epoch);
                self.pool.tasks.spawn(async move {
                    let recovery = pool.connect.recover(connection, left);
                    if let Ok(Some(connection)) = tokio::time::timeout(RECOVERY, recovery).await {
                        pool.give_back(connection, epoch);
                    }
                    drop(permit);
                });
            }
        }
    }
}

impl<C: Connect> Clone for Pool<C> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<C: Connect> std::fmt::Debug for Pool<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").field("size", &self.0.size).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
