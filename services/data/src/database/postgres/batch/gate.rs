//! Whether a statement's calls go together, by measure: they do while a call's share of a trip takes no longer than a trip
//! of its own. One bad plan can make a batch fifty times worse; so it starts small, and where it does not pay it stops,
//! and tries again more and more seldom. What is compared are medians: on a busy machine any single trip may be late.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The most calls of a trip: beyond, a trip saves little more, and its first row waits for its last.
pub(super) const MOST: usize = 128;

/// So many are tried together first: of fewer, the form for several may cost more than it saves.
const FIRST: usize = 8;

/// How many trips of one kind have to be known before they are compared.
const KNOWN: usize = 5;

/// A share that is so many times the quickest of the last trips alone, and for so many trips in a row, is not chance.
const CLEARLY: (f64, u32) = (8.0, 3);

/// Every so many trips one goes alone, so that what a trip alone takes stays known.
const LOOK: u32 = 128;

/// So many calls go alone after the gate closed, first and at most; the number doubles each time.
const REST: (u32, u32) = (1 << 14, 1 << 20);

/// After so many good trips the gate's past is forgotten.
const GOOD: u32 = 256;

/// One statement's gate.
#[derive(Debug, Default)]
pub(super) struct Gate {
    /// How many more calls go alone.
    rest: AtomicU32,
    /// What a trip takes, of one call, in nanoseconds; 0 where that is not known yet.
    lone: AtomicU64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// What a trip takes, of one call.
    lone: Last,
    /// What a trip of several takes, for each of them.
    share: Last,
    /// How many may go together now; 0 is the first try.
    limit: usize,
    trips: u32,
    /// Trips in a row that went well, and clearly badly.
    good: u32,
    bad: u32,
    closed: u32,
}

/// The last few durations, in seconds.
#[derive(Debug, Default, Clone, Copy)]
struct Last {
    seconds: [f64; 9],
    count: usize,
}

impl Gate {
    /// True where this call goes alone, and over a connection of its own.
    pub fn sends_alone(&self) -> bool {
        let less = |rest: u32| rest.checked_sub(1);
        self.rest.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
    }

    /// How many calls the next trip may take.
    pub fn limit(&self) -> usize {
        let mut state = self.lock();
        state.trips = state.trips.wrapping_add(1);
        match self.rest.load(Ordering::Relaxed) > 0
            || state.lone.count < KNOWN
            || state.trips.is_multiple_of(LOOK)
        {
            true => 1,
            false => state.limit.max(FIRST),
        }
    }

    /// What a trip takes, of one call; none where that is not known yet.
    pub fn lone(&self) -> Option<Duration> {
        let nanos = self.lone.load(Ordering::Relaxed);
        (nanos > 0).then(|| Duration::from_nanos(nanos))
    }

    /// A trip of so many calls took so long.
    pub fn took(&self, calls: usize, time: Duration) {
        let mut state = self.lock();
        if calls < 2 {
            state.lone.add(time.as_secs_f64());
            let nanos = Duration::from_secs_f64(state.lone.median()).as_nanos();
            return self.lone.store(u64::try_from(nanos).unwrap_or(u64::MAX), Ordering::Relaxed);
        }
        let share = time.as_secs_f64() / calls as f64;
        let lone = state.lone.median();
        state.share.add(share);
        if share > CLEARLY.0 * state.lone.least() {
            return self.went_badly(&mut state);
        }
        state.bad = 0;
        if state.share.count < KNOWN {
            return;
        }
        match state.share.median() > lone {
            true => self.close(&mut state),
            false => state.went_well(calls),
        }
    }

    /// A trip of several failed as a whole, and its calls went one by one.
    pub fn failed(&self) {
        self.went_badly(&mut self.lock());
    }

    /// The database does not take the form for several calls: all go alone from now on.
    pub fn close_for_good(&self) {
        self.lock().closed = u32::MAX;
        self.rest.store(u32::MAX, Ordering::Relaxed);
    }

    fn went_badly(&self, state: &mut State) {
        state.good = 0;
        state.bad += 1;
        if state.bad >= CLEARLY.1 {
            self.close(state);
        }
    }

