//! Records when a request's futures were woken and polled, so that its span says when it worked (`work`), when it
//! stood ready and was not run (`scheduler`), and when it waited. A request may run as several tasks: the log is
//! their union.
//!
//! It records times only; what a wait was for is said by wait spans.

mod record;
mod timeline;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

pub use record::Recorded;
use timeline::Timeline;

/// A handle on a request's poll log. Cheap to clone; does nothing where the request is not recorded.
#[derive(Debug, Clone)]
pub struct PollLog(Option<Arc<Log>>);

#[derive(Debug)]
struct Log {
    started: Instant,
    timeline: Mutex<Timeline>,
}

impl PollLog {
    pub(crate) fn since(started: Instant) -> Self {
        Self(Some(Arc::new(Log { started, timeline: Mutex::default() })))
    }

    pub(crate) fn off() -> Self {
        Self(None)
    }

    /// Records every poll of `future`, and when it was woken for it. It counts as woken from now on, so wrap a
    /// future where it is spawned or first awaited.
    pub fn record<F: Future>(&self, future: F) -> Recorded<F> {
        Recorded::new(future, self.0.clone())
    }

    /// Records a poll that lasts until the guard is dropped; for what is polled by others, such as a body's
    /// `poll_frame`. When it was woken is not known and counts as the moment it began.
    pub fn enter(&self) -> PollGuard<'_> {
        PollGuard::enter(self.0.as_deref(), None)
    }

    /// The packed polls so far, if there were any. A poll that is under way ends here; later ones are not recorded.
    pub(crate) fn finish(&self) -> Option<String> {
        self.0.as_ref()?.finish()
    }
}

impl Log {
    fn nanos(&self, instant: Instant) -> u64 {
        let since = instant.saturating_duration_since(self.started);
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    }

    fn finish(&self) -> Option<String> {
        let mut timeline = self.lock();
        let polls = timeline.finish(self.nanos(Instant::now()));
        (!polls.is_empty()).then(|| meanwhile_proto::polls::pack(&polls))
    }

    fn lock(&self) -> MutexGuard<'_, Timeline> {
        self.timeline.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A poll under way; it ends when this is dropped.
#[derive(Debug)]
#[must_use = "the poll ends when the guard is dropped"]
pub struct PollGuard<'a>(Option<&'a Log>);

impl<'a> PollGuard<'a> {
    fn enter(log: Option<&'a Log>, woken: Option<u64>) -> Self {
        if let Some(log) = log {
            // The clock is read under the lock, so that the timeline only ever sees time go forward.
            let mut timeline = log.lock();
            let now = log.nanos(Instant::now());
            timeline.begin(woken.unwrap_or(now), now);
        }
        Self(log)
    }
}

impl Drop for PollGuard<'_> {
    fn drop(&mut self) {
        if let Some(log) = self.0 {
            let mut timeline = log.lock();
            timeline.end(log.nanos(Instant::now()));
        }
    }
}

#[cfg(test)]
mod tests;
