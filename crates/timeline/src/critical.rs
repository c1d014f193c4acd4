//! The critical path of a request: walked from its end to its start, always along what the rest had to wait for. A child
//! that ended before the next one began is what that one waited for; where only a child runs that others outran, the
//! time is that child's; what no child covers is the span's own.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::clocks::Time;
use crate::tree::Forest;

/// How many steps a walk may take for each span under its request, and besides. Only a trace made to be slow comes near:
/// what is left then is not looked into any more, and counts as the span's own time.
const STEPS_A_SPAN: usize = 16;
const STEPS: usize = 1_024;

/// A stretch of a span's own time on the critical path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Own {
    pub span: u32,
    pub start: u64,
    pub end: u64,
}

/// One span on the way, from the inside out.
struct Step {
    span: u32,
    /// Where the walk through this span ends.
    from: u64,
    /// Where the walk is now; it goes back in time.
    at: u64,
    /// How many of its children, in order of their end, have not been looked at yet.
    left: usize,
    /// Children that were still running where the walk went by, the earliest first.
    running: BinaryHeap<(Reverse<u64>, u32)>,
}

/// Walks requests. Its buffers serve one request after the other.
#[derive(Default)]
pub(crate) struct Walk {
    steps: Vec<Step>,
    /// The way walked, from its end.
    pub way: Vec<Own>,
    /// Every span the way led through, with what is under it, and when.
    pub through: Vec<Own>,
    budget: usize,
}

impl Walk {
    /// The way through the request at `root`; `size` is how many spans are under it. Children are in order of their end.
    pub fn request(&mut self, forest: &Forest, times: &[Time], root: u32, size: usize) {
        self.budget = STEPS + size.saturating_mul(STEPS_A_SPAN);
        let Time { start, end, .. } = times[root as usize];
        self.branch(forest, times, Own { span: root, start, end });
    }

    /// The way through a part of it.
    pub fn branch(&mut self, forest: &Forest, times: &[Time], Own { span, start, end }: Own) {
        self.way.clear();
        self.through.clear();
        self.enter(forest, span, start, end);
        while let Some(step) = self.steps.last_mut() {
            match step.next(forest, times) {
                Next::Child { child, from, at } => self.enter(forest, child, from, at),
                Next::Own(own) => self.push(own),
                Next::Done => drop(self.steps.pop()),
            }
        }
    }

    fn enter(&mut self, forest: &Forest, span: u32, from: u64, at: u64) {
        let children = forest.children(span).len();
        match self.budget.checked_sub(children + 1) {
            Some(left) => {
                self.budget = left;
                self.through.push(Own { span, start: from, end: at });
                self.steps.push(Step { span, from, at, left: children, running: BinaryHeap::new() });
            }
            None => self.push(Own { span, start: from, end: at }),
        }
    }

    fn push(&mut self, own: Own) {
        match self.way.last_mut() {
            Some(last) if last.span == own.span && last.start == own.end => last.start = own.start,
            _ if own.start < own.end => self.way.push(own),
            _ => {}
        }
    }
}

enum Next {
    /// The way leads through that child.
    Child { child: u32, from: u64, at: u64 },
    /// The span's own time.
    Own(Own),
    /// The span's start is reached.
    Done,
}

impl Step {
    fn next(&mut self, forest: &Forest, times: &[Time]) -> Next {
        if self.at <= self.from {
            return Next::Done;
        }
        let children = forest.children(self.span);
        while let Some(&child) = self.left.checked_sub(1).and_then(|last| children.get(last)) {
            let time = times[child as usize];
            if time.end <= self.at && time.start < time.end {
                break;
            }
            self.left -= 1;
            if time.end > self.at {
                self.running.push((Reverse(time.start), child));
            }
        }
        let ended = self.left.checked_sub(1).map(|last| children[last]);
        let ended =
            ended.map(|child| (child, times[child as usize])).filter(|(_, time)| time.end > self.from);
        let gap = ended.map_or(self.from, |(_, time)| time.end);
        if gap < self.at {
            return self.fill(gap);
        }
        let Some((child, time)) = ended else { return Next::Done };
        self.left -= 1;
        let (from, at) = (time.start.max(self.from), time.end);
        self.at = from;
        Next::Child { child, from, at }
    }

    /// From `gap` to now no child ended: the time of one that was still running then, or the span's own.
    fn fill(&mut self, gap: u64) -> Next {
        let at = self.at;
        match self.running.peek() {
            Some(&(Reverse(start), child)) if start < at => {
                self.at = start.max(gap);
                if start >= gap {
                    self.running.pop();
                }
                Next::Child { child, from: self.at, at }
            }
            _ => {
                self.at = gap;
                Next::Own(Own { span: self.span, start: gap, end: at })
            }
        }
    }
}
