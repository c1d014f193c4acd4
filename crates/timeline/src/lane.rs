//! A lane: one request from its start to its end, cut into segments. They follow one another without gap or overlap, so
//! that together they are as long as the request.

use std::ops::Range;

use crate::Kind;

/// A stretch of a lane that was spent on one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// When it begins, in nanoseconds since 1970.
    pub start: u64,
    /// When it ends.
    pub end: u64,
    /// What it was spent on.
    pub kind: Kind,
    /// The span it is of, by its place in [`crate::Timeline::spans`].
    pub span: u32,
}

impl Segment {
    /// How long it is, in nanoseconds.
    pub fn duration(&self) -> u64 {
        self.end - self.start
    }
}

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    /// The span that is the request, by its place in [`crate::Timeline::spans`].
    pub span: u32,
    /// When it begins, in nanoseconds since 1970, by the clock of the outermost service.
    pub start: u64,
    /// When it ends.
    pub end: u64,
    /// How far its own clock was moved, in nanoseconds.
    pub moved: i64,
    /// True where it still runs: its end is only the last moment that is known of it.
    pub open: bool,
    /// It stands for so many: more than 1 where a sampler kept only some.
    pub one_in: u32,
    pub(crate) segments: Range<u32>,
}

impl Lane {
    /// How long it took, in nanoseconds.
    pub fn duration(&self) -> u64 {
        self.end - self.start
    }
}
