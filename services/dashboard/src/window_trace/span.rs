//! OTLP's messages, as far as a window's trace is made of them.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::Link;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};

pub fn resource(service: &str, spans: Vec<Span>) -> ResourceSpans {
    ResourceSpans {
        resource: Some(Resource { attributes: vec![text("service.name", service)], ..Resource::default() }),
        scope_spans: vec![ScopeSpans { spans, ..ScopeSpans::default() }],
        ..ResourceSpans::default()
    }
}

/// None where the ids are none.
pub fn link(trace_id: &str, span_id: &str) -> Option<Link> {
    let trace_id = u128::from_str_radix(trace_id, 16).ok()?.to_be_bytes().to_vec();
    let span_id = u64::from_str_radix(span_id, 16).ok()?.to_be_bytes().to_vec();
    Some(Link { trace_id, span_id, ..Link::default() })
}

pub fn text(key: &str, text: &str) -> KeyValue {
    attribute(key, Value::StringValue(text.to_owned()))
}

pub fn integer(key: &str, number: i64) -> KeyValue {
    attribute(key, Value::IntValue(number))
}

pub fn double(key: &str, number: f64) -> KeyValue {
    attribute(key, Value::DoubleValue(number))
}

fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}
