//! What real instrumentations sent (fixtures/README.md): the time of their calls goes into the kind that it was.

use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, TracesData};

use crate::otlp::Read;
use crate::{Alone, Kind, Names, Options, Role, Span, Timeline};

/// A recording, and for each name of its CLIENT spans what they wait for.
struct Recorded {
    json: &'static str,
    kinds: &'static [(&'static str, Kind)],
}

const QUART: Recorded = Recorded {
    json: include_str!("../../fixtures/quart.json"),
    kinds: &[("SELECT", Kind::Database), ("GET", Kind::Upstream)],
};

const FLASK: Recorded = Recorded {
    json: include_str!("../../fixtures/flask.json"),
    kinds: &[("SELECT", Kind::Database), ("GET", Kind::Upstream)],
};

const NODE: Recorded = Recorded {
    json: include_str!("../../fixtures/node.json"),
    kinds: &[
        ("pg.connect", Kind::Database),
        ("pg.query:SELECT app", Kind::Database),
        ("GET", Kind::Upstream),
    ],
};

const GO: Recorded =
    Recorded { json: include_str!("../../fixtures/go.json"), kinds: &[("HTTP GET", Kind::Upstream)] };

const JAVA: Recorded =
    Recorded { json: include_str!("../../fixtures/java.json"), kinds: &[("GET", Kind::Upstream)] };

const TONIC: Recorded =
    Recorded { json: include_str!("../../fixtures/tonic.json"), kinds: &[("GetCity", Kind::Database)] };

impl Recorded {
    fn resources(&self) -> Vec<ResourceSpans> {
        serde_json::from_str::<TracesData>(self.json).unwrap().resource_spans
    }

    fn timeline(&self) -> (Timeline, Names) {
        timeline(&self.resources())
    }

    /// Of the time of calls whose other side is not here, the part that lies in the declared kind's segments.
    fn told(&self) -> f64 {
        let (timeline, names) = self.timeline();
        let (mut all, mut told) = (0, 0);
        for lane in timeline.lanes() {
            let request = &timeline.spans()[lane.span as usize];
            let is_call = |span: &&Span| span.role == Role::Client && span.trace == request.trace;
            for call in timeline.spans().iter().filter(is_call) {
                let is_answered = |other: &Span| other.parent == Some(call.id) && other.is_request();
                if timeline.spans().iter().any(is_answered) {
                    continue;
                }
                let name = names.text(call.name);
                let (_, kind) =
                    self.kinds.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("{name}"));
                all += call.end - call.start;
                let segments = timeline.segments(lane).iter().filter(|segment| segment.kind == *kind);
                told += segments
                    .map(|segment| segment.end.min(call.end).saturating_sub(segment.start.max(call.start)))
                    .sum::<u64>();
            }
        }
        assert!(all > 0);
        told as f64 / all as f64
    }
}

fn timeline(resources: &[ResourceSpans]) -> (Timeline, Names) {
    let (mut read, mut names) = (Read::default(), Names::default());
    for resource in resources {
        read.resource(resource, &mut names);
    }
    assert_eq!(read.invalid, 0);
    (Timeline::new(read.spans, Options::default()), names)
}

#[test]
fn the_time_of_real_instrumentations_calls_is_told_as_what_it_was() {
    let told =
        [("quart", QUART), ("flask", FLASK), ("node", NODE), ("go", GO), ("java", JAVA), ("tonic", TONIC)]
            .map(|(name, recorded)| (name, recorded.told()));
    assert!(told.iter().all(|(_, told)| *told >= 0.95), "{told:?}");
}

#[test]
fn of_the_recorded_requests_those_overlap_that_did() {
    let overlap = |recorded: Recorded| {
        let (timeline, _) = recorded.timeline();
        let window = timeline.window(0..u64::MAX);
        window.figures(&Alone::default()).overlap.unwrap().factor()
    };
    assert!(overlap(FLASK) < 1.01);
    for recorded in [QUART, NODE, GO, JAVA, TONIC] {
        assert!(overlap(recorded) > 1.5);
    }
}

/// The same as a sampler that keeps one trace in four would have sent it.
fn sampled() -> Vec<ResourceSpans> {
    let mut resources = QUART.resources();
    let scopes = resources.iter_mut().flat_map(|resource| &mut resource.scope_spans);
    for span in scopes.flat_map(|scope| &mut scope.spans) {
        span.trace_state = "ot=th:c".to_owned();
    }
    resources
}

#[test]
fn a_recording_of_a_sampler_says_so_and_withholds_what_is_not_known() {
    let (timeline, _) = timeline(&sampled());
    let figures = timeline.window(0..u64::MAX).figures(&Alone::default());
    assert_eq!((figures.requests, figures.one_in), (3, 4));
    assert!(figures.overlap.is_none() && figures.order.is_none() && figures.waited.is_none());
}
