//! The places of a pool, and who waits for one: of each client first come, first served, and of clients one after the
//! other. A place that is given up goes straight to whoever is next, and says who gave it up, so that a wait knows behind
//! whom it was.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use meanwhile_proto::errors::Reason;
use meanwhile_telemetry::RequestContext;
use tokio::sync::oneshot;

use crate::fault::Fault;
use crate::turns::Turns;

/// More calls than this do not wait for a connection: they are told to come back.
pub(super) const MAX_WAITING: usize = 10_000;

/// So many that left may stand in the queue before it is swept, beyond as many as still wait.
const LEFT_BEHIND: usize = 64;

/// Places, each with what stands in it while nobody uses it.
pub struct Places<T> {
    size: usize,
    state: Mutex<State<T>>,
    waiting: AtomicUsize,
}

struct State<T> {
    used: usize,
    idle: Vec<T>,
    queue: Turns<oneshot::Sender<Place<T>>>,
    is_closed: bool,
}

/// A place that is used. Dropped, it is free, with nothing in it.
pub struct Place<T> {
    places: Option<Arc<Places<T>>>,
    content: Option<T>,
    before: Option<RequestContext>,
}

impl<T> Places<T> {
    pub fn new(size: usize) -> Arc<Self> {
        let state =
            State { used: 0, idle: Vec::with_capacity(size), queue: Turns::default(), is_closed: false };
        Arc::new(Self { size, state: Mutex::new(state), waiting: AtomicUsize::new(0) })
    }

    pub fn size(&self) -> usize {
        self.size
    }

    /// A place that is free at once.
    pub fn try_take(self: &Arc<Self>) -> Option<Place<T>> {
        self.lock().take(self)
    }

    /// A free place that nothing stands in, where there is one.
    pub fn try_take_empty(self: &Arc<Self>) -> Option<Place<T>> {
        self.lock().take_empty(self)
    }

    /// Waits for a place, for that client.
    ///
    /// # Errors
    /// OVERLOADED where too many wait already, SHUTTING_DOWN once the places are closed.
    pub async fn take(self: &Arc<Self>, client: u32) -> Result<Place<T>, Fault> {
        let closed = || Fault::new(Reason::ShuttingDown, "the service is stopping");
        let (_queued, given) = {
            let mut state = self.lock();
            if state.is_closed {
                return Err(closed());
            }
            if let Some(place) = state.take(self) {
                return Ok(place);
            }
            let queued = Queued::join(&self.waiting)?;
            (queued, state.enqueue(client, self.waiting.load(Ordering::Relaxed)))
        };
        given.await.map_err(|_| closed())
    }

    /// Takes out what is idle and is not worth keeping.
    pub fn sort_out(&self, is_kept: impl Fn(&T) -> bool) -> Vec<T> {
        self.lock().idle.extract_if(.., |content| !is_kept(content)).collect()
    }

    /// How many wait.
    #[cfg(test)]
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// How many stand in the queue, those that left included.
    #[cfg(test)]
    pub fn queue_length(&self) -> usize {
        self.lock().queue.len()
    }

    /// Lets nobody in any more, and gives what is idle.
    pub fn close(&self) -> Vec<T> {
        let (idle, queue) = {
            let mut state = self.lock();
            state.is_closed = true;
            (std::mem::take(&mut state.idle), std::mem::take(&mut state.queue))
        };
        drop(queue);
        idle
    }

    /// The place goes to the next who still waits; where nobody does it is free.
    fn free(self: &Arc<Self>, mut content: Option<T>, before: Option<RequestContext>) {
        let mut state = self.lock();
        while let Some(next) = state.queue.pop() {
            let place = Place { places: Some(self.clone()), content, before: before.clone() };
            match next.send(place) {
                Ok(()) => {
                    drop(state);
                    before.iter().for_each(RequestContext::blocks_others);
                    return;
                }
                // Who waited there left.
                Err(mut place) => {
                    place.places = None;
                    content = place.content.take();
                }
            }
        }
        state.used -= 1;
        state.idle.extend(content);
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> State<T> {
    fn take(&mut self, places: &Arc<Places<T>>) -> Option<Place<T>> {
        if self.used == places.size || self.is_closed {
            return None;
        }
        self.used += 1;
        Some(Place { places: Some(places.clone()), content: self.idle.pop(), before: None })
    }

    fn take_empty(&mut self, places: &Arc<Places<T>>) -> Option<Place<T>> {
        if self.used + self.idle.len() >= places.size || self.is_closed {
            return None;
        }
        self.used += 1;
        Some(Place { places: Some(places.clone()), content: None, before: None })
    }

    fn enqueue(&mut self, client: u32, waiting: usize) -> oneshot::Receiver<Place<T>> {
        if self.queue.len() > 2 * waiting + LEFT_BEHIND {
            self.queue.retain(|waiter| !waiter.is_closed());
        }
        let (waiter, given) = oneshot::channel();
        self.queue.push(client, waiter);
        given
    }
}

impl<T> Place<T> {
    /// What stood in it.
    pub fn content(&mut self) -> Option<T> {
        self.content.take()
    }

    /// Who gave it up while somebody waited for it; none where it was free.
    pub fn before(&self) -> Option<&RequestContext> {
        self.before.as_ref()
    }

    /// Gives it up with something in it; `holder` is whoever used it.
    pub fn give_up(mut self, content: Option<T>, holder: Option<RequestContext>) {
        if let Some(places) = self.places.take() {
            places.free(content, holder);
        }
    }
}

impl<T> Drop for Place<T> {
    fn drop(&mut self) {
        if let Some(places) = self.places.take() {
            places.free(self.content.take(), self.before.take());
        }
    }
}

/// One among those that wait.
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
