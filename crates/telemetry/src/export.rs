//! Sends a service's spans to one OTLP endpoint: a bounded queue, and the task that empties it. It never holds the
//! service up; what cannot be sent is counted, and said once per outage.

mod chunks;
mod encode;
mod otlp;
mod outage;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

pub(crate) use chunks::Queue;
use chunks::{CHUNK, Chunk, Chunks, chunks};
use otlp::Collector;
pub(crate) use otlp::Otlp;
use outage::Outage;

/// Spans that may wait to be sent, per endpoint.
pub(crate) const QUEUE: usize = 65_536;
/// The longest one export may take, its retries included.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(5);

/// Spans lost by a service, over all its endpoints.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lost(Arc<AtomicU64>);

impl Lost {
    pub(crate) fn add(&self, spans: usize) {
        self.0.fetch_add(spans as u64, Ordering::Relaxed);
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Empties one endpoint's chunks into its collector until it is stopped, then sends what is left.
pub(crate) struct Export<C> {
    chunks: Chunks,
    collector: C,
    outage: Outage,
    lost: Lost,
    /// Spans that were handed out and are not known to have arrived.
    in_flight: usize,
}

impl<C: Collector> Export<C> {
    /// A queue and its task; `to` names the endpoint in the log.
    pub(crate) fn new(collector: C, to: String, lost: Lost, stop: CancellationToken) -> (Queue, Self) {
        Self::with_capacity(QUEUE, collector, to, lost, stop)
    }

    fn with_capacity(
        capacity: usize,
        collector: C,
        to: String,
        lost: Lost,
        stop: CancellationToken,
    ) -> (Queue, Self) {
        let (queue, chunks, refused) = chunks(capacity, lost.clone(), stop);
        let outage = Outage::new(to, refused);
        (queue, Self { chunks, collector, outage, lost, in_flight: 0 })
    }

    /// Ends when it was stopped and all that was queued then has been sent or lost.
    pub(crate) async fn run(mut self) {
        while let Some(chunk) = self.chunks.next().await {
            let arrived = self.send(&chunk).await;
            self.chunks.give_back(chunk);
            // No one is left to wait for a collector that is not there.
            if !arrived && self.chunks.is_stopped() {
                break;
            }
        }
    }

    /// True if spans arrived.
    async fn send(&mut self, chunk: &Chunk) -> bool {
        self.in_flight = chunk.spans;
        let sent = timeout(EXPORT_TIMEOUT, self.collector.export(chunk)).await;
        let spans = std::mem::take(&mut self.in_flight);
        let rejected = match &sent {
            Ok(Ok(rejected)) => *rejected,
            _ => spans,
        };
        self.lost.add(rejected);
        self.outage.after_export(rejected, self.chunks.left() < CHUNK);
        matches!(sent, Ok(Ok(_)))
    }
}

/// A task that is ended before it could send everything loses the rest.
impl<E> Drop for Export<E> {
    fn drop(&mut self) {
        self.lost.add(self.in_flight + self.chunks.left());
    }
}

#[cfg(test)]
mod tests;
