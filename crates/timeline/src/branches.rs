//! What ran beside the critical path of a request: for drawing under its lane. A branch is a span with what is under it, for
//! the time that the way through the request did not lead through it, cut into segments as a lane is.

use std::collections::{BTreeMap, VecDeque};
use std::iter;
use std::ops::Range;

use crate::critical::{Own, Walk};
use crate::cut::Cut;
use crate::{Lane, Segment, Timeline};

/// Of a lane with more branches not all are given.
const MOST: usize = 1_000;

/// What ran beside the critical path of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// The topmost of its spans.
    pub span: u32,
    /// The row under the lane that it is drawn in, from 0; branches in one row do not overlap.
    pub row: u32,
    /// From its start to its end, without gap or overlap; never empty.
    pub segments: Vec<Segment>,
}

impl Timeline {
    /// What ran beside the lane's critical path, in order of start. Of a lane with more than 1,000 branches those nearest to
    /// the way.
    pub fn branches(&self, lane: &Lane) -> Vec<Branch> {
        let mut walk = Walk::default();
        let mut cut = Cut::new(&self.forest, &self.times, &self.requests);
        let mut ways = Ways::default();
        let mut branches = Vec::new();
        walk.request(&self.forest, &self.times, lane.span, self.size(lane.span));
        ways.add(&walk.through);
        while let Some(visit) = ways.new.pop_front() {
            for &child in self.forest.children(visit.span) {
                for beside in ways.beside(child, self.within(child, visit)) {
                    if branches.len() == MOST {
                        return in_rows(branches);
                    }
                    walk.branch(&self.forest, &self.times, beside);
                    ways.add(&walk.through);
                    branches.push(Branch { span: child, row: 0, segments: cut.branch(child, &walk.way) });
                }
            }
        }
        in_rows(branches)
    }

    /// How many spans are under that one, itself among them.
    fn size(&self, span: u32) -> usize {
        let (mut left, mut size) = (vec![span], 0);
        while let Some(span) = left.pop() {
            size += 1;
            left.extend(self.forest.children(span));
        }
        size
    }

    fn within(&self, child: u32, visit: Own) -> Range<u64> {
        let time = self.times[child as usize];
        time.start.max(visit.start)..time.end.min(visit.end)
    }
}

/// Where ways led through spans.
#[derive(Default)]
struct Ways {
    through: BTreeMap<u32, Vec<Range<u64>>>,
    /// Those whose children have not been looked at yet.
    new: VecDeque<Own>,
}

impl Ways {
    fn add(&mut self, through: &[Own]) {
        for own in through {
            self.through.entry(own.span).or_default().push(own.start..own.end);
        }
        self.new.extend(through);
    }

    /// What of that time no way led through the span.
    fn beside(&self, span: u32, time: Range<u64>) -> Vec<Own> {
        let mut ways = self.through.get(&span).cloned().unwrap_or_default();
        ways.sort_unstable_by_key(|way| way.start);
        let (mut beside, mut at) = (Vec::new(), time.start);
        for way in ways.into_iter().chain(iter::once(time.end..time.end)) {
            let end = way.start.min(time.end);
            if at < end {
                beside.push(Own { span, start: at, end });
            }
            at = at.max(way.end);
        }
        beside
    }
}

fn in_rows(mut branches: Vec<Branch>) -> Vec<Branch> {
    let start = |branch: &Branch| branch.segments.first().map_or(0, |segment| segment.start);
    branches.retain(|branch| !branch.segments.is_empty());
    branches.sort_by_key(|branch| (start(branch), branch.span));
    let mut ends: Vec<u64> = Vec::new();
    for branch in &mut branches {
        let row = ends.iter().position(|&end| end <= start(branch)).unwrap_or(ends.len());
        let end = branch.segments.last().map_or(0, |segment| segment.end);
        match ends.get_mut(row) {
            Some(last) => *last = end,
            None => ends.push(end),
        }
        branch.row = row as u32;
    }
    branches
}
