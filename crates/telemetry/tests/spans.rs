//! What arrives at a collector: names, kinds, parents, times, attributes and links.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod collector;

use collector::{Arrived, Collector, within_reason};
use http::{HeaderMap, HeaderValue};
use meanwhile_proto::polls::unpack;
use meanwhile_telemetry::{Config, KeyValue, Request, Telemetry, Tracer, WaitKind};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use tonic::Code;

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn start(service: &str, endpoints: &[&Collector]) -> Telemetry {
    let endpoints = endpoints.iter().map(|collector| collector.url.clone()).collect();
    Telemetry::start(Config { service_name: service.into(), endpoints }).unwrap()
}

fn request(tracer: &Tracer) -> Request {
    tracer.server_request("cityscape.v1.Cities/GetCity", &HeaderMap::new(), Vec::new())
}

fn from(parent: &'static str) -> HeaderMap {
    HeaderMap::from_iter([("traceparent".parse().unwrap(), HeaderValue::from_static(parent))])
}

fn hex(id: &[u8]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn is_error(arrived: &Arrived) -> bool {
    arrived.span.status.as_ref().is_some_and(|status| status.code() == StatusCode::Error)
}

#[tokio::test]
async fn a_request_arrives_as_the_callers_child_with_the_rpc_conventions_attributes() {
    let mut collector = Collector::start().await;
    let telemetry = start("meanwhile-data", &[&collector]);
    let attributes = vec![KeyValue::new("server.port", 8081)];
    let request = telemetry.tracer().server_request("cityscape.v1.Cities/GetCity", &from(PARENT), attributes);
    assert_eq!(request.context().trace_id().to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
    request.set_attribute(KeyValue::new("meanwhile.missing_parts", "daylight"));
    request.finish(Code::Ok, None);

    let [arrived] = collector.spans().await;
    assert_eq!(arrived.span.name, "cityscape.v1.Cities/GetCity");
    assert_eq!(arrived.span.kind(), SpanKind::Server);
    assert_eq!(hex(&arrived.span.trace_id), "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(hex(&arrived.span.parent_span_id), "00f067aa0ba902b7");
    assert_eq!(arrived.resource["service.name"], "meanwhile-data");
    for (key, value) in [
        ("rpc.system.name", "grpc"),
        ("rpc.method", "cityscape.v1.Cities/GetCity"),
        ("rpc.response.status_code", "OK"),
        ("rpc.grpc.status_code", "0"),
        ("server.port", "8081"),
        ("meanwhile.missing_parts", "daylight"),
    ] {
        assert_eq!(arrived.attribute(key), Some(value), "{key}");
    }
    assert!(!is_error(&arrived));
}

#[tokio::test]
async fn waits_are_children_within_their_requests_time_and_say_their_kind() {
    let mut collector = Collector::start().await;
    let telemetry = start("meanwhile-data", &[&collector]);
    let request = request(&telemetry.tracer());
    for kind in WaitKind::ALL {
        request.context().wait(kind, format!("wait for {kind}")).end();
    }
    request.finish(Code::Ok, None);

    // By name: the request, then the waits for database, lock, pool, queue, shared and upstream.
    let [parent, waits @ ..] = collector.spans::<7>().await;
    let kinds: Vec<_> = waits.iter().map(|wait| wait.attribute("meanwhile.wait.kind").unwrap()).collect();
    assert_eq!(kinds, ["database", "lock", "pool", "queue", "shared", "upstream"]);
    let clients = waits.iter().filter(|wait| wait.span.kind() == SpanKind::Client);
    assert_eq!(
        clients.map(|wait| wait.span.name.as_str()).collect::<Vec<_>>(),
        ["wait for database", "wait for upstream"]
    );
    for wait in &waits {
        assert_eq!(wait.span.parent_span_id, parent.span.span_id);
        assert_eq!(wait.span.trace_id, parent.span.trace_id);
        assert!(wait.span.kind() == SpanKind::Client || wait.span.kind() == SpanKind::Internal);
        assert!(parent.span.start_time_unix_nano <= wait.span.start_time_unix_nano);
        assert!(wait.span.start_time_unix_nano <= wait.span.end_time_unix_nano);
        assert!(wait.span.end_time_unix_nano <= parent.span.end_time_unix_nano);
    }
}

#[tokio::test]
async fn a_call_to_another_service_is_one_trace_through_the_wait() {
    let mut collector = Collector::start().await;
    let (gateway, data) = (start("meanwhile-gateway", &[&collector]), start("meanwhile-data", &[&collector]));
    let outer = gateway.tracer().server_request("a.Gateway/Call", &HeaderMap::new(), Vec::new());
    let wait = outer.context().wait(WaitKind::Upstream, "b call");
    let mut headers = HeaderMap::new();
    wait.inject(&mut headers);
    data.tracer().server_request("c.Data/Call", &headers, Vec::new()).finish(Code::Ok, None);
    wait.end();
    outer.finish(Code::Ok, None);

    let [outer, wait, inner] = collector.spans().await;
    assert_eq!(outer.span.parent_span_id, Vec::<u8>::new());
    assert_eq!(wait.span.parent_span_id, outer.span.span_id);
    assert_eq!(inner.span.parent_span_id, wait.span.span_id);
    assert_eq!(inner.span.trace_id, outer.span.trace_id);
    let services = [&outer, &wait, &inner].map(|arrived| arrived.resource["service.name"].as_str());
    assert_eq!(services, ["meanwhile-gateway", "meanwhile-gateway", "meanwhile-data"]);
}

#[tokio::test]
async fn a_client_request_is_the_root_client_span_of_a_new_trace() {
    let mut collector = Collector::start().await;
    let telemetry = start("play", &[&collector]);
    let request = telemetry.tracer().client_request("cityscape.v1.Cities/GetCity", Vec::new());
    let mut headers = HeaderMap::new();
    request.context().inject(&mut headers);
    request.finish(Code::NotFound, Some("RESOURCE_NOT_FOUND"));

    let [arrived] = collector.spans().await;
    assert_eq!(arrived.span.kind(), SpanKind::Client);
    assert_eq!(arrived.span.parent_span_id, Vec::<u8>::new());
    let parent = format!("00-{}-{}-01", hex(&arrived.span.trace_id), hex(&arrived.span.span_id));
    assert_eq!(headers["traceparent"], parent);
    assert!(is_error(&arrived), "to a client every code but OK is an error");
    assert_eq!(arrived.attribute("error.type"), Some("NOT_FOUND"));
    assert_eq!(arrived.attribute("meanwhile.error.reason"), Some("RESOURCE_NOT_FOUND"));
}

#[tokio::test]
async fn a_server_span_is_an_error_only_where_the_server_is_at_fault() {
    let mut collector = Collector::start().await;
    let telemetry = start("meanwhile-data", &[&collector]);
    let mut faults = Vec::new();
    for code in (0..=16).map(Code::from_i32) {
        request(&telemetry.tracer()).finish(code, None);
        let [arrived] = collector.spans().await;
        assert_eq!(arrived.attribute("rpc.grpc.status_code"), Some((code as i32).to_string().as_str()));
        let name = arrived.attribute("rpc.response.status_code").unwrap().to_owned();
        assert_eq!(arrived.attribute("error.type"), is_error(&arrived).then_some(name.as_str()));
        if is_error(&arrived) {
            faults.push(name);
        }
    }
    assert_eq!(
        faults,
        ["UNKNOWN", "DEADLINE_EXCEEDED", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"]
    );
}

#[tokio::test]
async fn a_request_that_is_dropped_unfinished_was_cancelled() {
    let mut collector = Collector::start().await;
    let telemetry = start("meanwhile-data", &[&collector]);
    drop(request(&telemetry.tracer()));
    let [arrived] = collector.spans().await;
    assert_eq!(arrived.attribute("rpc.response.status_code"), Some("CANCELLED"));
    assert_eq!(arrived.attribute("meanwhile.error.reason"), Some("CANCELLED"));
    assert!(!is_error(&arrived));
}

#[tokio::test]
async fn an_http_request_has_the_http_conventions_attributes_and_none_of_rpc() {
    let mut collector = Collector::start().await;
    let telemetry = start("almanac", &[&collector]);
    let http = || vec![KeyValue::new("http.request.method", "GET")];
    for status in [200, 404, 503] {
        let request = telemetry.tracer().server_request("GET /daylight", &from(PARENT), http());
        request.finish_http(status);
        let [arrived] = collector.spans().await;
        assert_eq!(arrived.attribute("http.response.status_code"), Some(status.to_string().as_str()));
        assert_eq!(is_error(&arrived), status == 503);
        assert!(!arrived.attributes.keys().any(|key| key.starts_with("rpc.")), "{arrived:?}");
    }
    drop(telemetry.tracer().server_request("GET /daylight", &from(PARENT), http()));
    let [cancelled] = collector.spans().await;
    assert_eq!(cancelled.attribute("meanwhile.error.reason"), Some("CANCELLED"));
}

#[tokio::test]
async fn a_blocker_is_a_link_and_is_repeated_as_attributes() {
    let mut collector = Collector::start().await;
    let telemetry = start("meanwhile-data", &[&collector]);
    let holder = request(&telemetry.tracer());
    let blocked = request(&telemetry.tracer());
    let mut wait = blocked.context().wait(WaitKind::Pool, "a wait");
    wait.blocked_by(&holder.context().span_context());
    wait.end();
    let [wait] = collector.spans().await;
    let blocker = holder.context().span_context();
    assert_eq!(wait.span.links.len(), 1);
    assert_eq!(hex(&wait.span.links[0].span_id), blocker.span_id().to_string());
    assert_eq!(wait.attribute("meanwhile.blocker.trace_id"), Some(blocker.trace_id().to_string().as_str()));
    assert_eq!(wait.attribute("meanwhile.blocker.span_id"), Some(blocker.span_id().to_string().as_str()));
}

#[tokio::test]
async fn a_wait_that_failed_is_an_error_and_one_that_did_not_happen_is_not_there() {
    let mut collector = Collector::start().await;
    let telemetry = start("meanwhile-data", &[&collector]);
    let request = request(&telemetry.tracer());
    request.context().wait(WaitKind::Pool, "discarded").discard();
    let mut wait = request.context().wait(WaitKind::Upstream, "failed");
    wait.fail("timeout");
    wait.set_attribute(KeyValue::new("http.request.method", "GET"));
    drop(wait);
    request.finish(Code::Ok, None);
    telemetry.shutdown().await;

    let [_, wait] = collector.spans().await;
    assert_eq!(wait.span.name, "failed");
    assert!(is_error(&wait));
    assert_eq!(wait.attribute("error.type"), Some("timeout"));
    assert_eq!(wait.attribute("http.request.method"), Some("GET"));
    assert!(collector.rest().is_empty());
}

#[tokio::test]
async fn the_request_carries_the_polls_of_its_future_to_the_last() {
    let mut collector = Collector::start().await;
    let telemetry = start("meanwhile-data", &[&collector]);
    let request = request(&telemetry.tracer());
    let polls = request.polls();
    let call = polls.record(async move {
        tokio::task::yield_now().await;
        request.finish(Code::Ok, None);
    });
    tokio::spawn(call).await.unwrap();
    let [arrived] = collector.spans().await;
    let polls = unpack(arrived.attribute("meanwhile.polls").unwrap()).unwrap();
    assert_eq!(polls.len(), 2);
    let duration = arrived.span.end_time_unix_nano - arrived.span.start_time_unix_nano;
    assert!(polls[1].end <= duration, "{polls:?} in {duration}");
}

#[tokio::test]
async fn every_endpoint_gets_every_span_however_many_there_are() {
    let (mut jaeger, mut dashboard) = (Collector::start().await, Collector::start().await);
    let telemetry = start("meanwhile-data", &[&jaeger, &dashboard]);
    const REQUESTS: usize = 3_000;
    for _ in 0..REQUESTS {
        request(&telemetry.tracer()).finish(Code::Ok, None);
    }
    assert_eq!(telemetry.lost_spans(), 0);
    within_reason(telemetry.shutdown()).await;
    assert_eq!((jaeger.rest().len(), dashboard.rest().len()), (REQUESTS, REQUESTS));
}

#[tokio::test]
async fn an_unsampled_caller_is_obeyed_and_its_trace_is_passed_on() {
    let mut collector = Collector::start().await;
    let telemetry = start("meanwhile-data", &[&collector]);
    let unsampled = from("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00");
    let request = telemetry.tracer().server_request("a.B/C", &unsampled, Vec::new());
    let wait = request.context().wait(WaitKind::Upstream, "call");
    let mut headers = HeaderMap::new();
    wait.inject(&mut headers);
    wait.end();
    request.finish(Code::Ok, None);
    telemetry.shutdown().await;

    let parent = headers["traceparent"].to_str().unwrap();
    assert!(
        parent.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-") && parent.ends_with("-00"),
        "{parent}"
    );
    assert!(collector.rest().is_empty());
}

#[tokio::test]
async fn without_endpoints_there_are_ids_and_the_callers_context_is_passed_on_as_it_came() {
    let telemetry = start("meanwhile-data", &[]);
    let mut incoming = from(PARENT);
    incoming.insert("tracestate", HeaderValue::from_static("vendor=1"));
    let request = telemetry.tracer().server_request("a.B/C", &incoming, Vec::new());
    let wait = request.context().wait(WaitKind::Upstream, "call");
    let (mut by_request, mut by_wait) = (HeaderMap::new(), HeaderMap::new());
    request.context().inject(&mut by_request);
    wait.inject(&mut by_wait);
    assert_eq!((&by_request, &by_wait), (&incoming, &incoming));
    wait.discard();
    request.finish(Code::Ok, None);
    telemetry.shutdown().await;
}

#[tokio::test]
async fn without_endpoints_a_request_without_a_parent_gets_a_trace_of_its_own() {
    let tracer = start("meanwhile-data", &[]).tracer();
    let (one, two) = (request(&tracer).context(), request(&tracer).context());
    assert_ne!(one.trace_id(), two.trace_id());
    let mut headers = HeaderMap::new();
    one.inject(&mut headers);
    let onwards = tracer.server_request("a.B/C", &headers, Vec::new());
    assert_eq!(onwards.context().trace_id(), one.trace_id());
}
