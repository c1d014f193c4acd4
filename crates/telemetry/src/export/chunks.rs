//! Ended spans on their way to one endpoint: encoded as they end, into chunks that one export carries each. What is held is
//! bounded; a span that finds no room is lost, and counted.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::{Lost, encode};
use crate::wait::DISCARDED;

/// The most spans one export carries.
pub(super) const CHUNK: usize = 512;
/// How long the first span of a chunk waits for others.
const LINGER: Duration = Duration::from_millis(200);
/// How often a lingering chunk is looked at. Looking costs less than being woken by every span.
const LOOK: Duration = Duration::from_millis(20);

/// Spans that one endpoint's chunks had no room for.
pub(super) type Refused = Arc<AtomicU64>;

/// So many spans, each as an element of `ScopeSpans.spans`.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    pub spans: usize,
    pub bytes: Vec<u8>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// The first span is there.
    some: Notify,
    capacity: usize,
}

#[derive(Debug, Default)]
struct State {
    chunks: VecDeque<Chunk>,
    spans: usize,
    is_closed: bool,
    /// A chunk's memory, to be used again.
    spare: Vec<u8>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn add(&mut self, span: &SpanData) {
        if self.chunks.back().is_none_or(|chunk| chunk.spans == CHUNK) {
            let bytes = std::mem::take(&mut self.spare);
            self.chunks.push_back(Chunk { spans: 0, bytes });
        }
        if let Some(chunk) = self.chunks.back_mut() {
            encode::span(span, &mut chunk.bytes);
            chunk.spans += 1;
            self.spans += 1;
        }
    }
}

/// The SDK's end: takes each span as it ends, and waits for nobody.
#[derive(Debug)]
pub(crate) struct Queue {
    shared: Arc<Shared>,
    refused: Refused,
    lost: Lost,
}

impl SpanProcessor for Queue {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        if span.end_time == DISCARDED {
            return;
        }
        let mut state = self.shared.lock();
        if state.is_closed || state.spans >= self.shared.capacity {
            drop(state);
            self.refused.fetch_add(1, Ordering::Relaxed);
            self.lost.add(1);
            return;
        }
        state.add(&span);
        let is_first = state.spans == 1;
        drop(state);
        if is_first {
            self.shared.some.notify_one();
        }
    }

    /// The task sends within a fraction of a second anyway; there is nothing to hurry, and nothing may block here.
    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    /// Whoever owns the task stops it, and waits for it.
    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// The task's end: hands out a chunk when it is full, or when its first span waited long enough.
pub(super) struct Chunks {
    shared: Arc<Shared>,
    stop: CancellationToken,
}

/// Both ends of chunks that hold so many spans.
pub(super) fn chunks(capacity: usize, lost: Lost, stop: CancellationToken) -> (Queue, Chunks, Refused) {
    let shared = Arc::new(Shared { state: Mutex::default(), some: Notify::new(), capacity });
    let refused = Refused::default();
    let queue = Queue { shared: shared.clone(), refused: refused.clone(), lost };
    (queue, Chunks { shared, stop }, refused)
}

impl Chunks {
    /// The next chunk, never empty; None once stopped and empty.
    pub async fn next(&mut self) -> Option<Chunk> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => self.close(),
            () = self.linger() => {}
        }
        let mut state = self.shared.lock();
        let chunk = state.chunks.pop_front()?;
        state.spans -= chunk.spans;
        Some(chunk)
    }

    /// The chunk has been sent, or not: its memory is for another.
    pub fn give_back(&self, mut chunk: Chunk) {
        chunk.bytes.clear();
        self.shared.lock().spare = chunk.bytes;
    }

    pub fn is_stopped(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Spans that were neither handed out nor lost yet.
    pub fn left(&self) -> usize {
        self.shared.lock().spans
    }

    /// From now on no span is taken.
    fn close(&self) {
        self.shared.lock().is_closed = true;
    }

    async fn linger(&self) {
        while self.left() == 0 {
            self.shared.some.notified().await;
        }
        let deadline = Instant::now() + LINGER;
        while self.left() < CHUNK && Instant::now() < deadline {
            sleep(LOOK).await;
        }
    }
}

impl Drop for Chunks {
    fn drop(&mut self) {
        self.close();
    }
}
