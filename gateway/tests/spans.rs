//! What a collector sees of a call.
#![allow(clippy::unwrap_used, reason = "tests")]

mod world;

use std::collections::HashMap;
use std::future::pending;
use std::sync::Arc;

use meanwhile_proto::errors::{Reason, status};
use meanwhile_transport::{ServeLimits, serve};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};
use world::{GET, SAVE, World, data_service, empty, full, listen, ok, within_reason};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const NAME: &str = "test.v1.Cities/GetCity";

struct Collector {
    url: String,
    spans: mpsc::UnboundedReceiver<Span>,
}

struct Inbox(mpsc::UnboundedSender<Span>);

#[tonic::async_trait]
impl TraceService for Inbox {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let groups = request.into_inner().resource_spans.into_iter();
        let spans = groups.flat_map(|group| group.scope_spans).flat_map(|scope| scope.spans);
        spans.for_each(|span| drop(self.0.send(span)));
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

impl Collector {
    async fn start() -> Self {
        let listener = listen().await;
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sender, spans) = mpsc::unbounded_channel();
        let service = TraceServiceServer::new(Inbox(sender));
        tokio::spawn(serve(listener, service, ServeLimits::default(), CancellationToken::new()));
        Self { url, spans }
    }

    /// The spans up to the next request span, which ends last; that one first.
    async fn call(&mut self) -> Vec<Span> {
        let mut spans = Vec::new();
        while spans.iter().all(|span: &Span| span.kind() != SpanKind::Server) {
            spans.push(within_reason(self.spans.recv()).await.unwrap());
        }
        spans.reverse();
        spans
    }
}

fn attributes(span: &Span) -> HashMap<&str, String> {
    let text = |value: &Value| match value {
        Value::StringValue(text) => text.clone(),
        other => format!("{other:?}"),
    };
    let value = |kv: &opentelemetry_proto::tonic::common::v1::KeyValue| {
        kv.value.as_ref().and_then(|value| value.value.as_ref()).map(text).unwrap_or_default()
    };
    span.attributes.iter().map(|kv| (kv.key.as_str(), value(kv))).collect()
}

