//! Clocks that disagree: where a span of another process does not lie within the span that called it, it is moved there
//! with all that is under it. How much is kept, because whoever reads the lane should know.

use crate::Span;
use crate::tree::Forest;

/// When a span began and ended once clocks are made to agree, in nanoseconds since 1970.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Time {
    pub start: u64,
    pub end: u64,
}

impl Time {
    fn of(span: &Span, moved: i64) -> Self {
        let shift = |instant: u64| instant.saturating_add_signed(moved);
        Self { start: shift(span.start), end: shift(span.end) }
    }

    /// How far it was moved.
    pub fn moved(self, span: &Span) -> i64 {
        i64::try_from(i128::from(self.start) - i128::from(span.start)).unwrap_or_default()
    }
}

/// Fills in the times of those of a forest's spans, parents first.
pub(crate) fn agree(forest: &Forest, spans: &[u32], times: &mut [Time]) {
    for &index in spans {
        let span = forest.span(index);
        let Some(parent) = forest.parent(index) else {
            times[index as usize] = Time::of(span, 0);
            continue;
        };
        let caller = forest.span(parent);
        let outer = times[parent as usize];
        times[index as usize] = match span.process == caller.process || !crosses(span, caller) {
            true => Time::of(span, outer.moved(caller)),
            false => across(span, outer),
        };
    }
}

/// A message may be taken long after it was sent: only a call has to lie within its caller.
fn crosses(span: &Span, caller: &Span) -> bool {
    use crate::Role;
    span.role == Role::Server && matches!(caller.role, Role::Client | Role::Internal | Role::Server)
}

/// Within the caller's span: as it is where it fits, else in its middle, as if both ways took as long.
fn across(span: &Span, outer: Time) -> Time {
    if span.start >= outer.start && span.end <= outer.end {
        return Time::of(span, 0);
    }
    let (length, room) = (span.end - span.start, outer.end - outer.start);
    let wanted = outer.start + room.saturating_sub(length) / 2;
    let moved = i128::from(wanted) - i128::from(span.start);
    Time::of(span, i64::try_from(moved).unwrap_or_default())
}
