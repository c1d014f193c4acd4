//! Requests in flight over time, by what they spent it on.

use crate::{Kind, Segment, Window};

/// More steps than this are not looked at.
const MOST: usize = 10_000;

/// Requests in flight over time.
#[derive(Debug, Clone, PartialEq)]
pub struct InFlight {
    /// When the first step begins, in nanoseconds since 1970.
    pub start: u64,
    /// How long a step is, in nanoseconds.
    pub step: u64,
    /// For each step how many requests were in flight on average, by kind in the order of [`Kind::ALL`].
    pub steps: Vec<[f64; Kind::ALL.len()]>,
}

impl Window<'_> {
    /// Its requests in flight over time, in at most so many steps, and never more than 10,000.
    pub fn in_flight(&self, steps: usize) -> InFlight {
        let length = self.time.end.saturating_sub(self.time.start);
        let step = length.div_ceil(steps.clamp(1, MOST) as u64).max(1);
        let mut filled = Filled::new(length.div_ceil(step) as usize);
        for segment in self.lanes().flat_map(|lane| self.segments(lane)) {
            filled.add(&segment, self.time.start, step);
        }
        InFlight { start: self.time.start, step, steps: filled.averages(step) }
    }
}

/// Time by step and kind. What covers a step as a whole is kept as where it begins and ends: a long segment costs no more
/// than a short one.
struct Filled {
    parts: Vec<[u64; Kind::ALL.len()]>,
    changes: Vec<[i64; Kind::ALL.len()]>,
}

impl Filled {
    fn new(steps: usize) -> Self {
        let changes = vec![[0; Kind::ALL.len()]; steps + 1];
        Self { parts: vec![[0; Kind::ALL.len()]; steps], changes }
    }

    fn add(&mut self, segment: &Segment, zero: u64, step: u64) {
        let kind = segment.kind as usize;
        let (start, end) = (segment.start - zero, segment.end - zero);
        let (first, last) = ((start / step) as usize, (end / step) as usize);
        if first == last {
            add(&mut self.parts[first][kind], end - start);
            return;
        }
        add(&mut self.parts[first][kind], (first as u64 + 1) * step - start);
        self.changes[first + 1][kind] += 1;
        self.changes[last][kind] -= 1;
        if let Some(part) = self.parts.get_mut(last) {
            add(&mut part[kind], end - last as u64 * step);
        }
    }

    fn averages(self, step: u64) -> Vec<[f64; Kind::ALL.len()]> {
        let mut whole = [0_i64; Kind::ALL.len()];
        let steps = self.parts.iter().zip(&self.changes);
        steps
            .map(|(parts, changes)| {
                std::array::from_fn(|kind| {
                    whole[kind] += changes[kind];
                    whole[kind] as f64 + parts[kind] as f64 / step as f64
                })
            })
            .collect()
    }
}

fn add(time: &mut u64, more: u64) {
    *time = time.saturating_add(more);
}
