//! What the timeline reads of a span. Small, because there are millions: what few spans have is boxed.

use std::fmt;
use std::num::NonZeroU64;

use meanwhile_proto::polls::Poll;
use meanwhile_proto::waits::WaitKind;

use crate::Name;

/// A trace's id: 16 bytes, as W3C Trace Context has it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct TraceId(pub [u8; 16]);

/// A span's id within its trace: 8 bytes, big-endian, never zero.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SpanId(pub NonZeroU64);

impl SpanId {
    /// The id of that number; none where it is zero.
    pub fn new(number: u64) -> Option<Self> {
        NonZeroU64::new(number).map(Self)
    }
}

/// A span of any trace, as a link names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SpanRef {
    /// Its trace.
    pub trace: TraceId,
    /// Its id there.
    pub span: SpanId,
}

/// Which side of a call a span is (OpenTelemetry's SpanKind).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Neither.
    Internal,
    /// Answers a call.
    Server,
    /// Makes a call.
    Client,
    /// Sends a message.
    Producer,
    /// Takes a message.
    Consumer,
}

/// One span.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// Its trace.
    pub trace: TraceId,
    /// Its id there.
    pub id: SpanId,
    /// The span it is part of; none for a trace's first.
    pub parent: Option<SpanId>,
    /// When it began, in nanoseconds since 1970.
    pub start: u64,
    /// When it ended; never before its start. Where it is open, the last moment it is known to have lasted until.
    pub end: u64,
    /// The service it is of.
    pub service: Name,
    /// The process it is of: those of one process share a clock.
    pub process: Name,
    /// What it is called.
    pub name: Name,
    /// Its side of a call.
    pub role: Role,
    /// What it waited for, where it is a wait.
    pub wait: Option<WaitKind>,
    /// True where it ended with an error.
    pub failed: bool,
    /// True where it has not ended yet, as far as is known.
    pub open: bool,
    /// What few spans have.
    pub details: Option<Box<Details>>,
}

/// What few spans have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    /// It stands for so many: more than 1 where a sampler kept only some.
    pub one_in: u32,
    /// The span that was waited for.
    pub blocker: Option<SpanRef>,
    /// When its request's tasks were polled, in nanoseconds since the span's start.
    pub polls: Vec<Poll>,
}

impl Span {
    /// As a link to it says.
    pub fn reference(&self) -> SpanRef {
        SpanRef { trace: self.trace, span: self.id }
    }

    /// It stands for so many: more than 1 where a sampler kept only some.
    pub fn one_in(&self) -> u32 {
        self.details.as_ref().map_or(1, |details| details.one_in)
    }

    /// The span that it waited for.
    pub fn blocker(&self) -> Option<SpanRef> {
        self.details.as_ref()?.blocker
    }

    /// Its request's polls; none where its service does not record them.
    pub fn polls(&self) -> &[Poll] {
        self.details.as_ref().map_or(&[], |details| &details.polls)
    }

    /// True where it answers a request.
    pub fn is_request(&self) -> bool {
        matches!(self.role, Role::Server | Role::Consumer)
    }
}

impl Default for Details {
    fn default() -> Self {
        Self { one_in: 1, blocker: None, polls: Vec::new() }
    }
}

impl PartialOrd for Details {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Details {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let key = |details: &Self| {
            let polls = details.polls.iter().map(|poll| (poll.woken, poll.start, poll.end));
            (details.one_in, details.blocker, polls.collect::<Vec<_>>())
        };
        key(self).cmp(&key(other))
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
