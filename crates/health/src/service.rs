//! grpc.health.v1 over the current value. Unlike tonic-health's own service, a watch of a name that nobody serves stays
//! open and tells when somebody does, as the protocol has it (SERVICE_UNKNOWN); and all names change at once.

use std::pin::Pin;
use std::sync::Arc;

use futures_util::{Stream, StreamExt, stream};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response};
use tonic_health::pb::health_server::{Health, HealthServer};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use crate::{Changes, Current};
pub use tonic_health::pb::health_check_response::ServingStatus as Status;

/// The longest request; it holds a name.
const MAX_REQUEST: usize = 16 * 1024;

/// A value that health can be read off.
pub trait Statuses: Send + Sync + 'static {
    /// How a service is, or whatever else has a name; "" is the process itself. None where nobody has that name.
    fn status(&self, name: &str) -> Option<Status>;
}

/// What a watch says, one by one.
pub type Reports = Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, tonic::Status>> + Send>>;

/// The service.
#[derive(Debug)]
pub struct HealthService<T> {
    current: Arc<Current<T>>,
    end: CancellationToken,
}

impl<T: Statuses> HealthService<T> {
    /// Its watches end with `end`, so that they do not hold up draining; what changed before is told first.
    pub fn new(current: Arc<Current<T>>, end: CancellationToken) -> Self {
        Self { current, end }
    }

    /// Ready to be served.
    pub fn server(self) -> HealthServer<Self> {
        HealthServer::new(self).max_decoding_message_size(MAX_REQUEST)
    }
}

#[tonic::async_trait]
impl<T: Statuses> Health for HealthService<T> {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, tonic::Status> {
        match self.current.load().status(&request.get_ref().service) {
            Some(status) => Ok(Response::new(HealthCheckResponse { status: status.into() })),
            None => Err(tonic::Status::not_found("there is no service of that name")),
        }
    }

    type WatchStream = Reports;

    async fn watch(&self, request: Request<HealthCheckRequest>) -> Result<Response<Reports>, tonic::Status> {
        let name = request.into_inner().service;
        let statuses = statuses(self.current.clone(), name, self.end.clone());
        Ok(Response::new(reports(statuses)))
    }
}

/// Statuses as a watch says them: each that differs from the one before.
pub fn reports(statuses: impl Stream<Item = Status> + Send + 'static) -> Reports {
    let mut told = None;
    let news = statuses.filter(move |status| std::future::ready(told.replace(*status) != Some(*status)));
    Box::pin(news.map(|status| Ok(HealthCheckResponse { status: status.into() })))
}

/// The status of `name`, now and after each change, until `end`.
fn statuses<T: Statuses>(
    current: Arc<Current<T>>,
    name: String,
    end: CancellationToken,
) -> impl Stream<Item = Status> + Send {
    let changes = current.changes();
    // From before the first look, so that nothing is missed.
    stream::unfold(Some((current, name, end, changes, true)), |watch| async move {
        let (current, name, end, mut changes, is_first) = watch?;
        let ends = !is_first && ended(&end, &mut changes).await;
        let status = current.load().status(&name).unwrap_or(Status::ServiceUnknown);
        Some((status, (!ends).then_some((current, name, end, changes, false))))
    })
}

/// Waits for a change, or for the end: then true.
async fn ended(end: &CancellationToken, changes: &mut Changes) -> bool {
    tokio::select! {
        () = changes.next() => false,
        () = end.cancelled() => true,
    }
}

#[cfg(test)]
mod tests;
