//! Whether a statement's calls go together, by measure: they do while a call's share of a trip takes no longer than a trip
//! of its own. One bad plan can make a batch fifty times worse; so it starts small, and where it does not pay it stops,
//! and tries again more and more seldom.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The most calls of a trip: beyond, a trip saves little more, and its first row waits for its last.
pub(super) const MOST: usize = 128;

/// The fewest that are tried together.
const FEWEST: usize = 2;

/// How many trips of one kind have to be known before they are compared.
const KNOWN: u32 = 3;

/// Bad trips in a row that close the gate for the first time; later a single one does.
const PATIENCE: u32 = 3;

/// Every so many trips one goes alone, so that what a trip alone takes stays known.
const LOOK: u32 = 128;

/// So many calls go alone after the gate closed, first and at most; the number doubles each time.
const REST: (u32, u32) = (4_096, 1 << 20);

/// One statement's gate.
#[derive(Debug, Default)]
pub(super) struct Gate {
    /// How many more calls go alone.
    rest: AtomicU32,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// What a trip takes, of one call.
    lone: Mean,
    /// What a trip of several takes, for each of them.
    share: Mean,
    /// How many may go together now; 0 is the fewest.
    limit: usize,
    trips: u32,
    bad: u32,
    closed: u32,
}

/// A mean of the last few durations.
#[derive(Debug, Default, Clone, Copy)]
struct Mean {
    seconds: f64,
    count: u32,
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
            false => state.limit.max(FEWEST),
        }
    }

    /// What a trip takes, of one call; none where that is not known yet.
    pub fn lone(&self) -> Option<Duration> {
        let lone = self.lock().lone;
        (lone.count > 0).then(|| Duration::from_secs_f64(lone.seconds))
    }

    /// A trip of so many calls took so long.
    pub fn took(&self, calls: usize, time: Duration) {
        let mut state = self.lock();
        if calls < FEWEST {
            return state.lone.add(time.as_secs_f64());
        }
        let share = time.as_secs_f64() / calls as f64;
        state.share.add(share);
        match share > state.lone.seconds {
            true => self.went_badly(&mut state),
            false => {
                state.bad = 0;
                if calls >= state.limit && state.share.count >= KNOWN {
                    state.limit = (state.limit.max(FEWEST) * 2).min(MOST);
                }
            }
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
        state.bad += 1;
        if state.bad < PATIENCE && state.closed == 0 {
            return;
        }
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

impl Mean {
    fn add(&mut self, seconds: f64) {
        self.count = self.count.saturating_add(1);
        let weight = 1.0 / f64::from(self.count.min(8));
        self.seconds += (seconds - self.seconds) * weight;
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
        assert_eq!((limits[0], limits[19]), (FEWEST, MOST));
    }

    #[test]
    fn a_batch_that_does_not_pay_stops_and_is_tried_again_ever_more_seldom() {
        let gate = gate();
        for _ in 0..PATIENCE {
            assert_eq!(rest(&gate), 0);
            gate.took(2, 100 * MS);
        }
        assert_eq!(rest(&gate), REST.0);
        gate.took(2, 100 * MS);
        assert_eq!(rest(&gate), 2 * REST.0);
        for _ in 0..20 {
            gate.took(2, 100 * MS);
        }
        assert_eq!(rest(&gate), REST.1);
    }

    #[test]
    fn one_slow_trip_among_good_ones_closes_nothing() {
        let gate = gate();
        for _ in 0..50 {
            gate.took(2, 100 * MS);
            gate.took(2, MS);
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
