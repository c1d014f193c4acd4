//! Spans as they come over the wire.

use meanwhile_proto::waits::WaitKind;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::span::{Link, SpanKind};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span as WireSpan};

use crate::otlp::Read;
use crate::{Names, Role, Span, SpanId, SpanRef, TraceId, wait_of};

fn attributes(pairs: &[(&str, &str)]) -> Vec<KeyValue> {
    let value = |text: &str| Some(AnyValue { value: Some(Value::StringValue(text.to_owned())) });
    pairs
        .iter()
        .map(|(key, text)| KeyValue { key: (*key).to_owned(), value: value(text), ..KeyValue::default() })
        .collect()
}

fn wire() -> WireSpan {
    WireSpan {
        trace_id: vec![1; 16],
        span_id: vec![2; 8],
        start_time_unix_nano: 5,
        end_time_unix_nano: 9,
        kind: SpanKind::Client.into(),
        ..WireSpan::default()
    }
}

fn read(span: WireSpan) -> Option<Span> {
    let scope = ScopeSpans { spans: vec![span], ..ScopeSpans::default() };
    let resource = ResourceSpans { scope_spans: vec![scope], ..ResourceSpans::default() };
    let mut read = Read::default();
    read.resource(&resource, &mut Names::default());
    assert_eq!(read.spans.len() + read.invalid, 1);
    read.spans.pop()
}

#[test]
fn ids_of_the_wrong_length_or_of_zeros_are_no_spans() {
    for (trace, span) in
        [(vec![1; 15], vec![2; 8]), (vec![0; 16], vec![2; 8]), (vec![1; 16], vec![0; 8]), (vec![], vec![])]
    {
        assert_eq!(read(WireSpan { trace_id: trace, span_id: span, ..wire() }), None);
    }
}

#[test]
fn a_span_that_ends_before_it_begins_has_no_length() {
    let span = read(WireSpan { end_time_unix_nano: 1, ..wire() }).unwrap();
    assert_eq!((span.start, span.end), (5, 5));
}

#[test]
fn a_blocker_is_read_from_its_attributes_or_from_the_link() {
    let blocker = SpanRef { trace: TraceId([3; 16]), span: SpanId::new(u64::from_be_bytes([4; 8])).unwrap() };
    let says = attributes(&[
        ("meanwhile.wait.kind", "pool"),
        ("meanwhile.blocker.trace_id", "03030303030303030303030303030303"),
        ("meanwhile.blocker.span_id", "0404040404040404"),
    ]);
    assert_eq!(read(WireSpan { attributes: says, ..wire() }).unwrap().blocker(), Some(blocker));
    let links = vec![Link { trace_id: vec![3; 16], span_id: vec![4; 8], ..Link::default() }];
    let wait = attributes(&[("meanwhile.wait.kind", "lock")]);
    assert_eq!(
        read(WireSpan { attributes: wait, links: links.clone(), ..wire() }).unwrap().blocker(),
        Some(blocker)
    );
    assert_eq!(read(WireSpan { links, ..wire() }).unwrap().blocker(), None);
}

#[test]
fn what_a_span_waits_for_is_read_from_conventions_old_and_new() {
    let wait = |role, name: &str, pairs: &[(&str, &'static str)]| {
        wait_of(role, name, |key| pairs.iter().find(|(known, _)| *known == key).map(|(_, text)| *text))
    };
    let client = |pairs: &[(&str, &'static str)]| wait(Role::Client, "call", pairs);
    assert_eq!(client(&[("db.system", "redis")]), Some(WaitKind::Database));
    assert_eq!(client(&[("db.system.name", "postgresql")]), Some(WaitKind::Database));
    assert_eq!(client(&[("http.method", "GET")]), Some(WaitKind::Upstream));
    assert_eq!(client(&[]), Some(WaitKind::Upstream));
    assert_eq!(client(&[("meanwhile.wait.kind", "queue")]), Some(WaitKind::Queue));
    assert_eq!(wait(Role::Internal, "pg-pool.connect", &[]), Some(WaitKind::Pool));
    assert_eq!(wait(Role::Internal, "HikariDataSource.getConnection", &[]), Some(WaitKind::Pool));
    assert_eq!(wait(Role::Producer, "send", &[("messaging.system", "kafka")]), Some(WaitKind::Upstream));
    assert_eq!(wait(Role::Producer, "send", &[]), None);
    assert_eq!(wait(Role::Internal, "render", &[]), None);
    assert_eq!(wait(Role::Server, "GET /", &[("db.system", "x")]), None);
}

/// A receive of an ASGI server's, with the event that it got.
fn receive(event: &[(&str, &str)]) -> Span {
    let attributes = attributes(event);
    let name = "GET /city http receive".to_owned();
    read(WireSpan { kind: SpanKind::Internal.into(), name, attributes, ..wire() }).unwrap()
}

#[test]
fn an_asgi_servers_watch_for_its_client_takes_no_time_of_the_request() {
    assert_eq!(receive(&[("asgi.event.type", "http.request")]).end, 9);
    assert_eq!(receive(&[("asgi.event.type", "http.disconnect")]).end, 5);
    assert_eq!(receive(&[]).end, 5);
}
