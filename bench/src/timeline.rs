//! Spans to lanes and figures: a million spans of 100,000 requests through edge, data service, database and web service, and
//! a tenth of them for the proportion. One thread does it all.

use std::num::NonZeroU64;

use anyhow::Result;
use fastrand::Rng;
use meanwhile_proto::polls::Poll;
use meanwhile_proto::waits::WaitKind;
use meanwhile_timeline::{
    Alone, Details, Name, Names, Options, Role, Span, SpanId, SpanRef, Timeline, TraceId,
};

use crate::cpu::{memory_now, peak_memory, thread_seconds};
use crate::figure::{Bar, Figure, Unit};
use crate::section::Section;
use crate::setup::Setup;

const REQUESTS: usize = 100_000;
const SPANS_A_REQUEST: usize = 10;

/// 2024-01-01.
const ZERO: u64 = 1_704_067_200_000_000_000;
const MICRO: u64 = 1_000;

/// How many steps the picture of requests in flight has.
const STEPS: usize = 1_000;

/// Measures it.
pub fn measure(setup: &Setup) -> Result<Section> {
    let memory = peak_bytes_a_span()?;
    let (mut all, mut tenth) = (Vec::new(), Vec::new());
    for _ in 0..setup.repeats {
        all.push(seconds(vec![spans(REQUESTS)]));
        // Ten of them, so that they need as much fresh memory and leave as little of the processor's caches.
        let parts = (0..10).map(|_| spans(REQUESTS / 10)).collect();
        tenth.push(seconds(parts) / 10.0);
    }
    let growth = all.iter().zip(&tenth).map(|(all, tenth)| all / tenth).collect();
    let figures = vec![
        Figure::new("1,000,000 spans", Unit::Seconds, all).bar(Bar::AtMost(1.5)),
        Figure::new("100,000 spans", Unit::Seconds, tenth),
        Figure::new("ten times the spans", Unit::Ratio, growth).bar(Bar::AtMost(12.0)),
        Figure::new("memory a span, in bytes", Unit::Count, vec![memory]).bar(Bar::AtMost(400.0)),
    ];
    let title = "spans to lanes and figures: CPU time of one thread".to_owned();
    Ok(Section { title, figures, notes: Vec::new() })
}

fn seconds(inputs: Vec<Vec<Span>>) -> f64 {
    let start = thread_seconds();
    let timelines: Vec<Timeline> = inputs.into_iter().map(look).collect();
    let seconds = thread_seconds() - start;
    drop(timelines);
    seconds
}

/// Lanes, and every figure there is.
fn look(spans: Vec<Span>) -> Timeline {
    let timeline = Timeline::new(spans, Options::default());
    let window = timeline.whole();
    let figures = window.figures(&Alone::new());
    assert_eq!(figures.requests * SPANS_A_REQUEST, timeline.spans().len());
    std::hint::black_box((figures, window.in_flight(STEPS), window.pool().waited_with(20)));
    timeline
}

/// The most memory there was at once, the spans themselves included.
fn peak_bytes_a_span() -> Result<f64> {
    let process = std::process::id();
    let before = memory_now(process)?;
    let spans = spans(REQUESTS);
    // Sets the peak back to what is in use now (proc(5)).
    std::fs::write("/proc/self/clear_refs", "5")?;
    drop(look(spans));
    Ok((peak_memory(process)? - before) / (REQUESTS * SPANS_A_REQUEST) as f64)
}

/// The spans of so many requests, in the order they ended, as they come in.
fn spans(requests: usize) -> Vec<Span> {
    let mut load = Load::new(requests * SPANS_A_REQUEST);
    for request in 0..requests {
        load.request(ZERO + request as u64 * 100 * MICRO);
    }
    load.spans.sort_by_key(|span| span.end);
    load.spans
}

/// Makes requests as the sample's GetOverview: through gateway, data service, a pool that is busy, database and web service.
struct Load {
    random: Rng,
    names: Names,
    spans: Vec<Span>,
    /// The last request's span in the data service: who holds the connections.
    holder: Option<SpanRef>,
}

/// Where a span is put: its parent, and when it begins and ends.
#[derive(Clone, Copy)]
struct At {
    parent: Option<SpanRef>,
    start: u64,
    end: u64,
}

impl At {
    fn within(self, parent: SpanRef, from: u64, to: u64) -> Self {
        Self { parent: Some(parent), start: self.start + from * MICRO, end: self.start + to * MICRO }
    }
}

impl Load {
    fn new(spans: usize) -> Self {
        let random = Rng::with_seed(1);
        Self { random, names: Names::default(), spans: Vec::with_capacity(spans), holder: None }
    }

    fn request(&mut self, start: u64) {
        let more = self.random.u64(0..5_000);
        let (overview, call) = ("cityscape.v1.Cities/GetOverview", Some(WaitKind::Upstream));
        let at = At { parent: None, start, end: start + (19_000 + more) * MICRO };
        let edge = self.span("meanwhile-gateway", overview, Role::Server, None, at);
        let upstream =
            self.span("meanwhile-gateway", overview, Role::Client, call, at.within(edge, 100, 18_800));
        let data =
            self.span("meanwhile-data", overview, Role::Server, None, at.within(upstream, 300, 18_500));
        self.polled(&[(0, 20, 60), (6_000, 6_010, 6_080), (9_200, 9_230, 9_300), (18_100, 18_150, 18_200)]);
        for (part, from, asked) in [("city", 400, 2_000), ("country", 6_400, 0), ("nearest", 6_400, 3_000)] {
            let got = from + asked;
            if asked > 0 {
                self.pool(at.within(data, from, got));
            }
            let name = format!("GetOverview/{part}");
            self.span(
                "meanwhile-data",
                &name,
                Role::Client,
                Some(WaitKind::Database),
                at.within(data, got, got + 4_000),
            );
        }
        let daylight =
            self.span("meanwhile-data", "GET /daylight", Role::Client, call, at.within(data, 6_400, 18_000));
        self.span("almanac", "GET /daylight", Role::Server, None, at.within(daylight, 6_600, 17_800));
        self.holder = Some(data);
    }

    fn pool(&mut self, at: At) {
        let blocker = self.holder;
        self.span("meanwhile-data", "pool", Role::Internal, Some(WaitKind::Pool), at);
        if let Some(span) = self.spans.last_mut() {
            span.details = Some(Box::new(Details { blocker, ..Details::default() }));
        }
    }

    /// The last span's polls, in microseconds.
    fn polled(&mut self, polls: &[(u64, u64, u64)]) {
        let polls = polls.iter().map(|&(woken, start, end)| Poll {
            woken: woken * MICRO,
            start: start * MICRO,
            end: end * MICRO,
        });
        let details = Details { polls: polls.collect(), ..Details::default() };
        if let Some(span) = self.spans.last_mut() {
            span.details = Some(Box::new(details));
        }
    }

    fn span(&mut self, service: &str, name: &str, role: Role, wait: Option<WaitKind>, at: At) -> SpanRef {
        let trace =
            at.parent.map_or_else(|| TraceId(self.random.u128(1..).to_be_bytes()), |parent| parent.trace);
        let service: Name = self.names.number(service);
        let id = SpanId(NonZeroU64::MIN.saturating_add(self.random.u64(..)));
        let span = Span {
            trace,
            id,
            parent: at.parent.map(|parent| parent.span),
            start: at.start,
            end: at.end,
            service,
            process: service,
            name: self.names.number(name),
            role,
            wait,
            failed: false,
            open: false,
            details: None,
        };
        let reference = span.reference();
        self.spans.push(span);
        reference
    }
}
