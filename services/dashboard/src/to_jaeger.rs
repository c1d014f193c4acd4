//! Windows that are sent to a Jaeger, each as one trace of its own.

use std::time::Duration;

use http::Uri;
use meanwhile_proto::v1::{GetWindowResponse, SendWindowResponse};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use tokio::time::timeout;
use tonic::Status;
use tonic::transport::{Channel, Endpoint};

use crate::window_trace::WindowTrace;

/// The longest that the spans may take to go there.
const BOUND: Duration = Duration::from_secs(10);

/// The most requests of one trace: Jaeger's page draws a row for each of its spans.
pub const MOST_REQUESTS: i32 = 1_000;

/// Where windows are sent: an OTLP/gRPC endpoint.
#[derive(Debug, Clone)]
pub struct ToJaeger {
    channel: Channel,
    bound: Duration,
}

impl ToJaeger {
    /// Nothing is opened before a window is sent.
    pub(crate) fn at(url: Uri) -> Self {
        Self::over(Endpoint::from(url).connect_timeout(BOUND).connect_lazy(), BOUND)
    }

    /// Over a channel of the caller's; `bound` is the longest that a window's spans may take.
    pub fn over(channel: Channel, bound: Duration) -> Self {
        Self { channel, bound }
    }

    /// Sends that window as a new trace.
    ///
    /// # Errors
    /// NOT_FOUND where no request of it has ended, UNAVAILABLE where the spans were not taken.
    pub async fn send(&self, window: &GetWindowResponse) -> Result<SendWindowResponse, Status> {
        let id = fastrand::u128(1..);
        let trace = WindowTrace::new(window, id.to_be_bytes());
        let trace = trace.ok_or_else(|| Status::not_found("no request of that window has ended"))?;
        let mut jaeger = TraceServiceClient::new(self.channel.clone());
        let sent = timeout(self.bound, async {
            for request in trace.requests() {
                jaeger.export(request).await?;
            }
            Ok::<_, Status>(())
        });
        let away = |reason: &str| Status::unavailable(format!("Jaeger did not take the spans: {reason}"));
        sent.await.map_err(|_| away("it took too long"))?.map_err(|error| away(error.message()))?;
        let number = |number: usize| number.try_into().unwrap_or(i32::MAX);
        Ok(SendWindowResponse {
            trace_id: format!("{id:032x}"),
            requests: number(window.lanes.len()),
            total_size: window.total_size,
            spans: number(trace.size()),
        })
    }
}
