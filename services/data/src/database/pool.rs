//! A pool of connections: fair between clients, no ping on release, and a connection whose statement or transaction
//! was dropped half-way comes back once its server has ended it. Safe to drop at any await.

mod lease;
mod places;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use meanwhile_proto::waits::WaitKind;
use meanwhile_telemetry::RequestContext;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use crate::fault::Fault;
pub use lease::Lease;
use places::Place;
pub use places::Places;

/// How long a connection lives: servers and proxies between end those that live for ever, at a worse moment. Each lives up
/// to a tenth longer or shorter, so that a pool is not renewed all at once.
const LIFETIME: Duration = Duration::from_secs(30 * 60);

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
    places: Arc<Places<Kept<C::Connection>>>,
    /// Goes up when connections are found dead: those from before are not trusted any more.
    epoch: AtomicU64,
    /// What goes on over connections that no call holds any more.
    tasks: TaskTracker,
}

/// A connection with what is known of it.
struct Kept<T> {
    connection: T,
    epoch: u64,
    /// When it has lived long enough.
    until: Instant,
}

/// A place that was free, with its connection where one is open.
type Free<C> = Place<Kept<<C as Connect>::Connection>>;

impl<C: Connect> Pool<C> {
    pub fn new(connect: C, size: usize) -> Self {
        Self(Arc::new(Shared {
            connect,
            places: Places::new(size),
            epoch: AtomicU64::new(0),
            tasks: TaskTracker::new(),
        }))
    }

    /// Waits for a connection: in order of arrival, and in turns with other clients. The wait is recorded when there was one,
    /// with the request that gave the connection back.
    pub async fn acquire(&self, request: Option<&RequestContext>) -> Result<Lease<C>, Fault> {
        let free = match self.acquire_now(request) {
            Ok(lease) => return Ok(lease),
            Err(free) => free,
        };
        let mut wait = request.map(|request| request.wait(WaitKind::Pool, "pool"));
        let blocked = |giver: &RequestContext| {
            if let Some(wait) = &mut wait {
                wait.blocked_by(&giver.span_context());
            }
        };
        let result = self.acquire_late(free, request, blocked).await;
        if let (Some(wait), Err(fault)) = (&mut wait, &result) {
            wait.fail(fault.reason.as_str());
        }
        drop(wait);
        result
    }

    /// The same for several requests that wait together: calls `waits` where they have to, and gives the request that gave
    /// the connection back. Whose it is is said later, by [`Lease::hold_for`].
    pub async fn acquire_together(
        &self,
        waits: impl FnOnce(),
    ) -> Result<(Lease<C>, Option<RequestContext>), Fault> {
        let free = match self.acquire_now(None) {
            Ok(lease) => return Ok((lease, None)),
            Err(free) => free,
        };
        waits();
        let mut giver = None;
        let lease = self.acquire_late(free, None, |by| giver = Some(by.clone())).await?;
        Ok((lease, giver))
    }

    /// A connection that is there now; where there is none, the place for one, if one is free.
    fn acquire_now(&self, request: Option<&RequestContext>) -> Result<Lease<C>, Option<Free<C>>> {
        let Some(mut place) = self.0.places.try_take() else { return Err(None) };
        match place.content() {
            Some(kept) => Ok(Lease::new(self.0.clone(), kept, place, request)),
            None => Err(Some(place)),
        }
    }

    async fn acquire_late(
        &self,
        free: Option<Free<C>>,
        request: Option<&RequestContext>,
        blocked: impl FnOnce(&RequestContext),
    ) -> Result<Lease<C>, Fault> {
        let mut place = match free {
            Some(place) => place,
            None => self.0.places.take(request.map_or(0, RequestContext::client)).await?,
        };
        if let Some(giver) = place.before() {
            blocked(giver);
        }
        let kept = match place.content() {
            Some(kept) => kept,
            // Boxed: it is rare and large, and would be room in every call's future.
            None => Box::pin(self.0.open()).await?,
        };
        Ok(Lease::new(self.0.clone(), kept, place, request))
    }

    /// What makes its connections.
    pub fn connector(&self) -> &C {
        &self.0.connect
    }

    /// How many connections there may be.
    pub fn size(&self) -> usize {
        self.0.places.size()
    }

    /// Runs what belongs to no single call; the pool's end waits for it.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.0.tasks.spawn(task);
    }

    /// Opens every connection there may be. Each serves calls as soon as it is open.
    pub async fn warm(&self) {
        while let Some(place) = self.0.places.try_take_empty() {
            if self.acquire_late(Some(place), None, |_| {}).await.is_err() {
                break;
            }
        }
    }

    /// Lets no more calls in, waits for what was dropped to end, and closes what is idle.
    pub async fn close(&self) {
        let mut idle = self.0.places.close();
        self.0.tasks.close();
        self.0.tasks.wait().await;
        // Those that came back meanwhile.
        idle.extend(self.0.places.close());
        for kept in idle {
            self.0.connect.close(kept.connection).await;
        }
    }
}

impl<C: Connect> Shared<C> {
    async fn open(&self) -> Result<Kept<C::Connection>, Fault> {
        let epoch = self.epoch.load(Ordering::Acquire);
        let connection = self.connect.connect().await?;
        let until = Instant::now() + LIFETIME.mul_f64(0.9 + 0.2 * fastrand::f64());
        Ok(Kept { connection, epoch, until })
    }

    /// Whether a connection is of those that were opened since one was last found dead.
    fn trusts(&self, kept: &Kept<C::Connection>) -> bool {
        kept.epoch == self.epoch.load(Ordering::Acquire)
    }

    /// Those that were opened in that epoch, and before, are dead.
    fn died(&self, epoch: u64) {
        let changed = self.epoch.compare_exchange(epoch, epoch + 1, Ordering::AcqRel, Ordering::Acquire);
        if changed.is_ok() {
            drop(self.places.sort_out(|kept| kept.epoch > epoch));
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
        f.debug_struct("Pool").field("size", &self.0.places.size()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