fn hex(id: &[u8]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn a_call_is_the_callers_child_and_the_data_service_the_waits() {
    let mut collector = Collector::start().await;
    let (sender, mut seen) = mpsc::unbounded_channel();
    let data = data_service(move |request| {
        sender.send(request.headers()["traceparent"].to_str().unwrap().to_owned()).unwrap();
        async { ok("city") }
    })
    .await;
    let world = World::start_recorded(data, vec![collector.url.clone()], |_| {}).await;
    let mut request = world.request(GET, full(b"x"));
    let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    request.headers_mut().insert("traceparent", parent.parse().unwrap());
    world.send(request).await;

    let spans = collector.call().await;
    let [call, upstream] = spans.as_slice() else { panic!("{spans:?}") };
    assert_eq!((call.name.as_str(), upstream.name.as_str()), (NAME, NAME));
    assert_eq!((call.kind(), upstream.kind()), (SpanKind::Server, SpanKind::Client));
    assert_eq!((hex(&call.trace_id), hex(&call.parent_span_id)), (TRACE.into(), "00f067aa0ba902b7".into()));
    assert_eq!(upstream.parent_span_id, call.span_id);
    assert_eq!(seen.recv().await.unwrap(), format!("00-{TRACE}-{}-01", hex(&upstream.span_id)));
    assert_eq!(attributes(upstream)["meanwhile.wait.kind"], "upstream");
    assert_eq!(attributes(call)["rpc.response.status_code"], "OK");
    assert!(attributes(call).contains_key("meanwhile.polls"));
    let (call, upstream) = (
        (call.start_time_unix_nano, call.end_time_unix_nano),
        (upstream.start_time_unix_nano, upstream.end_time_unix_nano),
    );
    assert!(call.0 <= upstream.0 && upstream.1 <= call.1);
}

#[tokio::test]
async fn an_errors_code_and_reason_are_on_the_span() {
    let mut collector = Collector::start().await;
    let data = data_service(|_| async {
        status(Reason::ResourceNotFound, "no such city", &[]).into_http::<Option<()>>().map(|_| empty())
    })
    .await;
    let world = World::start_recorded(data, vec![collector.url.clone()], |_| {}).await;
    world.call(GET, b"x").await;
    let spans = collector.call().await;
    assert_eq!(attributes(&spans[0])["rpc.response.status_code"], "NOT_FOUND");
    assert_eq!(attributes(&spans[0])["meanwhile.error.reason"], "RESOURCE_NOT_FOUND");
    assert_eq!(attributes(&spans[1])["error.type"], "RESOURCE_NOT_FOUND");
}

#[tokio::test]
async fn a_client_that_leaves_is_cancelled_and_a_late_reply_is_deadline_exceeded() {
    let mut collector = Collector::start().await;
    let arrived = Arc::new(Notify::new());
    let arrival = arrived.clone();
    let data = data_service(move |_| {
        arrival.notify_one();
        pending()
    })
    .await;
    let world = World::start_recorded(data, vec![collector.url.clone()], |_| {}).await;
    let (client, request) = (world.client.clone(), world.request(SAVE, full(b"x")));
    let call = tokio::spawn(async move { client.send(request).await });
    within_reason(arrived.notified()).await;
    call.abort();
    let cancelled = collector.call().await;
    assert_eq!(attributes(&cancelled[0])["rpc.response.status_code"], "CANCELLED");
    assert_eq!(cancelled.len(), 2);

    world.call_within("50m", SAVE).await;
    let late = collector.call().await;
    assert_eq!(attributes(&late[0])["rpc.response.status_code"], "DEADLINE_EXCEEDED");
    assert_eq!(attributes(&late[1])["error.type"], "DEADLINE_EXCEEDED");
}

#[tokio::test]
async fn an_unknown_method_does_not_name_its_span() {
    let mut collector = Collector::start().await;
    let data = data_service(|_| async { ok("") }).await;
    let world = World::start_recorded(data, vec![collector.url.clone()], |_| {}).await;
    world.call("/test.v1.Cities/Nope", b"x").await;
    let spans = collector.call().await;
    assert_eq!(spans[0].name, "_OTHER");
    assert_eq!(attributes(&spans[0])["rpc.method_original"], "test.v1.Cities/Nope");
    assert_eq!(attributes(&spans[0])["meanwhile.error.reason"], "METHOD_UNKNOWN");
}

#[tokio::test]
async fn only_a_call_that_waits_for_its_turn_has_a_queue_wait_and_no_other_waits_overlap() {
    let mut collector = Collector::start().await;
    let (arrived, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (arrival, gate) = (arrived.clone(), go_on.clone());
    let data = data_service(move |_| {
        let (arrival, gate) = (arrival.clone(), gate.clone());
        async move {
            arrival.notify_one();
            gate.notified().await;
            ok("done")
        }
    })
    .await;
    let world =
        World::start_recorded(data, vec![collector.url.clone()], |config| config.one_at_a_time = true).await;
    let first = world.client.send(world.request(GET, full(b"x")));
    let second = async {
        within_reason(arrived.notified()).await;
        let second = world.client.send(world.request(GET, full(b"x")));
        let go_on = async {
            world.call("/test.v1.Cities/Nope", b"x").await;
            go_on.notify_one();
            within_reason(arrived.notified()).await;
            go_on.notify_one();
        };
        tokio::join!(second, go_on).0
    };
    let (first, second) = within_reason(async { tokio::join!(read(first), read(second)) }).await;
    assert_eq!((first, second), ("done".into(), "done".into()));

    let mut kinds = Vec::new();
    let mut upstream = Vec::new();
    while upstream.len() < 2 {
        for span in collector.call().await.iter().filter(|span| span.kind() != SpanKind::Server) {
            let kind = attributes(span)["meanwhile.wait.kind"].clone();
            if kind == "upstream" {
                upstream.push((span.start_time_unix_nano, span.end_time_unix_nano));
            }
            kinds.push(kind);
        }
    }
    kinds.sort();
    assert_eq!(kinds, ["queue", "upstream", "upstream"]);
    upstream.sort_unstable();
    assert!(upstream[0].1 <= upstream[1].0, "{upstream:?}");
}

async fn read(
    response: impl Future<
        Output = Result<http::Response<meanwhile_transport::ClientBody>, meanwhile_transport::SendError>,
    >,
) -> bytes::Bytes {
    use http_body_util::BodyExt;
    response.await.unwrap().into_body().collect().await.unwrap().to_bytes()
}
