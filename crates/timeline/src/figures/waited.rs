//! What was waited for: kind, and the method of the request that others waited for, directly and at the root.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::blockers::Roots;
use crate::{Kind, Name, Segment, Window};

/// Rows beyond these are summed up.
const MOST: usize = 1_000;

/// What was waited for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WaitedFor {
    /// The longest first; at most 1,000.
    pub rows: Vec<Waited>,
    /// The time of all further rows, in nanoseconds.
    pub rest: u64,
}

/// A row of what was waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Waited {
    /// What for.
    pub kind: Kind,
    /// The waits' name: a pool's, a statement's, a call's.
    pub on: Name,
    /// The method of the request that was waited for; none where the wait does not say, or that request is not here.
    pub behind: Option<Name>,
    /// The method of the request at the root: it waited for nobody while others waited for it.
    pub root: Option<Name>,
    /// The time that requests spent on it, in nanoseconds.
    pub time: u64,
    /// How many waits that were.
    pub waits: u64,
}

/// What rows are told apart by.
type Key = (Kind, Name, Option<Name>, Option<Name>);

impl Window<'_> {
    /// What its requests waited for, along their critical paths.
    pub fn waited_for(&self) -> WaitedFor {
        self.waited_for_with(&mut Roots::new(self.timeline))
    }

    pub(crate) fn waited_for_with(&self, roots: &mut Roots<'_>) -> WaitedFor {
        let mut sums: HashMap<Key, (u64, u64)> = HashMap::new();
        for lane in self.lanes() {
            let mut before = None;
            for segment in self.segments(lane).filter(|segment| segment.kind.is_recorded()) {
                let (time, waits) = sums.entry(self.key(&segment, roots)).or_default();
                *time = time.saturating_add(segment.duration());
                *waits += u64::from(before.replace(segment.span) != Some(segment.span));
            }
        }
        let row = |((kind, on, behind, root), (time, waits))| Waited { kind, on, behind, root, time, waits };
        let mut rows: Vec<Waited> = sums.into_iter().map(row).collect();
        rows.sort_unstable_by_key(|&row| (Reverse(row.time), row));
        let rest = rows.iter().skip(MOST).fold(0_u64, |rest, row| rest.saturating_add(row.time));
        rows.truncate(MOST);
        WaitedFor { rows, rest }
    }

    fn key(&self, segment: &Segment, roots: &mut Roots<'_>) -> Key {
        let on = self.timeline.spans()[segment.span as usize].name;
        let behind = roots.behind(segment.span);
        let method = |blocker| self.timeline.method(blocker);
        (
            segment.kind,
            on,
            behind.map(|behind| method(behind.direct)),
            behind.map(|behind| method(behind.root)),
        )
    }
}