    fn close(&self, state: &mut State) {
        let rest = REST
            .0
            .checked_shl(state.closed)
            .filter(|rest| *rest != 0)
            .map_or(REST.1, |rest| rest.min(REST.1));
        self.rest.store(rest, Ordering::Relaxed);
        *state = State { closed: state.closed.saturating_add(1), lone: state.lone, ..State::default() };
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn went_well(&mut self, calls: usize) {
        if calls >= self.limit {
            self.limit = (self.limit.max(FIRST) * 2).min(MOST);
        }
        self.good += 1;
        if self.good >= GOOD {
            self.closed = 0;
        }
    }
}

impl Last {
    fn add(&mut self, seconds: f64) {
        self.seconds[self.count % self.seconds.len()] = seconds;
        self.count += 1;
    }

    fn least(&self) -> f64 {
        let known = &self.seconds[..self.count.min(self.seconds.len())];
        known.iter().copied().reduce(f64::min).unwrap_or_default()
    }

    fn median(&self) -> f64 {
        let mut known = self.seconds;
        let known = &mut known[..self.count.min(self.seconds.len())];
        known.sort_unstable_by(f64::total_cmp);
        known.get(known.len() / 2).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// A gate that knows that a trip alone takes a millisecond.
    fn gate() -> Gate {
        let gate = Gate::default();
        (0..KNOWN).for_each(|_| gate.took(1, MS));
        gate
    }

    /// Calls until the gate lets some go together again.
    fn rest(gate: &Gate) -> u32 {
        (0..u32::MAX).find(|_| !gate.sends_alone()).unwrap()
    }

    #[test]
    fn the_first_trips_go_alone_and_the_next_grow_while_they_pay() {
        let gate = Gate::default();
        for _ in 0..KNOWN {
            assert_eq!(gate.limit(), 1);
            gate.took(1, MS);
        }
        let mut limits = Vec::new();
        for _ in 0..20 {
            let limit = gate.limit();
            limits.push(limit);
            gate.took(limit, MS);
        }
        assert!(limits.is_sorted(), "{limits:?}");
        assert_eq!((limits[0], limits[19]), (FIRST, MOST));
    }

    #[test]
    fn a_batch_that_does_not_pay_stops_and_is_tried_again_ever_more_seldom() {
        let gate = gate();
        let mut rests = Vec::new();
        for _ in 0..20 {
            assert_eq!(rest(&gate), 0);
            (0..CLEARLY.1).for_each(|_| gate.took(2, 100 * MS));
            rests.push(rest(&gate));
        }
        assert_eq!(rests[..3], [REST.0, 2 * REST.0, 4 * REST.0]);
        assert_eq!(rests[19], REST.1);
    }

    #[test]
    fn a_batch_that_is_only_a_little_worse_stops_too() {
        let gate = gate();
        (0..KNOWN).for_each(|_| gate.took(FIRST, 9 * FIRST as u32 / 8 * MS));
        assert_eq!(rest(&gate), REST.0);
    }

    #[test]
    fn what_went_badly_long_ago_is_forgotten() {
        let gate = gate();
        for _ in 0..10 {
            (0..CLEARLY.1).for_each(|_| gate.took(2, 100 * MS));
        }
        rest(&gate);
        for _ in 0..2 * GOOD {
            let limit = gate.limit();
            gate.took(limit, MS);
        }
        (0..CLEARLY.1).for_each(|_| gate.took(2, 100 * MS));
        assert_eq!(rest(&gate), REST.0);
    }

    #[test]
    fn what_trips_alone_take_while_it_is_closed_is_what_the_next_together_are_held_against() {
        let gate = gate();
        let busy = |gate: &Gate| (0..KNOWN).for_each(|_| gate.took(FIRST, 10 * MS));
        busy(&gate);
        while gate.sends_alone() {
            gate.took(1, 5 * MS);
        }
        (0..10).for_each(|_| busy(&gate));
        assert_eq!(rest(&gate), 0);
    }

    #[test]
    fn one_slow_trip_among_good_ones_closes_nothing() {
        let gate = gate();
        for _ in 0..50 {
            gate.took(2, 100 * MS);
            (0..3).for_each(|_| gate.took(2, MS));
        }
        assert_eq!(rest(&gate), 0);
    }

    #[test]
    fn what_the_database_does_not_take_is_never_tried_again() {
        let gate = gate();
        gate.close_for_good();
        assert!((0..100_000).all(|_| gate.sends_alone()));
    }

    #[test]
    fn what_a_trip_alone_takes_is_looked_at_again_and_again() {
        let gate = gate();
        let alone = (0..10 * LOOK).filter(|_| gate.limit() == 1).count();
        assert_eq!(alone, 10);
    }
}
