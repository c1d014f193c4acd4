//! The union of a request's polls over its tasks, in bounded memory. Pure: times come in, in order; polls come out.

use meanwhile_proto::polls::{MAX_POLLS, Poll};

/// While it is filled it holds this many polls, so that merging costs little per poll: half of them go at once.
const CAPACITY: usize = 2 * MAX_POLLS;

/// Alternates between idle, scheduled and busy: busy while any task is polled, scheduled while none is and at least
/// one was woken. A scheduled stretch always ends in a busy one, so a list of [`Poll`]s says it all.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    polls: Vec<Poll>,
    /// How many tasks are being polled now; the last poll is open while there are any.
    polling: usize,
    finished: bool,
}

impl Timeline {
    /// A task that was woken at `woken` is polled from `now` on. Calls must be in order of `now`.
    pub(super) fn begin(&mut self, woken: u64, now: u64) {
        if self.finished {
            return;
        }
        if self.polling == 0 {
            if self.polls.len() == CAPACITY {
                merge_smallest_gaps(&mut self.polls, MAX_POLLS);
            }
            self.polls.push(Poll { woken: now, start: now, end: now });
        }
        self.polling += 1;
        self.schedule_since(woken);
    }

    /// A task's poll ended `now`.
    pub(super) fn end(&mut self, now: u64) {
        self.polling = self.polling.saturating_sub(1);
        if self.polling == 0 {
            self.close(now);
        }
    }

    /// Ends what is open and hands the polls out, at most [`MAX_POLLS`].
    pub(super) fn finish(&mut self, now: u64) -> Vec<Poll> {
        if self.polling > 0 {
            self.close(now);
        }
        self.finished = true;
        merge_smallest_gaps(&mut self.polls, MAX_POLLS);
        std::mem::take(&mut self.polls)
    }

    fn close(&mut self, now: u64) {
        if let Some(last) = self.polls.last_mut() {
            last.end = now;
        }
    }

    /// Some task stands ready from `woken` up to the last poll's start: all idle time between is scheduled time.
    fn schedule_since(&mut self, woken: u64) {
        for at in (0..self.polls.len()).rev() {
            let before = at.checked_sub(1).map(|before| self.polls[before]);
            let free = before.map_or(0, |before| before.end);
            let poll = &mut self.polls[at];
            poll.woken = poll.woken.min(woken.max(free));
            if before.is_none_or(|before| woken >= before.start) {
                break;
            }
        }
    }
}

/// Merges neighbours until at most `max` polls are left, those with the least time between them first. What lay
/// between counts as busy from then on, so busy time is never lost, and as little as possible is added.
fn merge_smallest_gaps(polls: &mut Vec<Poll>, max: usize) {
    let Some(excess) = polls.len().checked_sub(max).filter(|excess| *excess > 0) else { return };
    let mut gaps: Vec<(u64, usize)> =
        polls.windows(2).enumerate().map(|(at, pair)| (pair[1].start - pair[0].end, at)).collect();
    // Of equal gaps the earlier go first, so the result does not depend on the order of the search.
    let (_, &mut largest, _) = gaps.select_nth_unstable(excess - 1);
    let mut at = 0;
    polls.dedup_by(|next, kept| {
        let merge = (next.start - kept.end, at) <= largest;
        at += 1;
        if merge {
            kept.end = next.end;
        }
        merge
    });
}

#[cfg(test)]
mod tests;
