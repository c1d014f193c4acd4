//! A future that records its polls, and the waker that notes when it was woken.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Instant;

use futures_util::task::AtomicWaker;
use pin_project_lite::pin_project;

use super::{Log, PollGuard};

pin_project! {
    /// A future whose polls are recorded. Made by [`PollLog::record`](super::PollLog::record).
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Recorded<F> {
        #[pin]
        future: F,
        recorder: Option<Recorder>,
    }
}

#[derive(Debug)]
struct Recorder {
    wakes: Arc<WakeLog>,
    /// Made once from `wakes`, so that a poll allocates nothing.
    waker: Waker,
}

impl<F> Recorded<F> {
    pub(super) fn new(future: F, log: Option<Arc<Log>>) -> Self {
        let recorder = log.map(|log| {
            let wakes = Arc::new(WakeLog::woken_now(log));
            Recorder { waker: Waker::from(Arc::clone(&wakes)), wakes }
        });
        Self { future, recorder }
    }
}

impl<F: Future> Future for Recorded<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Some(recorder) = this.recorder else { return this.future.poll(cx) };
        recorder.wakes.task.register(cx.waker());
        let _poll = PollGuard::enter(Some(&recorder.wakes.log), recorder.wakes.take());
        this.future.poll(&mut Context::from_waker(&recorder.waker))
    }
}

/// Passes a wake on to the task, and keeps the time of the first one since the last poll began.
#[derive(Debug)]
struct WakeLog {
    log: Arc<Log>,
    task: AtomicWaker,
    /// Nanoseconds since the request's start, or [`NEVER`].
    woken: AtomicU64,
}

const NEVER: u64 = u64::MAX;

impl WakeLog {
    fn woken_now(log: Arc<Log>) -> Self {
        let woken = AtomicU64::new(log.nanos(Instant::now()));
        Self { log, task: AtomicWaker::new(), woken }
    }

    /// When the task was first woken since this was last asked; None for a poll that nothing asked for.
    fn take(&self) -> Option<u64> {
        // The waker's own synchronization orders this value; alone it carries no other data.
        Some(self.woken.swap(NEVER, Ordering::Relaxed)).filter(|woken| *woken != NEVER)
    }
}

impl Wake for WakeLog {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.woken.load(Ordering::Relaxed) == NEVER {
            let now = self.log.nanos(Instant::now());
            // A wake that came first is the one that counts.
            let _ = self.woken.compare_exchange(NEVER, now, Ordering::Relaxed, Ordering::Relaxed);
        }
        self.task.wake();
    }
}
