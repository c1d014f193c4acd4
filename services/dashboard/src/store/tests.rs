//! What is kept, what is dropped, and what is counted.

use opentelemetry_proto::tonic::trace::v1::{ScopeSpans, Span as WireSpan};

use super::*;

fn resource(trace: u8, spans: u64, start: u64) -> ResourceSpans {
    let span = |id: u64| WireSpan {
        trace_id: vec![trace; 16],
        span_id: (id + 1).to_be_bytes().to_vec(),
        start_time_unix_nano: start,
        end_time_unix_nano: start + 10,
        ..WireSpan::default()
    };
    let scope = ScopeSpans { spans: (0..spans).map(span).collect(), ..ScopeSpans::default() };
    ResourceSpans { scope_spans: vec![scope], ..ResourceSpans::default() }
}

#[test]
fn memory_is_bounded_and_the_oldest_are_dropped_and_counted() {
    let store = Store::new(100_000);
    for number in 0..100 {
        store.take(&[resource(1, 50, number * 100)]);
    }
    let counts = store.counts();
    assert!(counts.bytes <= 100_000, "{counts:?}");
    assert!(counts.dropped > 0 && counts.kept > 500, "{counts:?}");
    assert_eq!(counts.kept + counts.dropped, counts.received);
    assert_eq!(counts.received, 5_000);
    assert!(store.is_incomplete(&(0..100)));
    assert!(!store.is_incomplete(&(9_900..10_000)));
    assert_eq!(store.time().unwrap().end, 9_910);
}

fn fill(store: &Store, numbers: Range<u64>) {
    for number in numbers {
        store.take(&[resource(1, 50, number * 100)]);
    }
}

#[test]
fn what_is_pinned_stays_and_is_whole_while_newer_spans_are_dropped() {
    let store = Store::new(100_000);
    fill(&store, 0..2);
    assert!(store.pin(0..200));
    fill(&store, 2..100);
    let spans = store.traces(&(0..200), &[], 10_000).unwrap();
    assert_eq!(spans.iter().filter(|span| span.start < 200).count(), 100);
    assert!(!store.is_incomplete(&(0..200)));
    assert!(store.is_incomplete(&(200..300)));
    assert!(store.counts().bytes <= 100_000);
    assert!(store.unpin(&(0..200)) && !store.unpin(&(0..200)));
    fill(&store, 100..200);
    assert!(store.time().unwrap().start > 200);
}

#[test]
fn pins_take_half_of_the_memory_at_most_and_never_more_than_all() {
    let store = Store::new(100_000);
    fill(&store, 0..100);
    assert!(!store.pin(0..10_000));
    // Nothing is there yet, so it may be pinned; what comes then is bounded all the same.
    assert!(store.pin(20_000..40_000));
    fill(&store, 200..400);
    assert!(store.counts().bytes <= 100_000);
}

#[test]
fn one_batch_that_is_larger_than_the_memory_is_not_kept() {
    let store = Store::new(1_000);
    store.take(&[resource(1, 50, 0)]);
    let counts = store.counts();
    assert_eq!((counts.kept, counts.dropped, counts.received), (0, 50, 50));
    assert_eq!(store.time(), None);
}

#[test]
fn a_trace_that_reaches_into_the_window_is_given_whole() {
    let store = Store::new(1 << 20);
    store.take(&[resource(1, 2, 0)]);
    store.take(&[resource(2, 3, 1_000)]);
    let mut later = resource(1, 1, 500);
    later.scope_spans[0].spans[0].span_id = vec![9; 8];
    store.take(&[later]);
    assert_eq!(store.traces(&(500..600), &[], 10).unwrap().len(), 3);
    assert_eq!(store.traces(&(0..2_000), &[], 10).unwrap().len(), 6);
    assert_eq!(store.traces(&(0..2_000), &[], 5), Err(TooMany));
    assert_eq!(store.trace(TraceId([2; 16]), 10).unwrap().len(), 3);
}

#[test]
fn traces_are_given_as_they_came_and_no_others_with_them() {
    let store = Store::new(1 << 20);
    let mut both = resource(1, 2, 0);
    both.scope_spans.extend(resource(2, 3, 0).scope_spans);
    store.take(&[both]);
    store.take(&[resource(1, 1, 900)]);
    let found = store.whole(&HashSet::from([TraceId([1; 16])]), 10).unwrap();
    assert_eq!(found, [resource(1, 2, 0), resource(1, 1, 900)]);
    assert_eq!(store.whole(&HashSet::from([TraceId([1; 16])]), 2), Err(TooMany));
}

#[test]
fn what_cannot_be_read_is_counted() {
    let store = Store::new(1 << 20);
    let mut resource = resource(1, 3, 0);
    resource.scope_spans[0].spans[1].trace_id = vec![1; 3];
    assert_eq!(store.take(&[resource]), 1);
    assert_eq!((store.counts().received, store.counts().invalid), (2, 1));
}
