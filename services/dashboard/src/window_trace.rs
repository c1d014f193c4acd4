//! One trace that holds a window's requests: Jaeger's page shows a trace at a time, and in this one the requests are seen
//! overlapping. Its root is the window, under it are the lanes, under each lane its segments. None of its spans is a request,
//! so that whoever reads it back does not count requests twice.

use meanwhile_proto::attributes::{BLOCKER_SPAN_ID, BLOCKER_TRACE_ID, WAIT_KIND};
use meanwhile_proto::v1::{Blame, GetWindowResponse, Lane, Segment};
use meanwhile_proto::waits::WaitKind;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Link, SpanKind};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};

/// Whose span the window itself is.
const SERVICE: &str = "meanwhile-window";

/// The most spans of one message, but for a lane that has more by itself: Jaeger takes 4 MiB.
const MOST_SPANS: usize = 2_000;

/// The spans of a window's trace.
#[derive(Debug)]
pub struct WindowTrace {
    /// Its id.
    pub id: [u8; 16],
    /// How many spans it has.
    pub spans: usize,
    resources: Vec<ResourceSpans>,
}

impl WindowTrace {
    /// The trace with this id; none where no request is in the window.
    pub fn new(window: &GetWindowResponse, id: [u8; 16]) -> Option<Self> {
        let zero = window.start_time.as_ref().and_then(|time| {
            let seconds = i128::from(time.seconds) * 1_000_000_000;
            u64::try_from(seconds + i128::from(time.nanos)).ok()
        })?;
        let start = window.lanes.iter().map(|lane| lane.start_ns).min()?;
        let end = window.lanes.iter().map(|lane| lane.start_ns.saturating_add(lane.duration_ns)).max()?;
        let mut this = Drawn { id, zero, spans: 0 };
        let root = this.root(window, (start, end));
        let parent = root.span_id.clone();
        let mut resources = vec![resource(SERVICE, vec![root])];
        resources.extend(window.lanes.iter().map(|lane| resource(&lane.service, this.lane(lane, &parent))));
        Some(Self { id, spans: this.spans, resources })
    }

    /// As it is sent.
    pub fn requests(self) -> Vec<ExportTraceServiceRequest> {
        let mut requests: Vec<ExportTraceServiceRequest> = Vec::new();
        let mut left = 0;
        for resource in self.resources {
            let spans = resource.scope_spans.iter().map(|scope| scope.spans.len()).sum();
            match requests.last_mut() {
                Some(request) if spans <= left => request.resource_spans.push(resource),
                _ => {
                    left = MOST_SPANS;
                    requests.push(ExportTraceServiceRequest { resource_spans: vec![resource] });
                }
            }
            left = left.saturating_sub(spans);
        }
        requests
    }
}

/// What spans are made with.
struct Drawn {
    id: [u8; 16],
    /// What the window's times are counted from.
    zero: u64,
    spans: usize,
}

impl Drawn {
    fn span(&mut self, parent: &[u8], name: String, (start, end): (i64, i64)) -> Span {
        self.spans += 1;
        Span {
            trace_id: self.id.to_vec(),
            // Within the trace they are numbers: nobody but this trace knows of them.
            span_id: (self.spans as u64).to_be_bytes().to_vec(),
            parent_span_id: parent.to_vec(),
            name,
            kind: SpanKind::Internal.into(),
            start_time_unix_nano: self.zero.saturating_add_signed(start),
            end_time_unix_nano: self.zero.saturating_add_signed(end),
            ..Span::default()
        }
    }

    fn root(&mut self, window: &GetWindowResponse, time: (i64, i64)) -> Span {
        let mut root = self.span(&[], format!("{} requests", window.lanes.len()), time);
        let figures = window.figures.as_ref();
        let overlap = figures.and_then(|figures| figures.overlap.as_ref());
        root.attributes
            .extend(overlap.map(|overlap| attribute("overlap", Value::DoubleValue(overlap.factor))));
        root.attributes.push(attribute("requests", Value::IntValue(window.total_size.into())));
        root
    }

    fn lane(&mut self, lane: &Lane, root: &[u8]) -> Vec<Span> {
        let end = lane.start_ns.saturating_add(lane.duration_ns);
        let mut span = self.span(root, lane.method.clone(), (lane.start_ns, end));
        span.links.extend(link(&lane.trace_id, &lane.span_id));
        span.status = lane.failed.then(|| Status { code: StatusCode::Error.into(), ..Status::default() });
        let parent = span.span_id.clone();
        let mut spans = vec![span];
        let mut at = lane.start_ns;
        for segment in &lane.segments {
            let from = at;
            at = at.saturating_add(segment.duration_ns);
            spans.push(self.segment(segment, &parent, (from, at)));
        }
        spans
    }

    fn segment(&mut self, segment: &Segment, lane: &[u8], time: (i64, i64)) -> Span {
        let name = match segment.name == segment.kind {
            true => segment.kind.clone(),
            false => format!("{}: {}", segment.kind, segment.name),
        };
        let mut span = self.span(lane, name, time);
        if WaitKind::from_name(&segment.kind).is_some() {
            span.attributes.push(text(WAIT_KIND, &segment.kind));
        }
        if let Some(Blame { trace_id, span_id, .. }) = &segment.blame {
            span.attributes.extend([text(BLOCKER_TRACE_ID, trace_id), text(BLOCKER_SPAN_ID, span_id)]);
            span.links.extend(link(trace_id, span_id));
        }
        span
    }
}

fn resource(service: &str, spans: Vec<Span>) -> ResourceSpans {
    ResourceSpans {
        resource: Some(Resource { attributes: vec![text("service.name", service)], ..Resource::default() }),
        scope_spans: vec![ScopeSpans { spans, ..ScopeSpans::default() }],
        ..ResourceSpans::default()
    }
}

fn link(trace_id: &str, span_id: &str) -> Option<Link> {
    let trace_id = u128::from_str_radix(trace_id, 16).ok()?.to_be_bytes().to_vec();
    let span_id = u64::from_str_radix(span_id, 16).ok()?.to_be_bytes().to_vec();
    Some(Link { trace_id, span_id, ..Link::default() })
}

fn text(key: &str, text: &str) -> KeyValue {
    attribute(key, Value::StringValue(text.to_owned()))
}

fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(lanes: usize) -> GetWindowResponse {
        let segment = |kind: &str| Segment { kind: kind.to_owned(), duration_ns: 5, ..Segment::default() };
        let segments = vec![segment("pool"), segment("self")];
        let lane = Lane { start_ns: -3, duration_ns: 10, segments, ..Lane::default() };
        let start_time = Some(prost_types::Timestamp { seconds: 1, nanos: 0 });
        GetWindowResponse { start_time, lanes: vec![lane; lanes], ..GetWindowResponse::default() }
    }

    #[test]
    fn it_is_sent_in_messages_that_jaeger_takes_and_is_whole() {
        let trace = WindowTrace::new(&window(1_000), [7; 16]).unwrap();
        assert_eq!(trace.spans, 1 + 3 * 1_000);
        let requests = trace.requests();
        let spans = |request: &ExportTraceServiceRequest| {
            let spans = request.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
            spans.map(|scope| scope.spans.len()).sum::<usize>()
        };
        assert!(requests.iter().all(|request| spans(request) <= MOST_SPANS));
        assert_eq!(requests.iter().map(spans).sum::<usize>(), 3_001);
    }

    #[test]
    fn a_window_without_requests_has_none() {
        assert!(WindowTrace::new(&window(0), [7; 16]).is_none());
    }
}
