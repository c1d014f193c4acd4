//! The spans that are kept: the newest, as many as memory is given for. The oldest batch is dropped first, and what was
//! dropped is counted.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use meanwhile_proto::polls::Poll;
use meanwhile_timeline::otlp::Read;
use meanwhile_timeline::{Details, Name, Names, Span, TraceId};
use opentelemetry_proto::tonic::trace::v1::ResourceSpans;

use crate::packed::Packed;
use crate::pins::{Pins, overlap};

/// Of the memory, names may take one part in so many.
const NAMES: usize = 8;

/// What a batch takes besides its spans.
const BATCH: usize = 128;

/// Spans that came together.
#[derive(Debug)]
struct Batch {
    spans: Vec<Span>,
    /// From the first one's start to the last one's end.
    time: Range<u64>,
    whole: Packed,
    bytes: usize,
}

/// The spans that are kept.
#[derive(Debug)]
pub struct Store {
    max_bytes: usize,
    kept: Mutex<Kept>,
}

#[derive(Debug)]
struct Kept {
    batches: VecDeque<Arc<Batch>>,
    names: Names,
    counts: Counts,
    pins: Pins,
    /// The end of the last span that was dropped.
    dropped_until: u64,
}

/// What was taken in, what is kept and what was lost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub received: u64,
    pub invalid: u64,
    pub dropped: u64,
    pub kept: u64,
    pub bytes: usize,
}

/// More spans than may be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany;

impl Store {
    pub fn new(max_bytes: usize) -> Self {
        let names = Names::bounded(max_bytes / NAMES);
        let kept = Kept {
            batches: VecDeque::new(),
            names,
            counts: Counts::default(),
            pins: Pins::default(),
            dropped_until: 0,
        };
        Self { max_bytes, kept: Mutex::new(kept) }
    }

    pub fn max_bytes(&self) -> usize {
        self.max_bytes
    }

    /// Keeps those spans. Gives how many of them could not be read.
    pub fn take(&self, resources: &[ResourceSpans]) -> usize {
        let whole = Packed::new(resources);
        let mut kept = self.kept();
        let mut read = Read::default();
        for resource in resources {
            read.resource(resource, &mut kept.names);
        }
        kept.counts.received += read.spans.len() as u64;
        kept.counts.invalid += read.invalid as u64;
        if let Some(batch) = Batch::new(read.spans, whole) {
            kept.counts.kept += batch.spans.len() as u64;
            kept.counts.bytes += batch.bytes;
            kept.batches.push_back(Arc::new(batch));
        }
        kept.drop_oldest(self.max_bytes);
        read.invalid
    }

    pub fn counts(&self) -> Counts {
        let kept = self.kept();
        Counts { bytes: kept.bytes(), ..kept.counts }
    }

    /// From the first kept span's start to the last one's end; none where there are none.
    pub fn time(&self) -> Option<Range<u64>> {
        let kept = self.kept();
        let start = kept.batches.iter().map(|batch| batch.time.start).min()?;
        let end = kept.batches.iter().map(|batch| batch.time.end).max()?;
        Some(start..end)
    }

    /// The services that kept spans are of, by name.
    pub fn services(&self) -> Vec<String> {
        let services: BTreeSet<Name> =
            self.batches().iter().flat_map(|batch| &batch.spans).map(|span| span.service).collect();
        let mut services: Vec<String> =
            self.names(|names| services.iter().map(|&service| names.text(service).to_owned()).collect());
        services.sort();
        services
    }

    /// True where spans of that time, or later ones, were dropped.
    pub fn is_incomplete(&self, time: &Range<u64>) -> bool {
        let kept = self.kept();
        kept.dropped_until > time.start && !kept.pins.keeps(time)
    }

    /// Keeps that time's spans; false where what is pinned would take too much.
    pub fn pin(&self, time: Range<u64>) -> bool {
        let mut kept = self.kept();
        let is_pinned = |batch: &&Arc<Batch>| overlap(&time, &batch.time) || kept.pins.has(&batch.time);
        let bytes: usize = kept.batches.iter().filter(is_pinned).map(|batch| batch.bytes).sum();
        let is_whole = kept.dropped_until <= time.start;
        bytes <= self.max_bytes / 2 && kept.pins.pin(time, is_whole)
    }

