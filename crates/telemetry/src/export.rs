//! Sends a service's spans to one OTLP endpoint: a bounded queue, and the task that empties it. It never holds the
//! service up; what cannot be sent is counted, and said once per outage.

mod batch;
mod outage;
mod queue;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use opentelemetry_otlp::{SpanExporter as OtlpExporter, WithTonicConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tonic::transport::Endpoint as Channel;

use crate::config::Endpoint;
use batch::{BATCH, Batches};
use outage::Outage;
pub(crate) use queue::Queue;

/// Spans that may wait to be sent, per endpoint.
pub(crate) const QUEUE: usize = 65_536;
/// The longest one export may take, its retries included.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(5);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

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

/// An OTLP/gRPC exporter that connects when it first has something to send.
pub(crate) fn otlp(
    endpoint: &Endpoint,
    resource: &Resource,
) -> Result<OtlpExporter, opentelemetry_otlp::ExporterBuildError> {
    let channel = Channel::from(endpoint.uri().clone())
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(EXPORT_TIMEOUT)
        .connect_lazy();
    let mut exporter = OtlpExporter::builder().with_tonic().with_channel(channel).build()?;
    exporter.set_resource(resource);
    Ok(exporter)
}

/// Empties one queue into one exporter until it is stopped, then sends what is left.
pub(crate) struct Export<E> {
    batches: Batches,
    exporter: E,
    outage: Outage,
    lost: Lost,
    /// Spans that left the queue and are not known to have arrived.
    in_flight: usize,
}

impl<E: SpanExporter> Export<E> {
    /// A queue and its task; `to` names the endpoint in the log.
    pub(crate) fn new(exporter: E, to: String, lost: Lost, stop: CancellationToken) -> (Queue, Self) {
        Self::with_capacity(QUEUE, exporter, to, lost, stop)
    }

    fn with_capacity(
        capacity: usize,
        exporter: E,
        to: String,
        lost: Lost,
        stop: CancellationToken,
    ) -> (Queue, Self) {
        let (queue, spans, refused) = Queue::new(capacity, lost.clone());
        let outage = Outage::new(to, refused);
        (queue, Self { batches: Batches::new(spans, stop), exporter, outage, lost, in_flight: 0 })
    }

    /// Ends when it was stopped and all that was queued then has been sent or lost.
    pub(crate) async fn run(mut self) {
        while let Some(batch) = self.batches.next().await {
            let arrived = self.send(batch).await;
            // No one is left to wait for a collector that is not there.
            if !arrived && self.batches.is_stopped() {
                break;
            }
        }
    }

    /// True if the spans arrived.
    async fn send(&mut self, batch: Vec<SpanData>) -> bool {
        self.in_flight = batch.len();
        let arrived = matches!(timeout(EXPORT_TIMEOUT, self.exporter.export(batch)).await, Ok(Ok(())));
        let sent = std::mem::take(&mut self.in_flight);
        let failed = if arrived { 0 } else { sent };
        self.lost.add(failed);
        self.outage.after_export(failed, self.batches.left() < BATCH);
        arrived
    }
}

/// A task that is ended before it could send everything loses the rest.
impl<E> Drop for Export<E> {
    fn drop(&mut self) {
        self.lost.add(self.in_flight + self.batches.left());
    }
}

#[cfg(test)]
mod tests;
