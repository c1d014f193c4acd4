//! The time of one request: the wall clock is read once, everything after it is a monotonic distance from there.
//! So the spans of a request never run backwards, whatever happens to the machine's clock meanwhile.

use std::time::{Duration, Instant, SystemTime};

#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    wall: SystemTime,
    started: Instant,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self { wall: SystemTime::now(), started: Instant::now() }
    }

    /// When the request started.
    pub(crate) fn started(&self) -> Instant {
        self.started
    }

    /// When the request started, as its span says it.
    pub(crate) fn start_time(&self) -> SystemTime {
        self.wall
    }

    /// How long ago it started.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// This moment, in the request's own time.
    pub(crate) fn now(&self) -> SystemTime {
        self.wall + self.started.elapsed()
    }
}
