//! Who waits for the same thing, in turns: each client's in order of arrival, and of the clients one after the other, so
//! that one which sends thousands keeps nobody else waiting behind all of them. Clients are told apart by a number; those
//! whose numbers are 64 apart share a turn, which keeps it small, quick, and without anything to tidy up.

use std::collections::VecDeque;

const LINES: usize = u64::BITS as usize;

/// A queue that is fair between clients. With one client it is first come, first served.
#[derive(Debug)]
pub struct Turns<T> {
    lines: [VecDeque<T>; LINES],
    /// A bit for each line in which somebody waits.
    busy: u64,
    /// The line that had the last turn.
    last: u32,
    len: usize,
}

impl<T> Turns<T> {
    /// How many wait.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True where nobody waits.
    pub fn is_empty(&self) -> bool {
        self.busy == 0
    }

    /// Lets one more of this client's wait.
    pub fn push(&mut self, client: u32, waiter: T) {
        let line = client as usize % LINES;
        self.lines[line].push_back(waiter);
        self.busy |= 1 << line;
        self.len += 1;
    }

    /// The next.
    pub fn pop(&mut self) -> Option<T> {
        if self.busy == 0 {
            return None;
        }
        // Turned so that the line behind the last one comes first.
        let first = self.last + 1;
        let ahead = self.busy.rotate_right(first % u64::BITS).trailing_zeros();
        self.last = (first + ahead) % u64::BITS;
        let line = &mut self.lines[self.last as usize];
        let next = line.pop_front();
        self.len -= usize::from(next.is_some());
        if line.is_empty() {
            self.busy &= !(1 << self.last);
        }
        next
    }

    /// Everybody, in no order between clients.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.lines.iter_mut().flatten()
    }

    /// Sends away whom `stays` does not keep.
    pub fn retain(&mut self, stays: impl Fn(&T) -> bool) {
        self.len = 0;
        self.busy = 0;
        for (place, line) in self.lines.iter_mut().enumerate() {
            line.retain(&stays);
            self.len += line.len();
            self.busy |= u64::from(!line.is_empty()) << place;
        }
    }

    /// Everybody; nobody waits any more.
    pub fn take_all(&mut self) -> Vec<T> {
        (self.busy, self.len) = (0, 0);
        self.lines.iter_mut().flat_map(std::mem::take).collect()
    }
}

impl<T> Default for Turns<T> {
    fn default() -> Self {
        Self { lines: std::array::from_fn(|_| VecDeque::new()), busy: 0, last: 0, len: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns(waiters: &[(u32, &'static str)]) -> Turns<&'static str> {
        let mut turns = Turns::default();
        waiters.iter().for_each(|&(client, waiter)| turns.push(client, waiter));
        turns
    }

    fn order(mut turns: Turns<&'static str>) -> Vec<&'static str> {
        std::iter::from_fn(|| turns.pop()).collect()
    }

    #[test]
    fn one_client_is_served_in_order_of_arrival() {
        assert_eq!(order(turns(&[(7, "a"), (7, "b"), (7, "c")])), ["a", "b", "c"]);
    }

    #[test]
    fn a_client_that_floods_does_not_keep_the_others_behind_all_it_sent() {
        let flood = [(1, "1a"), (1, "1b"), (1, "1c"), (1, "1d"), (63, "63a"), (64, "64a"), (63, "63b")];
        assert_eq!(order(turns(&flood)), ["1a", "63a", "64a", "1b", "63b", "1c", "1d"]);
    }

    #[test]
    fn who_comes_late_has_the_next_turn() {
        let mut turns = turns(&[(1, "1a"), (1, "1b"), (1, "1c")]);
        assert_eq!(turns.pop(), Some("1a"));
        turns.push(2, "2a");
        assert_eq!(order(turns), ["2a", "1b", "1c"]);
    }

    #[test]
    fn who_left_has_no_turn() {
        let mut turns = turns(&[(1, "1a"), (2, "2a"), (1, "1b")]);
        turns.retain(|waiter| *waiter != "2a");
        assert_eq!(turns.len(), 2);
        assert_eq!(order(turns), ["1a", "1b"]);
    }

    #[test]
    fn after_all_were_taken_nobody_waits() {
        let mut turns = turns(&[(1, "1a"), (2, "2a")]);
        assert_eq!(turns.iter_mut().count(), 2);
        assert_eq!(turns.take_all(), ["1a", "2a"]);
        assert!(turns.is_empty() && turns.pop().is_none());
    }
}
