//! Windows that are read from a Jaeger: the newest are followed, older ones are read when they are asked for, each time of
//! them once. What is read goes the way of spans that were sent.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use opentelemetry_proto::tonic::trace::v1::ResourceSpans;
use tokio::sync::Mutex;
use tokio::time::sleep;

use crate::jaeger_api::{Asker, JaegerApi, JaegerError};
use crate::store::Store;
use crate::window::nanos;

const SECOND: u64 = 1_000_000_000;

/// How much of the newest is followed, and how often it is looked at.
const FOLLOWED: u64 = 60 * SECOND;
const EVERY: Duration = Duration::from_secs(1);

/// Spans come late: what is newer than this is read again.
const SETTLED: u64 = 10 * SECOND;

/// How many spans are known by their ids, so that none is taken twice: twice as many at most.
const KNOWN: usize = 500_000;

/// Reads a Jaeger into the store.
pub(crate) struct FromJaeger {
    asker: Asker,
    store: Arc<Store>,
    read: Mutex<Done>,
}

/// A span's trace and its id, as they come.
type Ids = (Vec<u8>, Vec<u8>);

#[derive(Default)]
struct Done {
    /// The times that were read whole, in order and apart from one another.
    times: Vec<Range<u64>>,
    known: HashSet<Ids>,
    known_before: HashSet<Ids>,
}

impl FromJaeger {
    pub fn new(api: JaegerApi, store: Arc<Store>) -> Self {
        Self { asker: Asker::new(api), store, read: Mutex::default() }
    }

    /// Reads what was not read yet of that time. Gives whether the search depth cut it.
    pub async fn read(&self, time: &Range<u64>) -> Result<bool, JaegerError> {
        let now = nanos(SystemTime::now());
        // One reads at a time: who comes meanwhile finds it read.
        let mut done = self.read.lock().await;
        let Some(missing) = done.missing(&(time.start..time.end.min(now))) else { return Ok(false) };
        let mut is_cut = false;
        for service in self.asker.services().await? {
            let resources = self.asker.traces(&service, &missing).await?;
            is_cut |= traces(&resources) >= self.asker.search_depth();
            self.store.take(&done.new_of(resources));
        }
        if !is_cut {
            done.was_read(missing.start..missing.end.min(now.saturating_sub(SETTLED)));
        }
        Ok(is_cut)
    }

    /// Reads the newest again and again. A Jaeger that does not answer is told of once, until it does again.
    pub async fn follow(&self) {
        let mut answers = true;
        loop {
            let now = nanos(SystemTime::now());
            let read = self.read(&(now.saturating_sub(FOLLOWED)..now)).await;
            if let Err(error) = read.as_ref().map_err(|error| error.to_string())
                && answers
            {
                tracing::warn!(%error, "no spans from Jaeger");
            }
            answers = read.is_ok();
            sleep(EVERY).await;
        }
    }
}

impl Done {
    /// From the first instant to the last one of that time that was not read.
    fn missing(&self, time: &Range<u64>) -> Option<Range<u64>> {
        let (mut start, mut end) = (time.start, time.end);
        for read in &self.times {
            if read.contains(&start) {
                start = read.end;
            }
        }
        for read in self.times.iter().rev() {
            if read.start < end && end <= read.end {
                end = read.start;
            }
        }
        (start < end).then_some(start..end)
    }

    fn was_read(&mut self, time: Range<u64>) {
        if time.is_empty() {
            return;
        }
        let touches = |other: &Range<u64>| other.start <= time.end && time.start <= other.end;
        let (touching, mut apart): (Vec<_>, Vec<_>) = self.times.drain(..).partition(touches);
        let start = touching.iter().map(|other| other.start).fold(time.start, u64::min);
        let end = touching.iter().map(|other| other.end).fold(time.end, u64::max);
        apart.push(start..end);
        apart.sort_by_key(|time| time.start);
        self.times = apart;
    }

    /// Without the spans that are known.
    fn new_of(&mut self, mut resources: Vec<ResourceSpans>) -> Vec<ResourceSpans> {
        for scope in resources.iter_mut().flat_map(|resource| &mut resource.scope_spans) {
            scope.spans.retain(|span| self.is_new((span.trace_id.clone(), span.span_id.clone())));
        }
        resources
    }

    fn is_new(&mut self, ids: Ids) -> bool {
        if self.known.len() >= KNOWN {
            self.known_before = std::mem::take(&mut self.known);
        }
        !self.known_before.contains(&ids) && self.known.insert(ids)
    }
}

/// How many traces they are of.
fn traces(resources: &[ResourceSpans]) -> usize {
    let scopes = resources.iter().flat_map(|resource| &resource.scope_spans);
    let ids: HashSet<&[u8]> = scopes.flat_map(|scope| &scope.spans).map(|span| &span.trace_id[..]).collect();
    ids.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn done(times: &[Range<u64>]) -> Done {
        let mut done = Done::default();
        times.iter().for_each(|time| done.was_read(time.clone()));
        done
    }

    #[test]
    fn a_time_is_read_once() {
        let done = done(&[10..20, 30..40, 20..30]);
        assert_eq!((done.times.len(), &done.times[0]), (1, &(10..40)));
        assert_eq!(done.missing(&(10..40)), None);
        assert_eq!(done.missing(&(5..20)), Some(5..10));
        assert_eq!(done.missing(&(35..50)), Some(40..50));
        assert_eq!(done.missing(&(0..50)), Some(0..50));
    }

    #[test]
    fn times_that_lie_apart_stay_apart() {
        let done = done(&[30..40, 10..20]);
        assert_eq!(done.times, [10..20, 30..40]);
        assert_eq!(done.missing(&(15..35)), Some(20..30));
    }
}
