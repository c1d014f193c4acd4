//! One trace that holds a window's requests: Jaeger's page shows a trace at a time, and in this one the requests are seen
//! overlapping. Its root is the window, under it are the lanes, under each lane those of its segments that can be seen.
//! None of its spans is a request, and none is of a service that is there: nobody counts requests twice.

mod span;

use std::collections::BTreeMap;

use meanwhile_proto::attributes::{
    BLOCKER_SPAN_ID, BLOCKER_TRACE_ID, REQUEST_METHOD, REQUEST_SERVICE, REQUEST_SPAN_ID, REQUEST_TRACE_ID,
    SEGMENTS_LEFT_OUT, WAIT_KIND,
};
use meanwhile_proto::v1::{Blame, GetWindowResponse, Lane, Segment};
use meanwhile_proto::waits::WaitKind;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, Span, Status};

use self::span::{double, integer, link, resource, text};

/// Whose span the window itself is.
const SERVICE: &str = "meanwhile-window";

/// Jaeger's page has a colour for each service: so requests are one here, and each kind of segment is.
const REQUEST: &str = "window/request";
const KIND: &str = "window/";

/// The most spans of one message: Jaeger takes 4 MiB.
const MOST_SPANS: usize = 2_000;

/// A segment that is shorter than this part of its lane is not seen beside the others.
const SEEN: i64 = 50;

/// The spans of a window's trace.
#[derive(Debug)]
pub struct WindowTrace {
    /// By the name of the service that each is said to be of.
    spans: Vec<(String, Span)>,
}

impl WindowTrace {
    /// The trace with this id; none where no request is in the window.
    pub fn new(window: &GetWindowResponse, id: [u8; 16]) -> Option<Self> {
        let zero = window.start_time.as_ref().and_then(|time| {
            let seconds = i128::from(time.seconds) * 1_000_000_000;
            u64::try_from(seconds + i128::from(time.nanos)).ok()
        })?;
        let start = window.lanes.iter().map(|lane| lane.start_ns).min()?;
        let end = window.lanes.iter().map(end_ns).max()?;
        let is_of_one = window.lanes.iter().all(|lane| lane.service == window.lanes[0].service);
        let mut drawn = Drawn { id, zero, is_of_one, spans: Vec::new() };
        drawn.window(window, (start, end));
        Some(Self { spans: drawn.spans })
    }

    /// How many spans it has.
    pub fn size(&self) -> usize {
        self.spans.len()
    }

    /// As it is sent.
    pub fn requests(&self) -> impl Iterator<Item = ExportTraceServiceRequest> {
        self.spans.chunks(MOST_SPANS).map(|spans| {
            let mut services: BTreeMap<&str, Vec<Span>> = BTreeMap::new();
            for (service, span) in spans {
                services.entry(service).or_default().push(span.clone());
            }
            let resources = services.into_iter().map(|(service, spans)| resource(service, spans));
            ExportTraceServiceRequest { resource_spans: resources.collect::<Vec<ResourceSpans>>() }
        })
    }
}

/// Draws the spans, one after the other.
struct Drawn {
    id: [u8; 16],
    /// What the window's times are counted from.
    zero: u64,
    /// All requests are of one service: then it is not worth saying.
    is_of_one: bool,
    spans: Vec<(String, Span)>,
}

impl Drawn {
    /// A span that begins and ends then; the others of it are filled in by who asks.
    fn span(&self, parent: &[u8], name: &str, (start, end): (i64, i64)) -> Span {
        Span {
            trace_id: self.id.to_vec(),
            // Within the trace they are numbers: nobody but this trace knows of them.
            span_id: (self.spans.len() as u64 + 1).to_be_bytes().to_vec(),
            parent_span_id: parent.to_vec(),
            name: name.to_owned(),
            kind: SpanKind::Internal.into(),
            start_time_unix_nano: self.zero.saturating_add_signed(start),
            end_time_unix_nano: self.zero.saturating_add_signed(end),
            ..Span::default()
        }
    }

    fn window(&mut self, window: &GetWindowResponse, time: (i64, i64)) {
        let overlap = window.figures.as_ref().and_then(|figures| figures.overlap.as_ref());
        let overlapped = overlap.map(|overlap| format!(", overlap {:.1}", overlap.factor));
        let name = format!("{} requests{}", window.lanes.len(), overlapped.unwrap_or_default());
        let mut root = self.span(&[], &name, time);
        root.attributes.extend(overlap.map(|overlap| double("overlap", overlap.factor)));
        root.attributes.push(integer("requests", window.total_size.into()));
        let parent = root.span_id.clone();
        self.spans.push((SERVICE.to_owned(), root));
        for lane in &window.lanes {
            self.lane(lane, &parent);
        }
    }

    fn lane(&mut self, lane: &Lane, root: &[u8]) {
        let name = match self.is_of_one {
            true => short(&lane.method).to_owned(),
            false => format!("{}, {}", short(&lane.method), lane.service),
        };
        let mut span = self.span(root, &name, (lane.start_ns, end_ns(lane)));
        span.attributes.extend([
            text(REQUEST_TRACE_ID, &lane.trace_id),
            text(REQUEST_SPAN_ID, &lane.span_id),
            text(REQUEST_METHOD, &lane.method),
            text(REQUEST_SERVICE, &lane.service),
        ]);
        let (seen, left_out) = seen(lane);
        span.attributes.push(integer(SEGMENTS_LEFT_OUT, left_out));
        span.links.extend(link(&lane.trace_id, &lane.span_id));
        span.status = lane.failed.then(|| Status { code: StatusCode::Error.into(), ..Status::default() });
        let parent = span.span_id.clone();
        self.spans.push((REQUEST.to_owned(), span));
        for Seen { segment, time } in seen {
            self.segment(segment, &parent, time);
        }
    }

