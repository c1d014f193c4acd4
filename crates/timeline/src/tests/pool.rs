//! Requests through a pool of connections: how far they overlap, and what another pool would do.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use meanwhile_proto::waits::WaitKind;

use crate::drawn::{MILLI, ZERO};
use crate::{Alone, Name, Names, Options, Role, Span, SpanId, Timeline, TraceId};

/// A service whose requests each run statements, one after the other, through a pool that is first come, first served.
struct Service {
    service: Name,
    names: [Name; 3],
    spans: Vec<Span>,
}

/// A request: when it comes and how long its statements take, in milliseconds.
type Asked = (u64, Vec<u64>);

impl Service {
    /// Gives the spans, and how long requests waited for a connection.
    fn serve(requests: &[Asked], connections: usize) -> (Vec<Span>, u64) {
        let mut names = Names::default();
        let service = names.number("data");
        let names = ["Get", "pool", "statement"].map(|name| names.number(name));
        let mut this = Self { service, names, spans: Vec::new() };
        let mut free: BinaryHeap<_> = vec![Reverse(0); connections].into();
        // Who asks for a connection next, for which of its statements.
        let mut asks: BinaryHeap<_> =
            requests.iter().enumerate().map(|(request, (at, _))| Reverse((*at, request, 0))).collect();
        let mut waited = 0;
        while let Some(Reverse((at, request, statement))) = asks.pop() {
            let Reverse(freed) = free.pop().unwrap();
            let got = at.max(freed);
            let (began, statements) = &requests[request];
            let done = got + statements[statement];
            free.push(Reverse(done));
            waited += got - at;
            if got > at {
                this.span(request, 1, Some(WaitKind::Pool), at, got);
            }
            this.span(request, 2, Some(WaitKind::Database), got, done);
            match statement + 1 < statements.len() {
                true => asks.push(Reverse((done, request, statement + 1))),
                false => this.span(request, 0, None, *began, done),
            }
        }
        (this.spans, waited * MILLI)
    }

    fn span(&mut self, request: usize, what: usize, wait: Option<WaitKind>, start: u64, end: u64) {
        let id = |number| SpanId::new(number).unwrap();
        let root = id(1);
        self.spans.push(Span {
            trace: TraceId((request as u128 + 1).to_be_bytes()),
            id: if wait.is_some() { id(self.spans.len() as u64 + 2) } else { root },
            parent: wait.map(|_| root),
            start: ZERO + start * MILLI,
            end: ZERO + end * MILLI,
            service: self.service,
            process: self.service,
            name: self.names[what],
            role: if wait.is_some() { Role::Internal } else { Role::Server },
            wait,
            failed: false,
            open: false,
            details: None,
        });
    }
}

fn overlap(requests: &[Asked], connections: usize) -> f64 {
    let (spans, _) = Service::serve(requests, connections);
    let timeline = Timeline::new(spans, Options::default());
    timeline.whole().overlap(&Alone::new()).unwrap().factor()
}

#[test]
fn ten_calls_through_a_pool_of_one_overlap_by_one_and_through_a_pool_of_ten_by_ten() {
    let calls = vec![(0, vec![100]); 10];
    for (connections, expected) in [(1, 1.0), (2, 2.0), (5, 5.0), (10, 10.0), (20, 10.0)] {
        let overlap = overlap(&calls, connections);
        assert!((overlap / expected - 1.0).abs() < 0.05, "{connections}: {overlap}");
    }
}

/// Bursts of requests with one to three statements of uneven lengths.
fn rush() -> Vec<Asked> {
    let mut state = 1_u64;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut request = |number: u64| {
        let statements = 1 + next(3);
        (number / 20 * 150 + next(40), (0..statements).map(|_| 5 + next(60)).collect())
    };
    (0..400).map(&mut request).collect()
}

/// Who asks at the same moment may come first in one and last in the other.
fn assert_near(predicted: u64, waited: u64) {
    let off = predicted.abs_diff(waited) as f64;
    assert!(off <= 0.01 * waited as f64, "predicted {predicted}, waited {waited}");
}

#[test]
fn the_replay_with_as_many_connections_as_there_were_waits_as_long() {
    for connections in [2, 5, 9] {
        let (spans, waited) = Service::serve(&rush(), connections);
        let timeline = Timeline::new(spans, Options::default());
        let replay = timeline.whole().pool();
        assert_eq!(replay.waited(), waited);
        assert_eq!(replay.in_use(), connections);
        assert_near(replay.waited_with(connections), waited);
    }
}

#[test]
fn the_replay_with_more_connections_waits_as_long_as_a_pool_of_that_size_does() {
    let (spans, _) = Service::serve(&rush(), 4);
    let timeline = Timeline::new(spans, Options::default());
    let replay = timeline.whole().pool();
    for connections in [1, 3, 6, 12, 50] {
        let (_, waited) = Service::serve(&rush(), connections);
        assert_near(replay.waited_with(connections), waited);
    }
}

#[test]
fn without_statements_there_is_nothing_to_wait_for() {
    let timeline = Timeline::new(Vec::new(), Options::default());
    let replay = timeline.whole().pool();
    assert_eq!((replay.waited(), replay.in_use(), replay.waited_with(0)), (0, 0, 0));
}
