//! What if the pool had so many connections: the same statements once more, first come, first served, as a small simulation.
//! A statement holds a connection as long as it took; where it waits less than it did, what its request does next comes
//! earlier too. An estimate: what the database would do with more statements at once is not in it.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::ops::Range;

use meanwhile_proto::waits::WaitKind;

use crate::{Name, Window};

const NONE: u32 = u32::MAX;

/// One use of a connection.
#[derive(Debug, Clone)]
struct Hold {
    process: Name,
    /// The request it is for, in its process.
    request: u32,
    asked: u64,
    got: u64,
    released: u64,
    /// What follows it in its request, by place in the list: the first, and for each the next.
    first_after: u32,
    next_after: u32,
    /// How long after the one it follows it was asked for; none where it follows none.
    behind: Option<u64>,
}

/// The connections that requests used, to be played again with a pool of another size. Each process has its own pool.
#[derive(Debug, Clone)]
pub struct Replay {
    /// By process, request and when it was asked for.
    holds: Vec<Hold>,
}

impl Window<'_> {
    /// The connections that its requests used.
    pub fn pool(&self) -> Replay {
        let mut holds = self.waits();
        holds.sort_unstable_by_key(|hold| (hold.process, hold.request, hold.got, hold.released));
        let mut replay = Replay { holds: Vec::with_capacity(holds.len()) };
        let of_one = |a: &Hold, b: &Hold| (a.process, a.request) == (b.process, b.request);
        for request in holds.chunk_by(of_one) {
            replay.request(request);
        }
        replay
    }

    /// Every wait for a connection, released when it was got, and every statement, got when it was asked for.
    fn waits(&self) -> Vec<Hold> {
        let timeline = self.timeline;
        let mut is_kept = vec![false; timeline.lanes().len()];
        self.lanes.iter().for_each(|&lane| is_kept[lane as usize] = true);
        let spans = (0..timeline.spans().len() as u32)
            .filter(|&span| timeline.lane_of(span).is_some_and(|lane| is_kept[lane]));
        let waits = spans.filter_map(|span| {
            let shown = timeline.forest.span(span);
            let time = timeline.interval(span);
            let (got, released) = match shown.wait? {
                WaitKind::Pool => (time.end, time.end),
                WaitKind::Database if !self.is_within_statement(span) => (time.start, time.end),
                _ => return None,
            };
            let lane = || timeline.lane_of(span).map(|lane| timeline.lanes()[lane].span);
            let request = timeline.request_of(span).or_else(lane)?;
            Some(Hold::new(shown.process, request, time.start..got, released))
        });
        waits.collect()
    }

    /// A library and the driver under it may both make a span of one statement.
    fn is_within_statement(&self, span: u32) -> bool {
        let above = self.timeline.forest.parent(span);
        above.is_some_and(|above| self.timeline.forest.span(above).wait == Some(WaitKind::Database))
    }
}

impl Hold {
    fn new(process: Name, request: u32, asked: Range<u64>, released: u64) -> Self {
        let (asked, got) = (asked.start, asked.end);
        Self { process, request, asked, got, released, first_after: NONE, next_after: NONE, behind: None }
    }

    fn is_wait(&self) -> bool {
        self.asked < self.got
    }
}

impl Replay {
    /// Adds one request's waits and statements, in the order they got a connection: a statement has the connection that was
    /// waited for before it and not used yet.
    fn request(&mut self, parts: &[Hold]) {
        let first = self.holds.len();
        let mut waited: VecDeque<usize> = VecDeque::new();
        for part in parts {
            if part.is_wait() {
                waited.push_back(self.holds.len());
                self.holds.push(part.clone());
            } else if let Some(place) = waited.pop_front() {
                let hold = &mut self.holds[place];
                // What passes between getting the connection and the statement is part of its use.
                hold.released = part.released.max(hold.got);
            } else {
                self.holds.push(part.clone());
            }
        }
        self.holds[first..].sort_by_key(|hold| (hold.asked, hold.got));
        self.follow(first);
    }

    /// Each use follows the last one of its request that had ended when it was asked for.
    fn follow(&mut self, first: usize) {
        let mut ended: Vec<usize> = (first..self.holds.len()).collect();
        ended.sort_by_key(|&place| self.holds[place].released);
        let mut ended = ended.into_iter().peekable();
        let mut last: Option<usize> = None;
        for place in first..self.holds.len() {
            let asked = self.holds[place].asked;
            while let Some(before) =
                ended.next_if(|&before| self.holds[before].released <= asked && before < place)
            {
                last = Some(before);
            }
            let Some(before) = last else { continue };
            self.holds[place].behind = Some(asked - self.holds[before].released);
            self.holds[place].next_after =
                std::mem::replace(&mut self.holds[before].first_after, place as u32);
        }
    }

    /// How long requests waited for a connection, together, in nanoseconds.
    pub fn waited(&self) -> u64 {
        self.holds.iter().fold(0, |sum, hold| sum.saturating_add(hold.got - hold.asked))
    }

    /// The most connections that one process had in use at once: its pool has at least so many.
    pub fn in_use(&self) -> usize {
        let most = |pool: &[Hold]| {
            let used = pool.iter().filter(|hold| hold.got < hold.released);
            let mut changes: Vec<(u64, i32)> =
                used.flat_map(|hold| [(hold.got, 1), (hold.released, -1)]).collect();
            changes.sort_unstable();
            let in_use = changes.iter().scan(0, |in_use, (_, change)| {
                *in_use += change;
                Some(*in_use)
            });
            in_use.max().unwrap_or_default()
        };
        self.pools().map(most).max().unwrap_or_default().try_into().unwrap_or_default()
    }

    /// How long they would have waited, together, had each process had so many connections; at least one.
    pub fn waited_with(&self, connections: usize) -> u64 {
        let mut first = 0;
        let waited = self.pools().map(|pool| {
            let waited = simulate(pool, first, connections.clamp(1, pool.len()));
            first += pool.len() as u32;
            waited
        });
        waited.fold(0, u64::saturating_add)
    }

    fn pools(&self) -> impl Iterator<Item = &[Hold]> {
        self.holds.chunk_by(|a, b| a.process == b.process)
    }
}

/// One pool's uses, whose places begin at `first`, first come, first served.
fn simulate(pool: &[Hold], first: u32, connections: usize) -> u64 {
    let mut asked: BinaryHeap<Reverse<(u64, u32)>> = BinaryHeap::with_capacity(pool.len());
    let leading = pool.iter().zip(0..).filter(|(hold, _)| hold.behind.is_none());
    asked.extend(leading.map(|(hold, place)| Reverse((hold.asked, place))));
    let mut free: BinaryHeap<Reverse<u64>> = std::iter::repeat_n(Reverse(0), connections).collect();
    let mut waited = 0_u64;
    while let Some(Reverse((at, place))) = asked.pop() {
        let hold = &pool[place as usize];
        let Reverse(freed) = free.pop().unwrap_or(Reverse(0));
        let got = at.max(freed);
        let released = got.saturating_add(hold.released - hold.got);
        free.push(Reverse(released));
        waited = waited.saturating_add(got - at);
        let mut after = hold.first_after;
        while after != NONE {
            let next = &pool[(after - first) as usize];
            asked.push(Reverse((released.saturating_add(next.behind.unwrap_or_default()), after - first)));
            after = next.next_after;
        }
    }
    waited
}
