//! Spans off the wire: OTLP's `ResourceSpans` become [`Span`]s. What cannot be a span (an id of the wrong length, or of
//! zeros alone) is left out and counted; times that make no sense are made to.

use meanwhile_proto::attributes::{BLOCKER_SPAN_ID, BLOCKER_TRACE_ID, POLLS};
use meanwhile_proto::polls;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, Span as WireSpan};

use crate::conventions::is_watch;
use crate::sampling::one_in;
use crate::{Details, Name, Names, Role, Span, SpanId, SpanRef, TraceId, wait_of};

/// What an instance of a service is told by; the first that is there.
const PROCESS: [&str; 4] = ["service.instance.id", "host.id", "host.name", "k8s.pod.name"];

/// Spans as they were read, and how many could not be.
#[derive(Debug, Default)]
pub struct Read {
    /// In the order they came in.
    pub spans: Vec<Span>,
    /// How many were left out.
    pub invalid: usize,
}

impl Read {
    /// Reads the spans of one resource.
    pub fn resource(&mut self, resource: &ResourceSpans, names: &mut Names) {
        let attributes =
            resource.resource.as_ref().map_or(&[][..], |resource: &Resource| &resource.attributes);
        let service = text(attributes, "service.name").unwrap_or("unknown_service");
        let instance = PROCESS.iter().filter_map(|key| text(attributes, key)).collect::<Vec<_>>().join(" ");
        let from = (names.number(service), names.number(&format!("{service} {instance}")));
        for scope in &resource.scope_spans {
            for span in &scope.spans {
                match read(span, from, names) {
                    Some(span) => self.spans.push(span),
                    None => self.invalid += 1,
                }
            }
        }
    }
}

fn read(span: &WireSpan, (service, process): (Name, Name), names: &mut Names) -> Option<Span> {
    let role = role(span);
    let start = span.start_time_unix_nano;
    let wait = wait_of(role, &span.name, |key| text(&span.attributes, key));
    let is_watch = role == Role::Internal && is_watch(&span.name, |key| text(&span.attributes, key));
    Some(Span {
        trace: trace_id(&span.trace_id)?,
        id: span_id(&span.span_id)?,
        parent: span_id(&span.parent_span_id),
        start,
        end: if is_watch { start } else { span.end_time_unix_nano.max(start) },
        service,
        process,
        name: names.number(&span.name),
        role,
        wait,
        // Some exporters send spans that have begun; OTLP has no other word for it than an end of 0.
        open: span.end_time_unix_nano == 0,
        failed: span.status.as_ref().is_some_and(|status| status.code() == StatusCode::Error),
        details: details(span, wait.is_some()),
    })
}

fn role(span: &WireSpan) -> Role {
    match span.kind() {
        SpanKind::Server => Role::Server,
        SpanKind::Client => Role::Client,
        SpanKind::Producer => Role::Producer,
        SpanKind::Consumer => Role::Consumer,
        SpanKind::Unspecified | SpanKind::Internal => Role::Internal,
    }
}

fn details(span: &WireSpan, is_wait: bool) -> Option<Box<Details>> {
    let polls =
        text(&span.attributes, POLLS).and_then(|packed| polls::unpack(packed).ok()).unwrap_or_default();
    let blocker = if is_wait { blocker(span) } else { None };
    let details = Details { one_in: one_in(&span.trace_state), blocker, polls };
    (details != Details::default()).then(|| Box::new(details))
}

/// The attributes repeat the first link; a collector may have dropped either. Another app's links are not about waits.
fn blocker(span: &WireSpan) -> Option<SpanRef> {
    let says = |key| text(&span.attributes, key);
    let said = || {
        let trace = u128::from_str_radix(says(BLOCKER_TRACE_ID)?, 16).ok()?.to_be_bytes();
        let span = u64::from_str_radix(says(BLOCKER_SPAN_ID)?, 16).ok()?.to_be_bytes();
        Some(SpanRef { trace: trace_id(&trace)?, span: span_id(&span)? })
    };
    let linked = || {
        let link = span.links.first().filter(|_| says(meanwhile_proto::attributes::WAIT_KIND).is_some())?;
        Some(SpanRef { trace: trace_id(&link.trace_id)?, span: span_id(&link.span_id)? })
    };
    said().or_else(linked)
}

fn trace_id(bytes: &[u8]) -> Option<TraceId> {
    let id: [u8; 16] = bytes.try_into().ok()?;
    (id != [0; 16]).then_some(TraceId(id))
}

fn span_id(bytes: &[u8]) -> Option<SpanId> {
    SpanId::new(u64::from_be_bytes(bytes.try_into().ok()?))
}

fn text<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a str> {
    let found = attributes.iter().find(|attribute| attribute.key == key)?;
    match &found.value {
        Some(AnyValue { value: Some(Value::StringValue(text)) }) => Some(text),
        _ => None,
    }
}
