//! What requests would take if each were alone, and what follows: how far they overlapped, how much they slowed each other
//! down, and the picture of the same requests one at a time.
//!
//! Alone a request takes its time less what it waited only because of others. Work that it shared counts as long as it took as
//! a whole: alone the request would have had to do it itself. Where it waited for an equal one and did the work itself after
//! that, the wait counts nothing.

use std::collections::HashMap;

use meanwhile_proto::waits::WaitKind;

use crate::figures::Clip as _;
use crate::{Kind, Lane, Name, Segment, Timeline, Window};

/// How many of a request's later waits are looked at for whether it did the work itself.
const LOOKED_AT: usize = 64;

/// How long a request of a method takes alone, in nanoseconds, where that was measured. Of other methods it is estimated.
pub type Alone = HashMap<Name, u64>;

/// How far requests overlapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overlap {
    /// What the requests would take one at a time, without contention.
    pub alone: u64,
    /// How long at least one of them was in flight.
    pub passed: u64,
}

/// How much slower requests were than alone: 1 is as fast.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slowdown {
    /// Half of the requests are at most this slow.
    pub median: f64,
    /// Nine of ten are at most this slow.
    pub p90: f64,
    /// The slowest.
    pub most: f64,
    /// Which request that is, by its place among the lanes.
    pub slowest: usize,
    /// Of how many requests it is known from a measurement, not from an estimate.
    pub measured: usize,
}

/// A request in the picture of the same requests one at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OneAtATime {
    /// Which request, by its place among the lanes.
    pub lane: usize,
    /// When it would begin, in nanoseconds since the first one's start.
    pub start: u64,
    /// When it would end.
    pub end: u64,
}

impl Overlap {
    /// How many requests were served in the time that one takes.
    pub fn factor(&self) -> f64 {
        self.alone as f64 / self.passed as f64
    }
}

impl Timeline {
    /// What the request would take alone, by an estimate: its segments without contention.
    pub fn alone(&self, lane: &Lane) -> u64 {
        Uncontended::new(self).whole(lane)
    }
}

/// What each request of a window would take alone, by an estimate, in nanoseconds.
pub(crate) struct Estimates(Vec<u64>);

/// What segments take without contention.
struct Uncontended<'a> {
    timeline: &'a Timeline,
    /// What requests took that others shared, by their span.
    shared: HashMap<u32, u64>,
}

impl<'a> Uncontended<'a> {
    fn new(timeline: &'a Timeline) -> Self {
        Self { timeline, shared: HashMap::new() }
    }

    fn whole(&mut self, lane: &Lane) -> u64 {
        let segments = self.timeline.segments(lane).iter();
        segments.fold(0, |sum, segment| sum.saturating_add(self.time(segment)))
    }

    fn time(&mut self, segment: &Segment) -> u64 {
        if segment.kind.is_contention() {
            return 0;
        }
        let wait = self.timeline.interval(segment.span);
        match self.shared_work(segment) {
            // The part of the wait that lies on the way counts for as much of the work.
            Some(work) if wait.start < wait.end => {
                let part =
                    u128::from(segment.duration()) * u128::from(work) / u128::from(wait.end - wait.start);
                u64::try_from(part).unwrap_or(u64::MAX)
            }
            _ => segment.duration(),
        }
    }

    /// How long the work took that the segment waited for together with others; none where it was its own.
    fn shared_work(&mut self, segment: &Segment) -> Option<u64> {
        let may_share = matches!(segment.kind, Kind::Shared | Kind::Database | Kind::Upstream);
        let work = self.timeline.blocked_by(segment.span).filter(|_| may_share)?;
        match self.timeline.forest.span(work).wait {
            Some(WaitKind::Database | WaitKind::Upstream) => {
                let time = self.timeline.interval(work);
                Some(time.end - time.start)
            }
            None if segment.kind == Kind::Shared && self.does_it_itself(segment.span) => Some(0),
            None if segment.kind == Kind::Shared => Some(self.request(work)),
            _ => None,
        }
    }

    /// True where the request only waited for an equal one to end, to do the work itself then: for itself and for others.
    fn does_it_itself(&self, wait: u32) -> bool {
        let forest = &self.timeline.forest;
        let end = self.timeline.interval(wait).end;
        let siblings = forest.parent(wait).map_or(&[][..], |parent| forest.children(parent));
        let later = &siblings[siblings.partition_point(|&other| self.timeline.interval(other).end <= end)..];
        later.iter().take(LOOKED_AT).any(|&other| {
            let is_work = matches!(
                forest.span(other).wait,
                Some(WaitKind::Pool | WaitKind::Database | WaitKind::Upstream)
            );
            is_work && self.timeline.interval(other).start >= end
        })
    }