    /// Lets it go; false where it was not pinned.
    pub fn unpin(&self, time: &Range<u64>) -> bool {
        self.kept().pins.unpin(time)
    }

    /// The times that are pinned.
    pub fn pinned(&self) -> Vec<Range<u64>> {
        self.kept().pins.times()
    }

    /// Spans as the timeline has them, without keeping them.
    pub fn read(&self, resources: &[ResourceSpans]) -> Vec<Span> {
        let (mut kept, mut read) = (self.kept(), Read::default());
        for resource in resources {
            read.resource(resource, &mut kept.names);
        }
        read.spans
    }

    /// Every span of the traces that have one in that time, and of those others.
    pub fn traces(&self, time: &Range<u64>, others: &[Span], most: usize) -> Result<Vec<Span>, TooMany> {
        let batches = self.batches();
        let is_then = |start: u64, end: u64| start < time.end && end >= time.start;
        let then = batches.iter().filter(|batch| is_then(batch.time.start, batch.time.end));
        let spans = then.flat_map(|batch| &batch.spans).filter(|span| is_then(span.start, span.end));
        let traces: HashSet<TraceId> = spans.chain(others).map(|span| span.trace).collect();
        select(&batches, |span| traces.contains(&span.trace), most)
    }

    /// Every span of one trace.
    pub fn trace(&self, trace: TraceId, most: usize) -> Result<Vec<Span>, TooMany> {
        select(&self.batches(), |span| span.trace == trace, most)
    }

    /// The spans of those traces as they came, as long as they are no more than that.
    pub fn whole(&self, traces: &HashSet<TraceId>, most: usize) -> Result<Vec<ResourceSpans>, TooMany> {
        let is_of = |batch: &&Arc<Batch>| batch.spans.iter().any(|span| traces.contains(&span.trace));
        let (mut found, mut count) = (Vec::new(), 0);
        for batch in self.batches().iter().filter(is_of) {
            count += batch.spans.iter().filter(|span| traces.contains(&span.trace)).count();
            if count > most {
                return Err(TooMany);
            }
            found.extend(batch.whole.of(traces));
        }
        Ok(found)
    }

    /// Looks something up in the names.
    pub fn names<T>(&self, look: impl FnOnce(&Names) -> T) -> T {
        look(&self.kept().names)
    }

    /// What is kept now. Nobody is held up while it is looked through.
    fn batches(&self) -> Vec<Arc<Batch>> {
        self.kept().batches.iter().cloned().collect()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn bytes(&self) -> usize {
        self.counts.bytes + self.names.bytes()
    }

    fn drop_oldest(&mut self, max_bytes: usize) {
        while self.bytes() > max_bytes {
            // The bound holds whatever is pinned.
            let unpinned = self.batches.iter().position(|batch| !self.pins.has(&batch.time));
            let Some(oldest) = self.batches.remove(unpinned.unwrap_or(0)) else { return };
            self.counts.kept -= oldest.spans.len() as u64;
            self.counts.dropped += oldest.spans.len() as u64;
            self.counts.bytes -= oldest.bytes;
            self.dropped_until = self.dropped_until.max(oldest.time.end);
        }
    }
}

impl Batch {
    /// None of no spans.
    fn new(mut spans: Vec<Span>, whole: Packed) -> Option<Self> {
        spans.shrink_to_fit();
        let start = spans.iter().map(|span| span.start).min()?;
        let end = spans.iter().map(|span| span.end).max()?;
        let bytes = BATCH + whole.bytes() + spans.iter().map(bytes).sum::<usize>();
        Some(Self { spans, time: start..end, whole, bytes })
    }
}

fn bytes(span: &Span) -> usize {
    let details = |details: &Details| size_of::<Details>() + details.polls.capacity() * size_of::<Poll>();
    size_of::<Span>() + span.details.as_deref().map_or(0, details)
}

fn select(
    batches: &[Arc<Batch>],
    is_wanted: impl Fn(&Span) -> bool,
    most: usize,
) -> Result<Vec<Span>, TooMany> {
    let spans = batches.iter().flat_map(|batch| &batch.spans).filter(|span| is_wanted(span));
    let spans: Vec<Span> = spans.take(most + 1).cloned().collect();
    if spans.len() > most { Err(TooMany) } else { Ok(spans) }
}

#[cfg(test)]
mod tests {
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
}
