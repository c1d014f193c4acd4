//! Spans sorted by trace, the traces in order of their start: what happened at one time lies side by side, whatever the ids
//! are, so that a long list costs no more a span than a short one.

use std::collections::HashMap;
use std::ops::Range;

use crate::{Span, SpanRef, TraceId};

/// Where each trace's spans are.
#[derive(Debug, Default)]
pub(crate) struct Traces {
    numbers: HashMap<TraceId, u32>,
    /// For each trace the place of its first span, and at the end their count.
    firsts: Vec<u32>,
}

impl Traces {
    /// Sorts spans by trace and id, each once. Of two that differ the one that has ended is kept, or else the longer one:
    /// who sends twice sends more the second time.
    pub fn sort(spans: &mut Vec<Span>) -> Self {
        let mut traces = Self::default();
        let mut sources = traces.sources(spans);
        let mut is_each_once = true;
        for ends in traces.firsts.windows(2) {
            let places = ends[0] as usize..ends[1] as usize;
            gather(spans, &mut sources, places.clone());
            let trace = &mut spans[places];
            trace.sort_unstable();
            is_each_once &= trace.windows(2).all(|pair| pair[0].id != pair[1].id);
        }
        if !is_each_once {
            dedup(spans);
            traces.count(spans);
        }
        traces
    }

    /// The place of that span among those that were sorted.
    pub fn find(&self, spans: &[Span], reference: SpanRef) -> Option<u32> {
        let number = *self.numbers.get(&reference.trace)? as usize;
        let (first, next) = (*self.firsts.get(number)?, *self.firsts.get(number + 1)?);
        let trace = &spans[first as usize..next as usize];
        let found = trace.binary_search_by_key(&reference.span, |span| span.id);
        found.ok().map(|place| first + place as u32)
    }

    fn count(&mut self, spans: &[Span]) {
        let traces = spans.chunk_by(|one, next| one.trace == next.trace);
        self.firsts = traces.fold(vec![0], |mut firsts, trace| {
            firsts.push(firsts.last().copied().unwrap_or_default() + trace.len() as u32);
            firsts
        });
    }

    /// Numbers the traces in order of start, and gives for each place the span that belongs there, the spans of a trace side
    /// by side.
    fn sources(&mut self, spans: &[Span]) -> Vec<u32> {
        struct Trace {
            start: u64,
            id: TraceId,
            spans: u32,
        }
        let mut traces: Vec<Trace> = Vec::new();
        let mut trace_of: Vec<u32> = Vec::with_capacity(spans.len());
        for span in spans {
            let number = *self.numbers.entry(span.trace).or_insert(traces.len() as u32);
            if number as usize == traces.len() {
                traces.push(Trace { start: span.start, id: span.trace, spans: 0 });
            }
            let trace = &mut traces[number as usize];
            trace.start = trace.start.min(span.start);
            trace.spans += 1;
            trace_of.push(number);
        }
        let mut order: Vec<u32> = (0..traces.len() as u32).collect();
        order.sort_unstable_by_key(|&number| (traces[number as usize].start, traces[number as usize].id));
        let mut next = vec![0; traces.len()];
        let mut first = 0;
        self.firsts = vec![first];
        for (place, &number) in order.iter().enumerate() {
            let trace = &traces[number as usize];
            next[number as usize] = first;
            first += trace.spans;
            self.firsts.push(first);
            self.numbers.insert(trace.id, place as u32);
        }
        let mut sources = vec![0; spans.len()];
        for (source, &number) in trace_of.iter().enumerate() {
            let next = &mut next[number as usize];
            sources[*next as usize] = source as u32;
            *next += 1;
        }
        sources
    }
}

fn dedup(spans: &mut Vec<Span>) {
    spans.dedup_by(|later, kept| {
        let same = (later.trace, later.id) == (kept.trace, kept.id);
        let worth = |span: &Span| (!span.open, span.end - span.start);
        if same && worth(later) > worth(kept) {
            std::mem::swap(later, kept);
        }
        same
    });
}

/// Fills the next places, one after the other, with the span that belongs there. Spans come nearly in order of time, so what is
/// touched lies near together, where following each span to its place would lead all through memory.
fn gather(spans: &mut [Span], sources: &mut [u32], places: Range<usize>) {
    for at in places {
        let mut from = sources[at] as usize;
        // It was in the way of another, and went where that one came from.
        while from < at {
            from = sources[from] as usize;
        }
        sources[at] = from as u32;
        spans.swap(at, from);
    }
}
