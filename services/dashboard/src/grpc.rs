//! OTLP by gRPC.

use std::sync::Arc;

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::TraceService;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use tonic::{Request, Response, Status};

use crate::store::Store;

/// Takes spans.
#[derive(Debug, Clone)]
pub struct Intake {
    pub store: Arc<Store>,
}

impl Intake {
    /// Keeps the spans of a request, and says how many could not be.
    pub fn take(&self, request: &ExportTraceServiceRequest) -> ExportTraceServiceResponse {
        let invalid = self.store.take(&request.resource_spans);
        let partial_success = (invalid > 0).then(|| ExportTracePartialSuccess {
            rejected_spans: invalid.try_into().unwrap_or(i64::MAX),
            error_message: "spans with ids that are none".to_owned(),
        });
        ExportTraceServiceResponse { partial_success }
    }
}

#[tonic::async_trait]
impl TraceService for Intake {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        Ok(Response::new(self.take(&request.into_inner())))
    }
}
