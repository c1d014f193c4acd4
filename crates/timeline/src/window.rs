//! A window of time: the requests that were in flight in it, and what may be said of them. Where a sampler left requests out,
//! what only all of them could tell is withheld.

use std::ops::Range;

use crate::figures::Clip as _;
use crate::{Kind, Lane, Segment, Timeline};

/// The requests that were in flight in a window of time.
#[derive(Debug, Clone)]
pub struct Window<'a> {
    pub(crate) timeline: &'a Timeline,
    pub(crate) time: Range<u64>,
    /// Places among the timeline's lanes, in order of start.
    pub(crate) lanes: Vec<u32>,
}

impl Timeline {
    /// All requests, from the first one's start to the last one's end.
    pub fn whole(&self) -> Window<'_> {
        let start = self.lanes().first().map_or(0, |lane| lane.start);
        let end = self.lanes().iter().map(|lane| lane.end).max().unwrap_or(start);
        self.window(start..end.saturating_add(1))
    }

    /// The requests in flight from the one moment, in nanoseconds since 1970, to the other, which is not part of it.
    pub fn window(&self, time: Range<u64>) -> Window<'_> {
        let begun = self.lanes().partition_point(|lane| lane.start < time.end);
        let is_there = |lane: &Lane| lane.end > time.start || lane.start >= time.start;
        let lanes = (0..begun as u32).filter(|&lane| is_there(&self.lanes()[lane as usize])).collect();
        Window { timeline: self, time, lanes }
    }
}

impl<'a> Window<'a> {
    /// The same with only some of its requests.
    pub fn keep(mut self, is_wanted: impl Fn(&Lane) -> bool) -> Self {
        let lanes = self.timeline.lanes();
        self.lanes.retain(|&lane| is_wanted(&lanes[lane as usize]));
        self
    }

    /// From when to when.
    pub fn time(&self) -> Range<u64> {
        self.time.clone()
    }

    /// Its requests, in order of start.
    pub fn lanes(&self) -> impl Iterator<Item = &'a Lane> + '_ {
        self.lanes.iter().map(|&lane| &self.timeline.lanes()[lane as usize])
    }

    /// How many of its requests reach beyond it: only a part of them counts.
    pub fn cut(&self) -> usize {
        self.lanes().filter(|lane| lane.start < self.time.start || lane.end > self.time.end).count()
    }

    /// The most requests that one of them stands for; more than 1 where a sampler kept only some.
    pub fn one_in(&self) -> u32 {
        self.lanes().map(|lane| lane.one_in).max().unwrap_or(1).max(self.timeline.one_in)
    }

    /// The time its requests spent on each kind, in the order of [`Kind::ALL`].
    pub fn by_kind(&self) -> [u64; Kind::ALL.len()] {
        let mut times = [0_u64; Kind::ALL.len()];
        for segment in self.lanes().flat_map(|lane| self.segments(lane)) {
            let time = &mut times[segment.kind as usize];
            *time = time.saturating_add(segment.duration());
        }
        times
    }

    /// How long at least one of its requests was in flight.
    pub fn passed(&self) -> u64 {
        let (mut passed, mut until) = (0, self.time.start);
        for lane in self.lanes() {
            let end = lane.end.min(self.time.end);
            passed += end.saturating_sub(lane.start.max(until));
            until = until.max(end);
        }
        passed
    }

    /// A lane's segments, as far as they lie within the window.
    pub(crate) fn segments(&self, lane: &Lane) -> impl Iterator<Item = Segment> + 'a {
        let time = self.time.clone();
        let segments = self.timeline.segments(lane);
        let behind = segments.partition_point(|segment| segment.end <= time.start);
        segments[behind..].iter().map_while(move |segment| segment.clip(&time))
    }
}
