//! Who made a request wait: a wait links to the span it waited for, which may itself have waited for another; the root is
//! the one who waited for nobody. Links that lead round and round end where they meet themselves.

use std::collections::BTreeSet;

use crate::{SpanRef, Timeline};

/// Who made a request wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blocker {
    /// The span that was waited for, by its place in [`Timeline::spans`].
    pub span: u32,
    /// The lane it belongs to, by its place; none where that request is not here.
    pub lane: Option<usize>,
}

impl Timeline {
    /// The span that this one waited for; none where it says none, or where that span is not here.
    pub fn blocker(&self, wait: u32) -> Option<Blocker> {
        let span = self.find(self.forest.span(wait).blocker()?)?;
        Some(Blocker { span, lane: self.lane_of(span) })
    }

    /// The one at the end of the chain: who waited for nobody while others waited for it.
    pub fn root_blocker(&self, wait: u32) -> Option<Blocker> {
        let mut blocker = self.blocker(wait)?;
        let (mut wait, mut seen) = (wait, BTreeSet::from([wait]));
        while let Some(next) = self.wait_of(blocker, wait) {
            if !seen.insert(next) {
                break;
            }
            let Some(behind) = self.blocker(next) else { break };
            (wait, blocker) = (next, behind);
        }
        Some(blocker)
    }

    /// The place of a span that a link names.
    pub fn find(&self, reference: SpanRef) -> Option<u32> {
        let key = (reference.trace, reference.span);
        self.spans().binary_search_by_key(&key, |span| (span.trace, span.id)).ok().map(|index| index as u32)
    }

    /// What the blocker itself was waiting for while `wait` lasted: of its request's waits that say for whom, the one that
    /// lasted longest then.
    fn wait_of(&self, blocker: Blocker, wait: u32) -> Option<u32> {
        if self.forest.span(blocker.span).blocker().is_some() {
            return Some(blocker.span);
        }
        let lane = &self.lanes()[blocker.lane?];
        let during = self.interval(wait);
        let overlap = |span: u32| {
            let other = self.interval(span);
            other.end.min(during.end).saturating_sub(other.start.max(during.start))
        };
        let waits = self.segments(lane).iter().map(|segment| segment.span);
        let waits = waits.filter(|&span| self.forest.span(span).blocker().is_some() && overlap(span) > 0);
        waits.max_by_key(|&span| (overlap(span), std::cmp::Reverse(span)))
    }
}
