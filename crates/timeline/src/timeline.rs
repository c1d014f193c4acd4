//! The timeline: spans in their trees, clocks that agree, a lane for each request.

use crate::above::{Above, NO_LANE, Root};
use crate::clocks::Time;
use crate::critical::Walk;
use crate::cut::{self, Cut};
use crate::tree::Forest;
use crate::{Lane, Name, Segment, Span, open};

/// What is asked of a timeline.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Lanes are the requests of this service; without it, the topmost of each trace.
    pub service: Option<Name>,
    /// The moment it is asked at, in nanoseconds since 1970, where requests may still run: what is open lasts until then, and
    /// a request of which only parts have come is shown as open.
    pub now: Option<u64>,
    /// Only one in so many requests was kept, by a sampler that the spans do not tell of.
    pub one_in: Option<u32>,
}

/// Many requests on one axis.
#[derive(Debug, Default)]
pub struct Timeline {
    pub(crate) forest: Forest,
    pub(crate) times: Vec<Time>,
    pub(crate) lane_of: Vec<u32>,
    /// For each span the request it is part of, in its own process.
    pub(crate) requests: Vec<u32>,
    /// For each span the one that it waited for.
    pub(crate) blockers: Vec<u32>,
    /// In order of their start.
    lanes: Vec<Lane>,
    segments: Vec<Segment>,
    again: usize,
    /// What was told of sampling.
    pub(crate) one_in: u32,
}

impl Timeline {
    /// The timeline of these spans, in any order.
    pub fn new(mut spans: Vec<Span>, options: Options) -> Self {
        open::last_until(&mut spans, options.now);
        let (mut forest, again) = Forest::new(spans, options.now);
        let above = Above::all(&forest, options.service);
        forest.sort_children(|child| {
            let time = above.times[child as usize];
            (time.end, std::cmp::Reverse(time.start), child)
        });
        let Above { times, requests, lane_of, blockers, roots } = above;
        let one_in = options.one_in.unwrap_or(1);
        let mut timeline =
            Self { forest, times, requests, lane_of, blockers, again, one_in, ..Self::default() };
        let sizes = timeline.find_lanes(roots);
        timeline.cut(&sizes);
        timeline
    }

    /// Every span: trace by trace, in order of their start; by id within a trace.
    pub fn spans(&self) -> &[Span] {
        &self.forest.spans
    }

    /// The lanes, in order of their start.
    pub fn lanes(&self) -> &[Lane] {
        &self.lanes
    }

    /// A lane's segments, from its start to its end.
    pub fn segments(&self, lane: &Lane) -> &[Segment] {
        &self.segments[lane.segments.start as usize..lane.segments.end as usize]
    }

    /// The lane a span belongs to, by its place among the lanes; none where it is under no request.
    pub fn lane_of(&self, span: u32) -> Option<usize> {
        self.lane_of.get(span as usize).filter(|&&lane| lane != NO_LANE).map(|&lane| lane as usize)
    }

    /// When a span began and ended on this axis.
    pub fn interval(&self, span: u32) -> std::ops::Range<u64> {
        let time = self.times[span as usize];
        time.start..time.end
    }

    /// The request that a span is part of in its own process, which may be under another's lane; none where its process shows
    /// none.
    pub(crate) fn request_of(&self, span: u32) -> Option<u32> {
        self.requests.get(span as usize).copied().filter(|&request| request != cut::NO_REQUEST)
    }

    /// How many spans were there before under the same id.
    pub fn duplicates(&self) -> usize {
        self.again
    }

    /// Gives how many spans are under each lane.
    fn find_lanes(&mut self, mut roots: Vec<Root>) -> Vec<usize> {
        let mut places = vec![NO_LANE; roots.len()];
        roots.sort_unstable_by_key(|root| (self.times[root.span as usize].start, root.span));
        self.lanes.reserve_exact(roots.len());
        for (place, root) in roots.iter().enumerate() {
            places[root.number as usize] = place as u32;
            let Time { start, end } = self.times[root.span as usize];
            let span = &self.forest.spans[root.span as usize];
            let moved = self.times[root.span as usize].moved(span);
            let (open, one_in) = (span.open, span.one_in());
            self.lanes.push(Lane { span: root.span, start, end, moved, open, one_in, segments: 0..0 });
        }
        let mut sizes = vec![0; roots.len()];
        for lane in self.lane_of.iter_mut().filter(|lane| **lane != NO_LANE) {
            *lane = places[*lane as usize];
            sizes[*lane as usize] += 1;
        }
        sizes
    }

    fn cut(&mut self, sizes: &[usize]) {
        let mut walk = Walk::default();
        let mut cut = Cut::new(&self.forest, &self.times, &self.requests);
        cut.segments.reserve(2 * self.forest.spans.len());
        for (lane, &size) in self.lanes.iter_mut().zip(sizes) {
            walk.request(&self.forest, &self.times, lane.span, size);
            lane.segments = cut.lane(&walk.way);
        }
        self.segments = cut.segments;
    }
}
