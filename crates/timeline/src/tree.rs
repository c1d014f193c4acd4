//! Spans in their trees. A span whose parent was lost is a tree's root; one that came twice is taken once; parents in a
//! circle are broken up where the earliest of them begins. What comes out does not depend on the order of what came in.

use crate::traces::Traces;
use crate::{Span, SpanRef, open};

/// No span.
pub(crate) const NONE: u32 = u32::MAX;

/// The spans of any number of traces, trace by trace and by id, with their parents and children.
#[derive(Debug, Default)]
pub(crate) struct Forest {
    pub spans: Vec<Span>,
    parents: Vec<u32>,
    children: Vec<u32>,
    starts: Vec<u32>,
    /// Every span behind its parent, tree by tree.
    pub order: Vec<u32>,
    traces: Traces,
}

impl Forest {
    /// Puts spans into trees. Gives how many were there before. With `now`, requests of which only parts are there get a span.
    pub fn new(mut spans: Vec<Span>, now: Option<u64>) -> (Self, usize) {
        let all = spans.len();
        let mut traces = Traces::sort(&mut spans);
        let again = all - spans.len();
        let mut parents = parents(&spans);
        if let Some(now) = now {
            let unfinished = open::unfinished(&spans, |span| parents[span] == NONE, now);
            if !unfinished.is_empty() {
                spans.extend(unfinished);
                traces = Traces::sort(&mut spans);
                parents = self::parents(&spans);
            }
        }
        let mut forest = Self { spans, parents, traces, ..Self::default() };
        forest.break_circles();
        forest.link();
        forest.walk();
        (forest, again)
    }

    pub fn parent(&self, index: u32) -> Option<u32> {
        Some(self.parents[index as usize]).filter(|&parent| parent != NONE)
    }

    pub fn children(&self, index: u32) -> &[u32] {
        let index = index as usize;
        &self.children[self.starts[index] as usize..self.starts[index + 1] as usize]
    }

    pub fn span(&self, index: u32) -> &Span {
        &self.spans[index as usize]
    }

    /// The place of a span that a link names.
    pub fn find(&self, reference: SpanRef) -> Option<u32> {
        self.traces.find(&self.spans, reference)
    }

    /// Puts each span's children in the order of `key`.
    pub fn sort_children<K: Ord>(&mut self, key: impl Fn(u32) -> K) {
        for index in 0..self.spans.len() {
            let range = self.starts[index] as usize..self.starts[index + 1] as usize;
            if range.len() > 1 {
                self.children[range].sort_unstable_by_key(|&child| key(child));
            }
        }
    }

    /// Follows parents upwards: a way that comes back to itself is a circle, and its earliest span becomes a root.
    fn break_circles(&mut self) {
        const NEW: u32 = 0;
        let mut seen_on = vec![NEW; self.spans.len()];
        for first in 0..self.spans.len() {
            let way = first as u32 + 1;
            let mut at = first as u32;
            while at != NONE && seen_on[at as usize] == NEW {
                seen_on[at as usize] = way;
                at = self.parents[at as usize];
            }
            if at != NONE && seen_on[at as usize] == way {
                let root = self.earliest_of_circle(at);
                self.parents[root as usize] = NONE;
            }
        }
    }

    fn earliest_of_circle(&self, member: u32) -> u32 {
        let mut earliest = member;
        let mut at = self.parents[member as usize];
        while at != member {
            let key = |index: u32| (self.span(index).start, self.span(index).id);
            if key(at) < key(earliest) {
                earliest = at;
            }
            at = self.parents[at as usize];
        }
        earliest
    }

    fn link(&mut self) {
        let mut starts = vec![0_u32; self.spans.len() + 1];
        for &parent in self.parents.iter().filter(|&&parent| parent != NONE) {
            starts[parent as usize + 1] += 1;
        }
        for index in 1..starts.len() {
            starts[index] += starts[index - 1];
        }
        let mut next = starts.clone();
        self.children = vec![NONE; starts.last().map_or(0, |&end| end as usize)];
        for (child, &parent) in self.parents.iter().enumerate() {
            if parent != NONE {
                self.children[next[parent as usize] as usize] = child as u32;
                next[parent as usize] += 1;
            }
        }
        self.starts = starts;
    }

    fn walk(&mut self) {
        let mut order: Vec<u32> = Vec::with_capacity(self.spans.len());
        let mut stack: Vec<u32> = Vec::new();
        for root in (0..self.spans.len() as u32).filter(|&index| self.parents[index as usize] == NONE) {
            stack.push(root);
            while let Some(index) = stack.pop() {
                order.push(index);
                stack.extend(self.children(index));
            }
        }
        self.order = order;
    }
}

/// Spans of a trace lie side by side, in order of id.
fn parents(spans: &[Span]) -> Vec<u32> {
    let mut parents = Vec::with_capacity(spans.len());
    for trace in spans.chunk_by(|one, next| one.trace == next.trace) {
        let first = parents.len();
        let parent_of = |span: &Span| {
            let parent = span.parent.filter(|&parent| parent != span.id)?;
            trace.binary_search_by_key(&parent, |other| other.id).ok()
        };
        parents.extend(trace.iter().map(|span| parent_of(span).map_or(NONE, |place| (first + place) as u32)));
    }
    parents
}
