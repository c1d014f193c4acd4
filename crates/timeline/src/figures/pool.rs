//! What if the pool had so many connections: the same statements once more, first come, first served, as a small simulation.
//! A statement holds a connection as long as it took; where it waits less than it did, what its request does next comes
//! earlier too. An estimate: what the database would do with more statements at once is not in it.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::ops::Range;

use meanwhile_proto::waits::WaitKind;

use crate::{Name, Span, Window};

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
        // The requests of a process come in their order.
        holds.sort_by_key(|hold| hold.process);
        Replay::new(holds)
    }

    /// Every wait for a connection, released when it was got, and every statement, got when it was asked for: trace by trace,
    /// and there request by request, in the order they got a connection.
    fn waits(&self) -> Vec<Hold> {
        let timeline = self.timeline;
        let mut is_kept = vec![false; timeline.lanes().len()];
        self.lanes.iter().for_each(|&lane| is_kept[lane as usize] = true);
        let mut holds: Vec<Hold> = Vec::new();
        let (mut trace, mut first) = (None, 0);
        for (shown, span) in timeline.spans().iter().zip(0..).filter(|(shown, _)| shown.wait.is_some()) {
            let lane = timeline.lane_of(span).filter(|&lane| is_kept[lane]);
            let Some(hold) = lane.and_then(|lane| self.hold(shown, span, lane)) else { continue };
            if trace.replace(shown.trace) != Some(shown.trace) {
                sort(&mut holds[first..]);
                first = holds.len();
            }
            holds.push(hold);
        }
        sort(&mut holds[first..]);
        holds
    }

    /// A wait's or a statement's; none of any other span.
    fn hold(&self, shown: &Span, span: u32, lane: usize) -> Option<Hold> {
        let time = self.timeline.interval(span);
        let (got, released) = match shown.wait? {
            WaitKind::Pool => (time.end, time.end),
            WaitKind::Database if !self.is_within_statement(span) => (time.start, time.end),
            _ => return None,
        };
        let request = self.timeline.request_of(span).unwrap_or(self.timeline.lanes()[lane].span);
        Some(Hold::new(shown.process, request, time.start..got, released))
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
    /// Of waits and statements, process by process, request by request, in the order they got a connection.
    fn new(mut holds: Vec<Hold>) -> Self {
        let (mut first, mut used) = (0, 0);
        let mut waited = VecDeque::new();
        let mut ended = Vec::new();
        while first < holds.len() {
            let of_one = |a: &Hold, b: &Hold| (a.process, a.request) == (b.process, b.request);
            let parts = holds[first..].chunk_by(of_one).next().map_or(0, <[Hold]>::len);
            let kept = merge(&mut holds, first..first + parts, used, &mut waited);
            holds[used..kept].sort_by_key(|hold| (hold.asked, hold.got));
            follow(&mut holds[..kept], used, &mut ended);
            (first, used) = (first + parts, kept);
        }
        holds.truncate(used);
        Self { holds }
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

fn sort(trace: &mut [Hold]) {
    trace.sort_unstable_by_key(|hold| (hold.process, hold.request, hold.got, hold.released));
}

/// Makes one request's waits and statements into uses: a statement has the connection that was waited for before it and not
/// used yet. They are put where `to` is, at or before where they were; gives where they end.
fn merge(holds: &mut [Hold], parts: Range<usize>, mut to: usize, waited: &mut VecDeque<usize>) -> usize {
    waited.clear();
    for part in parts {
        if holds[part].is_wait() {
            waited.push_back(to);
        } else if let Some(place) = waited.pop_front() {
            // What passes between getting the connection and the statement is part of its use.
            holds[place].released = holds[part].released.max(holds[place].got);
            continue;
        }
        holds.swap(to, part);
        to += 1;
    }
    to
}

/// Each use of a request, those from `first` on, follows the last one that had ended when it was asked for.
fn follow(holds: &mut [Hold], first: usize, ended: &mut Vec<usize>) {
    ended.clear();
    ended.extend(first..holds.len());
    ended.sort_by_key(|&place| holds[place].released);
    let mut ended = ended.iter().copied().peekable();
    let mut last: Option<usize> = None;
    for place in first..holds.len() {
        let asked = holds[place].asked;
        while let Some(before) = ended.next_if(|&before| holds[before].released <= asked && before < place) {
            last = Some(before);
        }
        let Some(before) = last else { continue };
        holds[place].behind = Some(asked - holds[before].released);
        holds[place].next_after = std::mem::replace(&mut holds[before].first_after, place as u32);
    }
}

/// One pool's uses, whose places begin at `first`, first come, first served.
fn simulate(pool: &[Hold], first: u32, connections: usize) -> u64 {
    let leading = pool.iter().zip(0..).filter(|(hold, _)| hold.behind.is_none());
    let mut leading: Vec<(u64, u32)> = leading.map(|(hold, place)| (hold.asked, place)).collect();
    // Nearly in order already.
    leading.sort();
    let mut leading = leading.into_iter().peekable();
    // What follows a use that is over: never many at a time.
    let mut following: BinaryHeap<Reverse<(u64, u32)>> = BinaryHeap::new();
    let mut free: BinaryHeap<Reverse<u64>> = std::iter::repeat_n(Reverse(0), connections).collect();
    let mut waited = 0_u64;
    loop {
        let next = following.peek().map(|&Reverse(next)| next);
        let leads = leading.next_if(|&leading| next.is_none_or(|next| leading < next));
        let Some((at, place)) = leads.or_else(|| following.pop().map(|Reverse(next)| next)) else { break };
        let hold = &pool[place as usize];
        let Reverse(freed) = free.pop().unwrap_or(Reverse(0));
        let got = at.max(freed);
        let released = got.saturating_add(hold.released - hold.got);
        free.push(Reverse(released));
        waited = waited.saturating_add(got - at);
        let mut after = hold.first_after;
        while after != NONE {
            let next = &pool[(after - first) as usize];
            let behind = next.behind.unwrap_or_default();
            following.push(Reverse((released.saturating_add(behind), after - first)));
            after = next.next_after;
        }
    }
    waited
}
