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
mod tests;
