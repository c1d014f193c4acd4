//! Who made a request wait: a wait links to the span it waited for, which may itself have waited for another; the root is
//! the one who waited for nobody. Links that lead round and round have one root too: the first span of the circle.

use std::cmp::Reverse;

use crate::tree::NONE;
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
        Some(self.as_blocker(self.blocked_by(wait)?))
    }

    /// The same, by its place.
    pub(crate) fn blocked_by(&self, wait: u32) -> Option<u32> {
        self.blockers.get(wait as usize).copied().filter(|&blocker| blocker != NONE)
    }

    fn as_blocker(&self, span: u32) -> Blocker {
        Blocker { span, lane: self.lane_of(span) }
    }

    /// The one at the end of the chain: who waited for nobody while others waited for it. [`Roots`] tells those of many.
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
        let is_behind = |span: &u32| self.blocked_by(*span).is_some();
        if is_behind(&blocker.span) {
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
        let waits = then.map(|segment| segment.span).filter(is_behind);
        waits.max_by_key(|&span| (overlap(span), Reverse(span)))
    }
}

/// Behind whom a wait was, directly and at the end of the chain.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Behind {
    pub direct: Blocker,
    pub root: Blocker,
}

/// The roots of many waits of a timeline. Each link is followed once, however many waits it leads on from.
#[derive(Debug)]
pub struct Roots<'a> {
    timeline: &'a Timeline,
    /// By span, so that looking at one lane after the other stays in one place. Empty as long as no wait says for whom.
    known: Vec<u32>,
}

/// Its root is not known yet, or just being looked for.
const FOLLOWED: u32 = NONE - 1;

impl<'a> Roots<'a> {
    /// None is known yet.
    pub fn new(timeline: &'a Timeline) -> Self {
        Self { timeline, known: Vec::new() }
    }

    /// As [`Timeline::root_blocker`].
    pub fn of(&mut self, wait: u32) -> Option<Blocker> {
        Some(self.behind(wait)?.root)
    }

    pub(crate) fn behind(&mut self, wait: u32) -> Option<Behind> {
        let direct = self.timeline.blocked_by(wait)?;
        if self.known.is_empty() {
            self.known = vec![NONE; self.timeline.spans().len()];
        }
        let root = match self.known[wait as usize] {
            NONE | FOLLOWED => self.follow(wait, direct),
            root => root,
        };
        Some(Behind { direct: self.timeline.as_blocker(direct), root: self.timeline.as_blocker(root) })
    }

    fn follow(&mut self, wait: u32, direct: u32) -> u32 {
        let mut way = Vec::new();
        let (mut at, mut direct) = (wait, direct);
        let root = loop {
            match self.known[at as usize] {
                NONE => {}
                FOLLOWED => break self.first_of_circle(&way, at).unwrap_or(direct),
                root => break root,
            }
            self.known[at as usize] = FOLLOWED;
            way.push(at);
            let next = self.timeline.wait_of(self.timeline.as_blocker(direct), at);
            match next.and_then(|next| Some((next, self.timeline.blocked_by(next)?))) {
                Some(next) => (at, direct) = next,
                None => break direct,
            }
        };
        for wait in way {
            self.known[wait as usize] = root;
        }
        root
    }

    fn first_of_circle(&self, way: &[u32], member: u32) -> Option<u32> {
        let circle = way.iter().skip_while(|&&wait| wait != member);
        circle.filter_map(|&wait| self.timeline.blocked_by(wait)).min()
    }
}
