//! The SDK's end of an export: takes each span as it ends, without waiting and without a lock of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use tokio::sync::mpsc;

use super::Lost;
use crate::wait::DISCARDED;

/// Spans that one queue had to refuse.
pub(super) type Refused = Arc<AtomicU64>;

/// A bounded queue; a span that finds it full, or closed, is lost and counted.
#[derive(Debug)]
pub(crate) struct Queue {
    spans: mpsc::Sender<SpanData>,
    refused: Refused,
    lost: Lost,
}

impl Queue {
    pub(super) fn new(capacity: usize, lost: Lost) -> (Self, mpsc::Receiver<SpanData>, Refused) {
        let (sender, receiver) = mpsc::channel(capacity);
        let refused = Refused::default();
        (Self { spans: sender, refused: Arc::clone(&refused), lost }, receiver, refused)
    }
}

impl SpanProcessor for Queue {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        if span.end_time == DISCARDED {
            return;
        }
        if self.spans.try_send(span).is_err() {
            self.refused.fetch_add(1, Ordering::Relaxed);
            self.lost.add(1);
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
