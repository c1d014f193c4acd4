//! What holds for any spans: lost parents, circles, duplicates, spans of no length, clocks that disagree.

use meanwhile_proto::polls::Poll;
use meanwhile_proto::waits::WaitKind;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::{Details, Names, Options, Role, Span, SpanId, SpanRef, Timeline, TraceId};

const ROLES: [Role; 5] = [Role::Internal, Role::Server, Role::Client, Role::Producer, Role::Consumer];

fn reference() -> impl Strategy<Value = SpanRef> {
    (1..4_u128, 1..12_u64)
        .prop_map(|(trace, span)| SpanRef { trace: TraceId(trace.to_be_bytes()), span: SpanId(span) })
}

fn polls() -> impl Strategy<Value = Vec<Poll>> {
    prop::collection::vec((0..20_u64, 0..5_u64, 0..5_u64), 0..4).prop_map(|steps| {
        let mut at = 0;
        let poll = |(idle, scheduled, busy)| {
            let woken = at + idle;
            at = woken + scheduled + busy;
            Poll { woken, start: woken + scheduled, end: at }
        };
        steps.into_iter().map(poll).collect()
    })
}

fn span() -> impl Strategy<Value = Span> {
    let times = (prop_oneof![0..100_u64, Just(u64::MAX - 50)], 0..50_u64);
    let what = (prop::sample::select(&ROLES[..]), prop::option::of(prop::sample::select(&WaitKind::ALL[..])));
    let tree = (reference(), prop::option::of(1..12_u64), 0..3_u8);
    (tree, times, what, prop::option::of(reference()), polls()).prop_map(
        |((itself, parent, service), (start, length), (role, wait), blocker, polls)| {
            let service = Names::default().number(["a", "b", "c"][service as usize]);
            Span {
                trace: itself.trace,
                id: itself.span,
                parent: parent.map(SpanId),
                start,
                end: start.saturating_add(length),
                service,
                process: service,
                name: service,
                role,
                wait,
                failed: false,
                details: Some(Box::new(Details { blocker, polls })),
            }
        },
    )
}

fn any_spans() -> impl Strategy<Value = Vec<Span>> {
    prop::collection::vec(span(), 0..40)
}

proptest! {
    #[test]
    fn segments_follow_one_another_from_the_lanes_start_to_its_end(spans in any_spans()) {
        let timeline = Timeline::new(spans, Options::default());
        for lane in timeline.lanes() {
            let mut at = lane.start;
            for segment in timeline.segments(lane) {
                prop_assert_eq!(segment.start, at);
                prop_assert!(segment.end > segment.start);
                at = segment.end;
            }
            prop_assert_eq!(at, lane.end);
        }
    }

    #[test]
    fn the_order_of_spans_does_not_matter(spans in any_spans(), swaps in prop::collection::vec(any::<(Index, Index)>(), 0..40)) {
        let mut other = spans.clone();
        for (a, b) in swaps.iter().filter(|_| !spans.is_empty()) {
            other.swap(a.index(spans.len()), b.index(spans.len()));
        }
        let (one, other) = (Timeline::new(spans, Options::default()), Timeline::new(other, Options::default()));
        prop_assert_eq!(one.spans(), other.spans());
        prop_assert_eq!(one.lanes(), other.lanes());
        for lane in one.lanes() {
            prop_assert_eq!(one.segments(lane), other.segments(lane));
        }
    }

    #[test]
    fn blame_always_ends(spans in any_spans()) {
        let timeline = Timeline::new(spans, Options::default());
        for span in 0..timeline.spans().len() as u32 {
            prop_assert_eq!(timeline.blocker(span).is_some(), timeline.root_blocker(span).is_some());
        }
    }

    #[test]
    fn every_lanes_spans_are_its_own(spans in any_spans()) {
        let timeline = Timeline::new(spans, Options::default());
        for (place, lane) in timeline.lanes().iter().enumerate() {
            prop_assert_eq!(timeline.lane_of(lane.span), Some(place));
            for segment in timeline.segments(lane) {
                prop_assert_eq!(timeline.lane_of(segment.span), Some(place));
            }
        }
    }
}

/// A request with many children: the walk must not look at all of them for each.
#[test]
fn a_request_of_many_spans_is_cut_in_one_piece() {
    let mut names = Names::default();
    let service = names.number("s");
    let span = |id: u64, parent: Option<u64>, start: u64, end: u64| Span {
        trace: TraceId([1; 16]),
        id: SpanId(id),
        parent: parent.map(SpanId),
        start,
        end,
        service,
        process: service,
        name: service,
        role: if parent.is_none() { Role::Server } else { Role::Client },
        wait: parent.map(|_| WaitKind::Database),
        failed: false,
        details: None,
    };
    let count = 20_000;
    let overlapping = (2..count).map(|id| span(id, Some(1), id, 3 * count - id));
    let chain = (2..count).map(|id| span(id, Some(id - 1), id, 3 * count - id));
    for children in [overlapping.collect::<Vec<_>>(), chain.collect()] {
        let mut spans = vec![span(1, None, 0, 3 * count)];
        spans.extend(children);
        let timeline = Timeline::new(spans, Options::default());
        let lane = &timeline.lanes()[0];
        let total: u64 = timeline.segments(lane).iter().map(|segment| segment.duration()).sum();
        assert_eq!(total, 3 * count);
    }
}
