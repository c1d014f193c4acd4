//! Ten thousand requests as a service's own SDK sends them: each waits for a connection behind another one, for the database and
//! for a web service. The ones overlap with the others.

use fastrand::Rng;
use meanwhile_proto::attributes::WAIT_KIND;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Link, SpanKind};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};

const MICRO: u64 = 1_000;

/// A request begins so long after the one before: two hundred or so are in flight, and all are still among the last seconds when
/// the browser is there.
pub const APART: u64 = 500 * MICRO;

/// The longest that a request takes.
pub const LONGEST: u64 = 180_000 * MICRO;

/// Requests in one message to the dashboard.
const AT_ONCE: usize = 100;

const METHODS: [&str; 4] = ["GetCity", "GetOverview", "ListCities", "RecordVisit"];

/// The requests, the first of them from `start` on, in nanoseconds since 1970.
pub fn requests(count: usize, start: u64) -> Vec<ExportTraceServiceRequest> {
    let mut load = Load { random: Rng::with_seed(1), holder: None };
    let spans: Vec<Vec<Span>> =
        (0..count).map(|number| load.request(start + number as u64 * APART)).collect();
    spans.chunks(AT_ONCE).map(|some| export(some.concat())).collect()
}

struct Load {
    random: Rng,
    /// The request that the next one waits behind.
    holder: Option<Link>,
}

impl Load {
    fn request(&mut self, start: u64) -> Vec<Span> {
        let method = METHODS[self.random.usize(0..METHODS.len())];
        let took = self.random.u64(20_000 * MICRO..LONGEST);
        let trace = self.random.u128(1..).to_be_bytes().to_vec();
        let root = Span {
            name: format!("cityscape.v1.Cities/{method}"),
            kind: SpanKind::Server.into(),
            ..self.span(&trace, start, start + took)
        };
        let at = |hundredth: u64| start + took / 100 * hundredth;
        let mut wait = |kind, name: String, from, to| Span {
            name,
            kind: if kind == "pool" { SpanKind::Internal } else { SpanKind::Client }.into(),
            parent_span_id: root.span_id.clone(),
            attributes: vec![text(WAIT_KIND, kind)],
            ..self.span(&trace, at(from), at(to))
        };
        let pool = wait("pool", "pool".to_owned(), 2, 20);
        let database = wait("database", format!("{method}.sql"), 20, 55);
        let upstream = wait("upstream", "GET /daylight".to_owned(), 58, 96);
        let pool = Span { links: self.holder.iter().cloned().collect(), ..pool };
        self.holder = Some(Link { trace_id: trace, span_id: root.span_id.clone(), ..Link::default() });
        vec![pool, database, upstream, root]
    }

    fn span(&mut self, trace: &[u8], start: u64, end: u64) -> Span {
        Span {
            trace_id: trace.to_vec(),
            span_id: self.random.u64(1..).to_be_bytes().to_vec(),
            start_time_unix_nano: start,
            end_time_unix_nano: end,
            ..Span::default()
        }
    }
}

fn export(spans: Vec<Span>) -> ExportTraceServiceRequest {
    let resource = ResourceSpans {
        resource: Some(Resource { attributes: vec![text("service.name", "sample")], ..Resource::default() }),
        scope_spans: vec![ScopeSpans { spans, ..ScopeSpans::default() }],
        ..ResourceSpans::default()
    };
    ExportTraceServiceRequest { resource_spans: vec![resource] }
}

fn text(key: &str, text: &str) -> KeyValue {
    let value = Some(AnyValue { value: Some(Value::StringValue(text.to_owned())) });
    KeyValue { key: key.to_owned(), value, ..KeyValue::default() }
}
