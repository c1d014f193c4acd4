//! A dashboard on a free port, and spans to send to it.

use std::net::SocketAddr;

use meanwhile_dashboard::{Config, run};
use meanwhile_proto::v1::timeline_client::TimelineClient;
use meanwhile_proto::v1::{GetIntakeRequest, GetIntakeResponse};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;

/// 2024-01-01.
pub const ZERO: u64 = 1_704_067_200_000_000_000;
pub const MILLI: u64 = 1_000_000;

/// A dashboard that serves.
pub struct Server {
    pub address: SocketAddr,
    stop: CancellationToken,
    running: JoinHandle<Result<(), meanwhile_dashboard::Error>>,
}

impl Server {
    pub async fn start() -> Self {
        Self::with(Config::default()).await
    }

    pub async fn with(config: Config) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
        let running = tokio::spawn(run(config, listener, stop.clone()));
        Self { address, stop, running }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub async fn channel(&self) -> Channel {
        Channel::from_shared(self.url()).unwrap().connect().await.unwrap()
    }

    pub async fn traces(&self) -> TraceServiceClient<Channel> {
        TraceServiceClient::new(self.channel().await)
    }

    pub async fn timeline(&self) -> TimelineClient<Channel> {
        TimelineClient::new(self.channel().await)
    }

    pub async fn intake(&self) -> GetIntakeResponse {
        self.timeline().await.get_intake(GetIntakeRequest {}).await.unwrap().into_inner()
    }

    pub async fn stop(self) {
        self.stop.cancel();
        self.running.await.unwrap().unwrap();
    }
}

/// A request of a service that waits for a connection and for a database; `number` is its trace and when it comes, in
/// milliseconds. It takes ten.
pub fn request(number: u64) -> Vec<Span> {
    let trace = u128::from(number + 1).to_be_bytes().to_vec();
    let span = |id: u8, name: &str, kind: SpanKind, from: u64, to: u64| Span {
        trace_id: trace.clone(),
        span_id: vec![id; 8],
        parent_span_id: if id == 1 { Vec::new() } else { vec![1; 8] },
        name: name.to_owned(),
        kind: kind.into(),
        start_time_unix_nano: ZERO + (number + from) * MILLI,
        end_time_unix_nano: ZERO + (number + to) * MILLI,
        ..Span::default()
    };
    let mut pool = span(2, "pool", SpanKind::Internal, 1, 4);
    pool.attributes = vec![attribute("meanwhile.wait.kind", "pool")];
    let mut database = span(3, "SELECT city", SpanKind::Client, 4, 9);
    database.attributes = vec![attribute("db.system.name", "postgresql")];
    vec![span(1, "GET /city", SpanKind::Server, 0, 10), pool, database]
}

/// Those spans as they are sent.
pub fn export(spans: Vec<Span>) -> ExportTraceServiceRequest {
    let resource = Resource { attributes: vec![attribute("service.name", "shop")], ..Resource::default() };
    let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
    let resource_spans =
        vec![ResourceSpans { resource: Some(resource), scope_spans, ..ResourceSpans::default() }];
    ExportTraceServiceRequest { resource_spans }
}

fn attribute(key: &str, text: &str) -> KeyValue {
    let value = Some(AnyValue { value: Some(Value::StringValue(text.to_owned())) });
    KeyValue { key: key.to_owned(), value, ..KeyValue::default() }
}
