//! What each span has from those above it: when it was, by a clock that agrees with theirs, and which request it is part of;
//! and whom it waited for. Found in one walk down the trees, a block of spans at a time: the spans of a block are read from
//! memory once.

use crate::Name;
use crate::clocks::{self, Time};
use crate::cut::{self, NO_REQUEST};
use crate::tree::{Forest, NONE};

/// A span that is under no request.
pub(crate) const NO_LANE: u32 = u32::MAX;

/// How many spans are walked at a time: they fit into a processor's own cache.
const BLOCK: usize = 4_096;

/// What is found of each span, by its place.
#[derive(Debug)]
pub(crate) struct Above {
    pub times: Vec<Time>,
    /// The request it is part of, in its own process.
    pub requests: Vec<u32>,
    /// The number of the request whose lane it belongs to.
    pub lane_of: Vec<u32>,
    /// The span that it waited for.
    pub blockers: Vec<u32>,
    /// The requests that have lanes, by number.
    pub roots: Vec<Root>,
}

/// A request that has a lane.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Root {
    pub span: u32,
    /// In the order of the walk.
    pub number: u32,
}

impl Above {
    /// Of a whole forest. Lanes are the requests of that service; without it, the topmost of each tree.
    pub fn all(forest: &Forest, service: Option<Name>) -> Self {
        let spans = forest.spans.len();
        let mut above = Self {
            times: vec![Time::default(); spans],
            requests: vec![NO_REQUEST; spans],
            lane_of: vec![NO_LANE; spans],
            blockers: vec![NONE; spans],
            roots: Vec::new(),
        };
        // In the order of the walk every span is behind its parent.
        for block in forest.order.chunks(BLOCK) {
            clocks::agree(forest, block, &mut above.times);
            cut::requests(forest, block, &mut above.requests);
            above.find_lanes(forest, block, service);
            above.find_blockers(forest, block);
        }
        above
    }

    fn find_lanes(&mut self, forest: &Forest, block: &[u32], service: Option<Name>) {
        for &index in block {
            let above = forest.parent(index).map_or(NO_LANE, |parent| self.lane_of[parent as usize]);
            let span = forest.span(index);
            let is_root = above == NO_LANE
                && span.is_request()
                && service.is_none_or(|service| service == span.service);
            self.lane_of[index as usize] = match is_root {
                true => self.root(index),
                false => above,
            };
        }
    }

    fn root(&mut self, span: u32) -> u32 {
        let number = self.roots.len() as u32;
        self.roots.push(Root { span, number });
        number
    }

    fn find_blockers(&mut self, forest: &Forest, block: &[u32]) {
        for &index in block {
            let blocker = forest.span(index).blocker().and_then(|blocker| forest.find(blocker));
            self.blockers[index as usize] = blocker.unwrap_or(NONE);
        }
    }
}
