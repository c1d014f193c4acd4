//! An OTLP/gRPC collector in the test's own process: keeps what arrives.

#![allow(dead_code, reason = "each test binary uses its own part of this")]

use std::collections::HashMap;
use std::net::SocketAddr;

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status, async_trait};

/// A span as it arrived, with the attributes of its resource.
#[derive(Debug, Clone)]
pub struct Arrived {
    pub span: Span,
    pub attributes: HashMap<String, String>,
    pub resource: HashMap<String, String>,
}

impl Arrived {
    pub fn attribute(&self, key: &str) -> Option<&str> {
        self.attributes.get(key).map(String::as_str)
    }
}

pub struct Collector {
    pub url: String,
    spans: mpsc::UnboundedReceiver<Arrived>,
    server: JoinHandle<()>,
}

impl Collector {
    pub async fn start() -> Self {
        Self::start_on("127.0.0.1:0".parse().unwrap()).await
    }

    pub async fn start_on(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sender, spans) = mpsc::unbounded_channel();
        let server = tonic::transport::Server::builder()
            .add_service(TraceServiceServer::new(Inbox(sender)))
            .serve_with_incoming(TcpIncoming::from(listener));
        let server = tokio::spawn(async move { server.await.unwrap() });
        Self { url, spans, server }
    }

    /// The next `count` spans, by name. Fails when they do not come.
    pub async fn spans<const COUNT: usize>(&mut self) -> [Arrived; COUNT] {
        let mut spans = Vec::new();
        while spans.len() < COUNT {
            spans.push(within_reason(self.spans.recv()).await.unwrap());
        }
        spans.sort_by(|a, b| a.span.name.cmp(&b.span.name));
        spans.try_into().unwrap()
    }

    /// What has arrived and was not asked for.
    pub fn rest(&mut self) -> Vec<Arrived> {
        std::iter::from_fn(|| self.spans.try_recv().ok()).collect()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Far longer than what is waited for can take; so that a fault fails a test instead of hanging it.
pub async fn within_reason<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(std::time::Duration::from_secs(30), future).await.expect("it never happened")
}

struct Inbox(mpsc::UnboundedSender<Arrived>);

#[async_trait]
impl TraceService for Inbox {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        for group in request.into_inner().resource_spans {
            let resource = named(&group.resource.unwrap_or_default().attributes);
            for span in group.scope_spans.into_iter().flat_map(|scope| scope.spans) {
                let attributes = named(&span.attributes);
                assert_eq!(attributes.len(), span.attributes.len(), "an attribute is there twice: {span:?}");
                let _ = self.0.send(Arrived { attributes, resource: resource.clone(), span });
            }
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

fn named(attributes: &[KeyValue]) -> HashMap<String, String> {
    attributes.iter().map(|kv| (kv.key.clone(), text(kv.value.as_ref()))).collect()
}

fn text(value: Option<&AnyValue>) -> String {
    match value.and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::BoolValue(truth)) => truth.to_string(),
        other => format!("{other:?}"),
    }
}