    /// What that request took without contention, and without waiting for others to do the same.
    fn request(&mut self, span: u32) -> u64 {
        if let Some(&known) = self.shared.get(&span) {
            return known;
        }
        let time = self.timeline.interval(span);
        let took = match self.timeline.lane_of(span) {
            Some(lane) => {
                let segments = self.timeline.segments(&self.timeline.lanes()[lane]);
                let first = segments.partition_point(|segment| segment.end <= time.start);
                let within = segments[first..].iter().map_while(|segment| segment.clip(&time));
                let work =
                    within.filter(|segment| !segment.kind.is_contention() && segment.kind != Kind::Shared);
                work.map(|segment| segment.duration()).sum()
            }
            None => time.end - time.start,
        };
        self.shared.insert(span, took);
        took
    }
}

impl Window<'_> {
    /// How far its requests overlapped; none where there is nothing to compare.
    pub fn overlap(&self, alone: &Alone) -> Option<Overlap> {
        self.overlap_with(alone, &self.estimates())
    }

    pub(crate) fn overlap_with(&self, alone: &Alone, estimates: &Estimates) -> Option<Overlap> {
        let mut uncontended = Uncontended::new(self.timeline);
        let times = self.lanes().zip(&estimates.0).map(|(lane, &whole)| match self.is_whole(lane) {
            true => self.measured(lane, alone).unwrap_or(whole),
            false => self.alone_within(lane, alone, &mut uncontended),
        });
        let overlap = Overlap { alone: times.fold(0, u64::saturating_add), passed: self.passed() };
        (overlap.passed > 0).then_some(overlap)
    }

    /// How much slower its requests were than alone, as far as they have ended.
    pub fn slowdown(&self, alone: &Alone) -> Option<Slowdown> {
        self.slowdown_with(alone, &self.estimates())
    }

    pub(crate) fn slowdown_with(&self, alone: &Alone, estimates: &Estimates) -> Option<Slowdown> {
        let mut measured = 0;
        let mut slowdowns: Vec<(f64, u32)> = Vec::with_capacity(self.lanes.len());
        let lanes = self.lanes.iter().zip(self.lanes()).zip(&estimates.0);
        for ((&place, lane), &estimate) in lanes.filter(|((_, lane), _)| !lane.open) {
            let known = self.measured(lane, alone);
            let time = known.unwrap_or(estimate);
            if time > 0 {
                measured += usize::from(known.is_some());
                slowdowns.push((lane.duration() as f64 / time as f64, place));
            }
        }
        slowdowns.sort_unstable_by(|(one, _), (other, _)| one.total_cmp(other));
        let at = |share: f64| slowdowns[(share * (slowdowns.len() - 1) as f64) as usize].0;
        let &(most, slowest) = slowdowns.last()?;
        Some(Slowdown { median: at(0.5), p90: at(0.9), most, slowest: slowest as usize, measured })
    }

    /// What each of its requests would take alone, by an estimate.
    pub(crate) fn estimates(&self) -> Estimates {
        let mut uncontended = Uncontended::new(self.timeline);
        Estimates(self.lanes().map(|lane| uncontended.whole(lane)).collect())
    }

    /// Its requests one at a time, each as long as it takes alone, in order of start.
    pub fn one_at_a_time(&self, alone: &Alone) -> impl Iterator<Item = OneAtATime> + '_ {
        let mut at = 0_u64;
        let alone = alone.clone();
        let mut uncontended = Uncontended::new(self.timeline);
        self.lanes.iter().zip(self.lanes()).map(move |(&place, lane)| {
            let start = at;
            at = at.saturating_add(self.alone_within(lane, &alone, &mut uncontended));
            OneAtATime { lane: place as usize, start, end: at }
        })
    }

    /// What requests of its method take alone, where that was measured.
    fn measured(&self, lane: &Lane, alone: &Alone) -> Option<u64> {
        match alone.is_empty() {
            true => None,
            false => alone.get(&self.timeline.forest.span(lane.span).name).copied(),
        }
    }

    fn is_whole(&self, lane: &Lane) -> bool {
        self.time.start <= lane.start && lane.end <= self.time.end
    }

    fn alone_within(&self, lane: &Lane, alone: &Alone, uncontended: &mut Uncontended<'_>) -> u64 {
        match self.measured(lane, alone) {
            Some(measured) => {
                let within = lane.end.min(self.time.end).saturating_sub(lane.start.max(self.time.start));
                let part = u128::from(measured) * u128::from(within) / u128::from(lane.duration().max(1));
                u64::try_from(part).unwrap_or(u64::MAX)
            }
            None => {
                let times = self.segments(lane).map(|segment| uncontended.time(&segment));
                times.fold(0, u64::saturating_add)
            }
        }
    }
}
