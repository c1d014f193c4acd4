//! Requests that finished out of order: one that began later was done before. Why is what the one that was overtaken spent
//! most of its time on from then on.

use std::collections::BTreeMap;

use crate::blockers::Roots;
use crate::{Kind, Lane, Name, Window};

/// Which requests finished out of order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Order {
    /// In order of start.
    pub overtaken: Vec<Overtaken>,
}

/// A request that was overtaken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overtaken {
    /// Which request, by its place among the lanes.
    pub lane: usize,
    /// The first that began later and was done before, by its place among the lanes.
    pub by: usize,
    /// What it spent most of its time on from then on.
    pub kind: Kind,
    /// The method of the request at the root of that, where it was one that others made.
    pub behind: Option<Name>,
}

impl Order {
    /// How many were overtaken, by what they were spending their time on, most of them first.
    pub fn why(&self) -> Vec<(Kind, usize)> {
        let mut counts: BTreeMap<Kind, usize> = BTreeMap::new();
        for overtaken in &self.overtaken {
            *counts.entry(overtaken.kind).or_default() += 1;
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
        counts
    }
}

impl Window<'_> {
    /// Which of its requests finished out of order.
    pub fn order(&self) -> Order {
        self.order_with(&mut Roots::new(self.timeline))
    }

    pub(crate) fn order_with(&self, roots: &mut Roots<'_>) -> Order {
        let lanes = self.timeline.lanes();
        let mut overtaken = Vec::new();
        // From the last to begin backwards: the earliest to end of all that begin later.
        let mut earliest: Option<u32> = None;
        let ends = |place: u32| lanes[place as usize].end;
        for together in self.lanes.chunk_by(|&a, &b| lanes[a as usize].start == lanes[b as usize].start).rev()
        {
            for &place in together.iter().rev() {
                if let Some(by) = earliest.filter(|&by| ends(by) < ends(place)) {
                    overtaken.push(self.overtaken(place, by, roots));
                }
            }
            let done = together.iter().copied().filter(|&place| !lanes[place as usize].open);
            earliest = done.chain(earliest).min_by_key(|&place| (ends(place), place));
        }
        overtaken.reverse();
        Order { overtaken }
    }

    fn overtaken(&self, place: u32, by: u32, roots: &mut Roots<'_>) -> Overtaken {
        let lanes = self.timeline.lanes();
        let lane: &Lane = &lanes[place as usize];
        let from = lanes[by as usize].end;
        let segments = self.timeline.segments(lane);
        let late = &segments[segments.partition_point(|segment| segment.end <= from)..];
        let mut times = [0_u64; Kind::ALL.len()];
        for segment in late {
            times[segment.kind as usize] += segment.end - segment.start.max(from);
        }
        let most = Kind::ALL.into_iter().max_by_key(|&kind| (times[kind as usize], std::cmp::Reverse(kind)));
        let kind = most.unwrap_or(Kind::Unknown);
        let of_kind = late.iter().filter(|segment| segment.kind == kind);
        let longest = of_kind.max_by_key(|segment| segment.end - segment.start.max(from));
        let behind = longest.and_then(|segment| roots.of(segment.span));
        Overtaken {
            lane: place as usize,
            by: by as usize,
            kind,
            behind: behind.map(|blocker| self.timeline.method(blocker)),
        }
    }
}
