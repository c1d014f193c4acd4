//! Who made a request wait: a wait links to the span it waited for, which may itself have waited for another; the root is
//! the one who waited for nobody. Links that lead round and round have one root too: the first span of the circle.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::{Name, SpanRef, Timeline};

/// How many segments of a blocker's lane are looked at for what it waited for itself.
const LOOKED_AT: usize = 256;

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
        Roots::new(self).of(wait)
    }

    /// The place of a span that a link names.
    pub fn find(&self, reference: SpanRef) -> Option<u32> {
        self.forest.find(reference)
    }

    /// The method of the request that made others wait, or where that is not here, the name of what they waited for.
    pub fn method(&self, blocker: Blocker) -> Name {
        let span = blocker.lane.map_or(blocker.span, |lane| self.lanes()[lane].span);
        self.forest.span(span).name
    }

    /// What the blocker itself was waiting for while `wait` lasted: of its request's waits that say for whom, the one that
    /// lasted longest then.
    fn wait_of(&self, blocker: Blocker, wait: u32) -> Option<u32> {
        if self.forest.span(blocker.span).blocker().is_some() {
            return Some(blocker.span);
        }
        let segments = self.segments(&self.lanes()[blocker.lane?]);
        let during = self.interval(wait);
        let overlap = |span: u32| {
            let other = self.interval(span);
            other.end.min(during.end).saturating_sub(other.start.max(during.start))
        };
        let first = segments.partition_point(|segment| segment.end <= during.start);
        let then = segments[first..].iter().take_while(|segment| segment.start < during.end).take(LOOKED_AT);
        let waits =
            then.map(|segment| segment.span).filter(|&span| self.forest.span(span).blocker().is_some());
        waits.max_by_key(|&span| (overlap(span), Reverse(span)))
    }
}

/// Behind whom a wait was, directly and at the end of the chain.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Behind {
    pub direct: Blocker,
    pub root: Blocker,
}

/// The roots of many waits. Each link is followed once, however many waits it leads on from.
pub(crate) struct Roots<'a> {
    timeline: &'a Timeline,
    /// By wait. While it is being followed, its root is the direct one.
    known: HashMap<u32, (Behind, bool)>,
}

impl<'a> Roots<'a> {
    pub fn new(timeline: &'a Timeline) -> Self {
        Self { timeline, known: HashMap::new() }
    }

    pub fn of(&mut self, wait: u32) -> Option<Blocker> {
        Some(self.behind(wait)?.root)
    }

    pub fn behind(&mut self, wait: u32) -> Option<Behind> {
        // Most waits say of nobody: they need no table.
        self.timeline.forest.span(wait).blocker()?;
        if let Some((behind, _)) = self.known.get(&wait) {
            return Some(*behind);
        }
        let first = self.timeline.blocker(wait)?;
        let (mut way, mut at, mut direct) = (Vec::new(), wait, first);
        let root = loop {
            match self.known.get(&at) {
                Some((behind, true)) => break behind.root,
                Some((_, false)) => break first_of_circle(&way, at).unwrap_or(direct),
                None => {}
            }
            self.known.insert(at, (Behind { direct, root: direct }, false));
            way.push((at, direct));
            let next = self.timeline.wait_of(direct, at);
            match next.and_then(|next| Some((next, self.timeline.blocker(next)?))) {
                Some((next, behind)) => (at, direct) = (next, behind),
                None => break direct,
            }
        };
        for (wait, direct) in way {
            self.known.insert(wait, (Behind { direct, root }, true));
        }
        Some(Behind { direct: first, root })
    }
}

fn first_of_circle(way: &[(u32, Blocker)], member: u32) -> Option<Blocker> {
    let circle = way.iter().skip_while(|(wait, _)| *wait != member).map(|&(_, blocker)| blocker);
    circle.min_by_key(|blocker| blocker.span)
}
