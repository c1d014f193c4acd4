//! Collects queued spans into batches: as many as fit, or what came within a fraction of a second.

use std::time::Duration;

use opentelemetry_sdk::trace::SpanData;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

/// The most spans one export carries.
pub(super) const BATCH: usize = 512;
/// How long the first span of a batch waits for others.
const LINGER: Duration = Duration::from_millis(200);
/// How often a lingering batch looks whether it is full. Looking costs less than being woken by every span.
const LOOK: Duration = Duration::from_millis(20);

pub(super) struct Batches {
    spans: mpsc::Receiver<SpanData>,
    /// The batch that is being collected. Kept here, so that a task that is ended can count it.
    batch: Vec<SpanData>,
    stop: CancellationToken,
}

impl Batches {
    pub(super) fn new(spans: mpsc::Receiver<SpanData>, stop: CancellationToken) -> Self {
        Self { spans, batch: Vec::new(), stop }
    }

    /// The next batch, never empty; None once stopped and empty.
    pub(super) async fn next(&mut self) -> Option<Vec<SpanData>> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => self.spans.close(),
            () = linger(&mut self.spans, &mut self.batch) => {}
        }
        let room = BATCH - self.batch.len();
        // An empty batch means a closed queue: then this returns at once, with what is left or with nothing.
        if self.batch.is_empty() || !self.spans.is_empty() {
            self.spans.recv_many(&mut self.batch, room).await;
        }
        Some(std::mem::take(&mut self.batch)).filter(|batch| !batch.is_empty())
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Spans that were neither handed out nor lost yet.
    pub(super) fn left(&self) -> usize {
        self.batch.len() + self.spans.len()
    }
}

/// Takes the first span, then waits until a batch is full or the first one waited long enough.
async fn linger(spans: &mut mpsc::Receiver<SpanData>, batch: &mut Vec<SpanData>) {
    let Some(first) = spans.recv().await else { return };
    batch.push(first);
    let deadline = Instant::now() + LINGER;
    while batch.len() + spans.len() < BATCH && Instant::now() < deadline {
        sleep(LOOK).await;
    }
}
