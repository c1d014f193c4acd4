//! What holds for any spans: lost parents, circles, duplicates, spans of no length, clocks that disagree.

use meanwhile_proto::polls::Poll;
use meanwhile_proto::waits::WaitKind;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::{Alone, Details, Name, Names, Options, Role, Span, SpanId, SpanRef, Timeline, TraceId};

const ROLES: [Role; 5] = [Role::Internal, Role::Server, Role::Client, Role::Producer, Role::Consumer];

fn services() -> Vec<Name> {
    let mut names = Names::default();
    ["a", "b", "c"].map(|name| names.number(name)).into()
}

/// Moments of any year from 1970 to 2554.
fn moment() -> impl Strategy<Value = u64> {
    const YEAR_2262: u64 = i64::MAX as u64;
    prop_oneof![6 => 0..100_u64, 1 => Just(YEAR_2262), 1 => Just(u64::MAX - 50), 1 => any::<u64>()]
}

fn options() -> impl Strategy<Value = Options> {
    let service = prop::option::of(prop::sample::select(services()));
    let told = (service, prop::option::of(moment()), prop::option::of(0..3_u32));
    told.prop_map(|(service, now, one_in)| Options { service, now, one_in })
}

fn reference() -> impl Strategy<Value = SpanRef> {
    (1..4_u128, 1..12_u64).prop_map(|(trace, span)| SpanRef {
        trace: TraceId(trace.to_be_bytes()),
        span: SpanId::new(span).unwrap(),
    })
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
    let times = (moment(), prop_oneof![9 => 0..50_u64, 1 => any::<u64>()]);
    let what = (prop::sample::select(&ROLES[..]), prop::option::of(prop::sample::select(&WaitKind::ALL[..])));
    let tree = (reference(), prop::option::of(1..12_u64), prop::sample::select(services()), any::<bool>());
    (tree, times, what, prop::option::of(reference()), polls()).prop_map(
        |((itself, parent, service, open), (start, length), (role, wait), blocker, polls)| Span {
            trace: itself.trace,
            id: itself.span,
            parent: parent.and_then(SpanId::new),
            start,
            end: start.saturating_add(length),
            service,
            process: service,
            name: service,
            role,
            wait,
            failed: false,
            open,
            details: Some(Box::new(Details { blocker, polls, ..Details::default() })),
        },
    )
}

fn any_spans() -> impl Strategy<Value = Vec<Span>> {
    prop::collection::vec(span(), 0..40)
}

proptest! {
    #[test]
    fn segments_follow_one_another_from_the_lanes_start_to_its_end(spans in any_spans(), options in options()) {
        let timeline = Timeline::new(spans, options);
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
    fn the_order_of_spans_does_not_matter(spans in any_spans(), options in options(), swaps in prop::collection::vec(any::<(Index, Index)>(), 0..40)) {
        let mut other = spans.clone();
        for (a, b) in swaps.iter().filter(|_| !spans.is_empty()) {
            other.swap(a.index(spans.len()), b.index(spans.len()));
        }
        let (one, other) = (Timeline::new(spans, options), Timeline::new(other, options));
        prop_assert_eq!(one.spans(), other.spans());
        prop_assert_eq!(one.lanes(), other.lanes());
        for lane in one.lanes() {
            prop_assert_eq!(one.segments(lane), other.segments(lane));
        }
        for span in 0..one.spans().len() as u32 {
            prop_assert_eq!(one.root_blocker(span), other.root_blocker(span));
        }
        let figures = |timeline: &Timeline| format!("{:?}", timeline.whole().figures(&Alone::new()));
        prop_assert_eq!(figures(&one), figures(&other));
    }

    #[test]
    fn blame_always_ends(spans in any_spans()) {
        let timeline = Timeline::new(spans, Options::default());
        for span in 0..timeline.spans().len() as u32 {
            prop_assert_eq!(timeline.blocker(span).is_some(), timeline.root_blocker(span).is_some());
        }
    }

    #[test]
    fn any_window_has_figures(spans in any_spans(), options in options(), start in moment(), length in moment()) {
        let timeline = Timeline::new(spans, options);
        let alone = Alone::from([(services()[0], length)]);
        let window = timeline.window(start..start.saturating_add(length));
        let figures = window.figures(&alone);
        prop_assert_eq!(figures.requests, window.lanes().count());
        let overtaken = figures.order.map_or(0, |order| order.overtaken.len());
        prop_assert!(overtaken <= figures.requests);
        let replay = window.pool();
        prop_assert!(replay.waited_with(1) >= replay.waited_with(1_000));
        prop_assert_eq!(window.one_at_a_time(&alone).count(), figures.requests);
        prop_assert!(window.in_flight(7).steps.len() <= 7);
    }

    #[test]
    fn kinds_and_steps_sum_to_what_the_requests_took(spans in any_spans()) {
        let short = spans.into_iter().filter(|span| span.end < 1_000).collect();
        let timeline = Timeline::new(short, Options::default());
        let whole = timeline.whole();
        let took: u64 = whole.lanes().map(|lane| lane.duration()).sum();
        prop_assert_eq!(whole.by_kind().iter().sum::<u64>(), took);
        let in_flight = whole.in_flight(9);
        let steps: f64 = in_flight.steps.iter().flatten().sum::<f64>() * in_flight.step as f64;
        prop_assert!((steps - took as f64).abs() < 1e-6 * (1.0 + took as f64));
    }

    #[test]
    fn two_halves_of_a_window_have_the_time_of_the_whole(spans in any_spans(), at in 0..120_u64) {
        let timeline = Timeline::new(spans, Options::default());
        let (whole, first, second) = (timeline.window(0..120), timeline.window(0..at), timeline.window(at..120));
        prop_assert_eq!(whole.passed(), first.passed() + second.passed());
        let halves = first.by_kind().iter().sum::<u64>() + second.by_kind().iter().sum::<u64>();
        prop_assert_eq!(whole.by_kind().iter().sum::<u64>(), halves);
    }

    #[test]
    fn branches_lie_within_their_lane_and_those_of_a_row_apart(spans in any_spans()) {
        let timeline = Timeline::new(spans, Options::default());
        for lane in timeline.lanes() {
            let mut ends = std::collections::BTreeMap::<u32, u64>::new();
            for branch in timeline.branches(lane) {
                let mut at = branch.segments[0].start;
                prop_assert!(at >= lane.start && at >= ends.get(&branch.row).copied().unwrap_or_default());
                for segment in &branch.segments {
                    prop_assert!(segment.start == at && segment.end > at);
                    at = segment.end;
                }
                prop_assert!(at <= lane.end);
                ends.insert(branch.row, at);
            }
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
        id: SpanId::new(id).unwrap(),
        parent: parent.and_then(SpanId::new),
        start,
        end,
        service,
        process: service,
        name: service,
        role: if parent.is_none() { Role::Server } else { Role::Client },
        wait: parent.map(|_| WaitKind::Database),
        failed: false,
        open: false,
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
