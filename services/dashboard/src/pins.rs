//! Windows of time that are pinned: their spans are not dropped for newer ones.

use std::ops::Range;

/// The most windows that are pinned at once.
const MOST: usize = 100;

/// Pinned windows.
#[derive(Debug, Default)]
pub struct Pins(Vec<Pin>);

#[derive(Debug)]
struct Pin {
    time: Range<u64>,
    /// Nothing of it had been dropped when it was pinned.
    is_whole: bool,
}

impl Pins {
    /// Pins a window; false where there are too many.
    pub fn pin(&mut self, time: Range<u64>, is_whole: bool) -> bool {
        if self.0.iter().any(|pin| pin.time == time) {
            return true;
        }
        let fits = self.0.len() < MOST;
        if fits {
            self.0.push(Pin { time, is_whole });
        }
        fits
    }

    /// Lets a window go; false where it was not pinned.
    pub fn unpin(&mut self, time: &Range<u64>) -> bool {
        let before = self.0.len();
        self.0.retain(|pin| pin.time != *time);
        self.0.len() < before
    }

    /// True where some of that time is pinned.
    pub fn has(&self, time: &Range<u64>) -> bool {
        self.0.iter().any(|pin| overlap(&pin.time, time))
    }

    /// True where all of that time was pinned before any of it was dropped.
    pub fn keeps(&self, time: &Range<u64>) -> bool {
        self.0.iter().any(|pin| pin.is_whole && pin.time.start <= time.start && time.end <= pin.time.end)
    }

    pub fn times(&self) -> Vec<Range<u64>> {
        self.0.iter().map(|pin| pin.time.clone()).collect()
    }
}

/// Spans last until their end, windows until just before it.
pub fn overlap(window: &Range<u64>, spans: &Range<u64>) -> bool {
    spans.start < window.end && spans.end >= window.start
}
