//! What long statements wait for, inside the database: while one has been under way for longer than a moment, the server is
//! asked every now and then. A wait for a lock becomes a wait of its own, behind whoever holds the lock; the rest is told by
//! how often a statement was seen at what.

mod looks;
mod seen;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use meanwhile_telemetry::{RequestContext, Wait, WaitHandle};
use tokio::sync::Notify;

use super::line::Line;
use looks::Look;
use seen::Seen;

/// Statements that take no longer are not looked at, and others so often.
const MOMENT: Duration = Duration::from_millis(20);

/// Every session of a pool, as far as statements run on it.
#[derive(Debug, Default)]
pub(super) struct Watch {
    sessions: Mutex<Vec<Weak<Watched>>>,
    /// True while nobody looks, as nothing runs.
    rests: AtomicBool,
    wakes: Notify,
}

/// One session.
#[derive(Debug)]
pub(super) struct Watched {
    pid: i32,
    watch: Arc<Watch>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Whose statement runs, or ran last: while a transaction is open its locks are that request's.
    holder: Option<RequestContext>,
    running: Option<Running>,
}

/// A statement under way.
#[derive(Debug)]
struct Running {
    since: Instant,
    /// The waits that it is for: several where calls go together.
    waits: Vec<WaitHandle>,
    locked: Vec<Wait>,
    seen: Seen,
}

impl Watch {
    /// A session that is watched until it is dropped.
    pub fn session(self: &Arc<Self>, pid: i32) -> Arc<Watched> {
        let watched = Arc::new(Watched { pid, watch: self.clone(), state: Mutex::default() });
        let mut sessions = lock(&self.sessions);
        sessions.retain(|session| session.strong_count() > 0);
        sessions.push(Arc::downgrade(&watched));
        watched
    }

    /// Looks after statements, for ever. Who calls it decides when that ends.
    pub async fn look_after(&self, line: &Line) {
        loop {
            self.rests.store(true, Ordering::SeqCst);
            if !self.any_runs() {
                self.wakes.notified().await;
            }
            self.rests.store(false, Ordering::SeqCst);
            tokio::time::sleep(MOMENT).await;
            let long = self.long_running();
            if long.is_empty() {
                continue;
            }
            match looks::look(line, long.iter().map(|(session, _)| session.pid).collect()).await {
                Ok(looks) => looks.iter().for_each(|look| self.note(&long, look)),
                // The statements' own connections will tell what is wrong.
                Err(error) => tracing::debug!(%error, "cannot see what statements wait for"),
            }
        }
    }

    fn note(&self, long: &[(Arc<Watched>, Instant)], look: &Look) {
        let Some((session, since)) = long.iter().find(|(session, _)| session.pid == look.pid) else { return };
        // Whoever they are, they are asked before the waiter's state is held: they may wait themselves.
        let holders: Vec<Option<RequestContext>> =
            look.behind.iter().map(|holder| self.holder(holder.pid)).collect();
        let mut state = lock(&session.state);
        let Some(running) = state.running.as_mut().filter(|running| running.since == *since) else { return };
        running.seen.add(look);
        match look.locked_for {
            None => running.locked.clear(),
            Some(_) if !running.locked.is_empty() => {}
            Some(ago) => {
                running.locked = running.waits.iter().map(|wait| locked(wait, ago, look, &holders)).collect();
            }
        }
    }

    fn holder(&self, pid: i32) -> Option<RequestContext> {
        let session = self.all().into_iter().find(|session| session.pid == pid)?;
        lock(&session.state).holder.clone()
    }

    fn any_runs(&self) -> bool {
        self.all().iter().any(|session| lock(&session.state).running.is_some())
    }

    fn long_running(&self) -> Vec<(Arc<Watched>, Instant)> {
        let since = |session: &Watched| lock(&session.state).running.as_ref().map(|running| running.since);
        let all = self.all().into_iter();
        let running = all.filter_map(|session| since(&session).map(|since| (session, since)));
        running.filter(|(_, since)| since.elapsed() >= MOMENT).collect()
    }

    fn all(&self) -> Vec<Arc<Watched>> {
        lock(&self.sessions).iter().filter_map(Weak::upgrade).collect()
    }
}

/// A wait for a lock, inside the wait for the statement.
fn locked(wait: &WaitHandle, ago: Duration, look: &Look, holders: &[Option<RequestContext>]) -> Wait {
    let mut locked = wait.inner(meanwhile_telemetry::WaitKind::Lock, "lock", ago);
    for (behind, holder) in look.behind.iter().zip(holders) {
        match holder {
            Some(holder) => {
                locked.blocked_by(&holder.span_context());
                holder.blocks_others();
            }
            None => behind.tell(&mut locked),
        }
    }
    locked
}

impl Watched {
    /// A statement runs on the session from now on.
    pub fn began(&self, waits: Vec<WaitHandle>) {
        let mut state = lock(&self.state);
        state.holder = waits.first().map(|wait| wait.request().clone());
        state.running =
            Some(Running { since: Instant::now(), waits, locked: Vec::new(), seen: Seen::default() });
        drop(state);
        if self.watch.rests.load(Ordering::SeqCst) {
            self.watch.wakes.notify_one();
        }
    }

    /// It ended. Gives what it was seen at, where it was looked at.
    pub fn ended(&self) -> Option<String> {
        lock(&self.state).running.take()?.seen.told()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
