//! A lane cut into segments: what each stretch of the critical path was spent on. The request's polls say first, because
//! they were measured; then what the span waited for; then nesting.

use std::ops::Range;

use meanwhile_proto::polls::Poll;
use meanwhile_proto::waits::WaitKind;

use crate::clocks::Time;
use crate::critical::Own;
use crate::tree::Forest;
use crate::{Kind, Role, Segment};

/// A span that is part of no request in its process.
pub(crate) const NO_REQUEST: u32 = u32::MAX;

/// Cuts one lane after the other.
pub(crate) struct Cut<'a> {
    forest: &'a Forest,
    times: &'a [Time],
    /// For each span the request it is part of, in its own process.
    requests: &'a [u32],
    /// Of all lanes so far.
    pub segments: Vec<Segment>,
}

/// Fills in, for those spans, parents first, the request that each is part of in its own process.
pub(crate) fn requests(forest: &Forest, spans: &[u32], requests: &mut [u32]) {
    for &index in spans {
        let span = forest.span(index);
        let above = forest.parent(index).filter(|&parent| forest.span(parent).process == span.process);
        requests[index as usize] = match span.is_request() {
            true => index,
            false => above.map_or(NO_REQUEST, |parent| requests[parent as usize]),
        };
    }
}

impl<'a> Cut<'a> {
    pub fn new(forest: &'a Forest, times: &'a [Time], requests: &'a [u32]) -> Self {
        Self { forest, times, requests, segments: Vec::new() }
    }

    /// The segments of the lane with that critical path, which comes from its end.
    pub fn lane(&mut self, way: &[Own]) -> Range<u32> {
        let first = self.segments.len();
        for own in way.iter().rev() {
            self.explain(*own, first, NO_REQUEST);
        }
        first as u32..self.segments.len() as u32
    }

    /// The segments of what ran beside a lane's way. Polls of the request that it is part of may have been for others.
    pub fn branch(&mut self, span: u32, way: &[Own]) -> Vec<Segment> {
        let whole = self.requests[span as usize];
        for own in way.iter().rev() {
            self.explain(*own, 0, whole);
        }
        std::mem::take(&mut self.segments)
    }

    fn explain(&mut self, Own { span, start, end }: Own, first: usize, unpolled: u32) {
        let (forest, request) = (self.forest, self.requests[span as usize]);
        let is_polled = request != NO_REQUEST && request != unpolled;
        let polls: &[Poll] = if is_polled { forest.span(request).polls() } else { &[] };
        if polls.is_empty() {
            // Of what still runs not everything has been told yet.
            let is_open = forest.span(span).open;
            let kind = self.kind_of(span, if is_open { Kind::Unknown } else { Kind::Own });
            return self.push(first, Segment { start, end, kind, span });
        }
        let kind = self.kind_of(span, Kind::Unknown);
        let zero = self.times[request as usize].start;
        let on_axis = |instant: u64| zero.saturating_add(instant);
        let behind = polls.partition_point(|poll| on_axis(poll.end) <= start);
        let mut at = start;
        for poll in polls[behind..].iter().take_while(|poll| on_axis(poll.woken) < end) {
            for (until, kind) in [(poll.woken, kind), (poll.start, Kind::Scheduler), (poll.end, Kind::Work)] {
                let until = on_axis(until).clamp(at, end);
                self.push(first, Segment { start: at, end: until, kind, span });
                at = until;
            }
        }
        self.push(first, Segment { start: at, end, kind, span });
    }

    fn push(&mut self, first: usize, segment: Segment) {
        if segment.start >= segment.end {
            return;
        }
        match self.segments[first..].last_mut() {
            Some(last) if (last.kind, last.span) == (segment.kind, segment.span) => last.end = segment.end,
            _ => self.segments.push(segment),
        }
    }

    /// What a span's own time is, polls aside: `rest` where it waits for nothing that is known.
    fn kind_of(&self, span: u32, rest: Kind) -> Kind {
        let shown = self.forest.span(span);
        let answered = || self.forest.children(span).iter().any(|&child| self.is_other_side(span, child));
        match shown.wait {
            Some(WaitKind::Upstream) if answered() => Kind::Network,
            Some(wait) => wait.into(),
            None if shown.role == Role::Client && answered() => Kind::Network,
            None => rest,
        }
    }

    fn is_other_side(&self, span: u32, child: u32) -> bool {
        self.forest.span(child).is_request()
            && self.forest.span(child).process != self.forest.span(span).process
    }
}
