//! What the requests of a window tell together. A figure that needs every request is withheld where a sampler left some out.

mod alone;
mod in_flight;
mod order;
mod pool;
mod waited;

use std::ops::Range;

pub use alone::{Alone, OneAtATime, Overlap, Slowdown};
pub use in_flight::InFlight;
pub use order::{Order, Overtaken};
pub use pool::Replay;
pub use waited::{Waited, WaitedFor};

use crate::blockers::Roots;
use crate::{Kind, Segment, Window};

/// What the requests of a window tell together. Times are in nanoseconds.
#[derive(Debug, Clone)]
pub struct Figures {
    /// How many requests there are.
    pub requests: usize,
    /// How many of them still run.
    pub open: usize,
    /// How many reach beyond the window: only what lies within it counts.
    pub cut: usize,
    /// How many had a clock that was moved.
    pub moved: usize,
    /// The most requests that one of them stands for; more than 1 where a sampler kept only some.
    pub one_in: u32,
    /// The time they spent on each kind, in the order of [`Kind::ALL`].
    pub by_kind: [u64; Kind::ALL.len()],
    /// How long at least one of them was in flight.
    pub passed: u64,
    /// How much slower each was than alone; none where no request has ended.
    pub slowdown: Option<Slowdown>,
    /// How far they overlapped; withheld where it is sampled.
    pub overlap: Option<Overlap>,
    /// Which finished out of order; withheld where it is sampled.
    pub order: Option<Order>,
    /// What was waited for; withheld where it is sampled.
    pub waited: Option<WaitedFor>,
}

impl Window<'_> {
    /// What its requests tell together; `alone` has what was measured of them alone.
    pub fn figures(&self, alone: &Alone) -> Figures {
        let one_in = self.one_in();
        let is_whole = one_in <= 1;
        let mut roots = Roots::new(self.timeline);
        let estimates = self.estimates();
        Figures {
            requests: self.lanes.len(),
            open: self.lanes().filter(|lane| lane.open).count(),
            cut: self.cut(),
            moved: self.lanes().filter(|lane| lane.moved != 0).count(),
            one_in,
            by_kind: self.by_kind(),
            passed: self.passed(),
            slowdown: self.slowdown_with(alone, &estimates),
            overlap: is_whole.then(|| self.overlap_with(alone, &estimates)).flatten(),
            order: is_whole.then(|| self.order_with(&mut roots)),
            waited: is_whole.then(|| self.waited_for_with(&mut roots)),
        }
    }
}

/// What of a segment lies within a window.
pub(crate) trait Clip: Sized {
    fn clip(&self, time: &Range<u64>) -> Option<Self>;
}

impl Clip for Segment {
    fn clip(&self, time: &Range<u64>) -> Option<Self> {
        let (start, end) = (self.start.max(time.start), self.end.min(time.end));
        (start < end).then_some(Self { start, end, ..*self })
    }
}