    fn segment(&mut self, segment: &Segment, lane: &[u8], time: (i64, i64)) {
        let mut span = self.span(lane, short(&segment.name), time);
        if WaitKind::from_name(&segment.kind).is_some() {
            span.attributes.push(text(WAIT_KIND, &segment.kind));
        }
        if let Some(Blame { trace_id, span_id, .. }) = &segment.blame {
            span.attributes.extend([text(BLOCKER_TRACE_ID, trace_id), text(BLOCKER_SPAN_ID, span_id)]);
            span.links.extend(link(trace_id, span_id));
        }
        self.spans.push((format!("{KIND}{}", segment.kind), span));
    }
}

fn end_ns(lane: &Lane) -> i64 {
    lane.start_ns.saturating_add(lane.duration_ns)
}

/// A segment as it is drawn, with those like it behind it.
struct Seen<'a> {
    segment: &'a Segment,
    time: (i64, i64),
}

/// The segments that are seen beside one another, and how many are not. Two that are alike are one, where nothing is seen
/// between them. Whom a request waited for is told however short that was.
fn seen(lane: &Lane) -> (Vec<Seen<'_>>, i64) {
    let is_short = |nanos: i64| nanos.saturating_mul(SEEN) < lane.duration_ns;
    let mut seen: Vec<Seen<'_>> = Vec::new();
    let (mut at, mut left_out) = (lane.start_ns, 0);
    for segment in &lane.segments {
        let time = (at, at.saturating_add(segment.duration_ns));
        at = time.1;
        match seen.last_mut() {
            _ if is_short(segment.duration_ns) && segment.blame.is_none() => left_out += 1,
            Some(last) if is_short(time.0 - last.time.1) && are_alike(last.segment, segment) => {
                last.time.1 = time.1;
            }
            _ => seen.push(Seen { segment, time }),
        }
    }
    (seen, left_out)
}

fn are_alike(one: &Segment, other: &Segment) -> bool {
    one.kind == other.kind && one.name == other.name && one.blame == other.blame
}

/// `package.Service/Method` without what is the same for most: Jaeger's page cuts names that are long.
fn short(name: &str) -> &str {
    let is_plain = |text: &str| text.chars().all(|char| char.is_alphanumeric() || "._".contains(char));
    match name.split_once('/') {
        Some((service, method)) if !service.is_empty() && is_plain(service) && is_plain(method) => method,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(lanes: usize) -> GetWindowResponse {
        let segment =
            |kind: &str, duration_ns| Segment { kind: kind.to_owned(), duration_ns, ..Segment::default() };
        let segments = [("pool", 50), ("work", 1), ("self", 30), ("work", 1), ("self", 18)];
        let segments = segments.map(|(kind, duration)| segment(kind, duration)).to_vec();
        let method = "cityscape.v1.Cities/GetCity".to_owned();
        let lane = Lane { start_ns: -3, duration_ns: 100, segments, method, ..Lane::default() };
        let start_time = Some(prost_types::Timestamp { seconds: 1, nanos: 0 });
        GetWindowResponse { start_time, lanes: vec![lane; lanes], ..GetWindowResponse::default() }
    }

    #[test]
    fn it_is_sent_in_messages_that_jaeger_takes_and_is_whole() {
        let trace = WindowTrace::new(&window(1_000), [7; 16]).unwrap();
        assert_eq!(trace.size(), 1 + 3 * 1_000);
        let spans = |request: ExportTraceServiceRequest| {
            let spans = request.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
            spans.map(|scope| scope.spans.len()).sum::<usize>()
        };
        assert_eq!(trace.requests().map(spans).collect::<Vec<_>>(), [MOST_SPANS, 1_001]);
    }

    #[test]
    fn what_would_not_be_seen_is_left_out_and_what_it_parted_is_one() {
        let trace = WindowTrace::new(&window(1), [7; 16]).unwrap();
        let [(_, lane), segments @ ..] = &trace.spans[1..] else { panic!("a lane") };
        assert!(lane.attributes.contains(&integer(SEGMENTS_LEFT_OUT, 2)));
        let zero = 1_000_000_000 - 3;
        let drawn = |(service, span): &(String, Span)| {
            let (start, end) = (span.start_time_unix_nano, span.end_time_unix_nano);
            (service.clone(), start - zero, end - zero)
        };
        let drawn: Vec<_> = segments.iter().map(drawn).collect();
        assert_eq!(drawn, [("window/pool".to_owned(), 0, 50), ("window/self".to_owned(), 51, 100)]);
    }

    #[test]
    fn a_request_is_called_by_its_method_alone() {
        for (name, shown) in [
            ("cityscape.v1.Cities/GetCity", "GetCity"),
            ("GetOverview/city", "city"),
            ("GET /city", "GET /city"),
            ("GET /a/b", "GET /a/b"),
            ("/city", "/city"),
            ("pool", "pool"),
        ] {
            assert_eq!(short(name), shown);
        }
    }

    #[test]
    fn requests_of_several_services_say_which() {
        let mut window = window(2);
        window.lanes[1].service = "shop".to_owned();
        let trace = WindowTrace::new(&window, [7; 16]).unwrap();
        let names = trace.spans.iter().filter(|(service, _)| service == REQUEST).map(|(_, span)| &span.name);
        assert_eq!(names.collect::<Vec<_>>(), ["GetCity, ", "GetCity, shop"]);
    }

    #[test]
    fn a_window_without_requests_has_none() {
        assert!(WindowTrace::new(&window(0), [7; 16]).is_none());
    }
}
