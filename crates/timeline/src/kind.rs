//! What an instant of a lane can be spent on: the waits that spans record, and what is derived from nesting and polls
//! (docs/wait-spans.md).

use std::fmt;

use meanwhile_proto::waits::WaitKind;

/// What one instant of a request was spent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Waited for admission.
    Queue,
    /// Waited for an equal call that was already on its way.
    Shared,
    /// Waited for a free connection.
    Pool,
    /// Waited for the database.
    Database,
    /// Waited for a lock that somebody else held.
    Lock,
    /// Waited for a service that says nothing of itself.
    Upstream,
    /// On the way between two services: what a CLIENT span lasts longer than the SERVER span it led to.
    Network,
    /// A future of the request was being polled.
    Work,
    /// A future of the request was woken and not polled yet.
    Scheduler,
    /// Not explained, in a service that records its polls.
    Unknown,
    /// Not explained, in a service that does not: its own work, and what it does not show.
    Own,
}

impl Kind {
    /// Every kind, in the order of legends and tables.
    pub const ALL: [Kind; 11] = [
        Self::Queue,
        Self::Shared,
        Self::Pool,
        Self::Database,
        Self::Lock,
        Self::Upstream,
        Self::Network,
        Self::Work,
        Self::Scheduler,
        Self::Unknown,
        Self::Own,
    ];

    /// The name in documents, on the wire and on the page.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Shared => "shared",
            Self::Pool => "pool",
            Self::Database => "database",
            Self::Lock => "lock",
            Self::Upstream => "upstream",
            Self::Network => "network",
            Self::Work => "work",
            Self::Scheduler => "scheduler",
            Self::Unknown => "unknown",
            Self::Own => "self",
        }
    }

    /// True for a wait that a span says of itself; the others are derived.
    pub const fn is_recorded(self) -> bool {
        matches!(self, Self::Queue | Self::Shared | Self::Pool | Self::Database | Self::Lock | Self::Upstream)
    }

    /// True for time that is there only because others are: it goes away when a request is alone.
    pub const fn is_contention(self) -> bool {
        matches!(self, Self::Queue | Self::Pool | Self::Lock | Self::Scheduler)
    }
}

impl From<WaitKind> for Kind {
    fn from(kind: WaitKind) -> Self {
        match kind {
            WaitKind::Queue => Self::Queue,
            WaitKind::Shared => Self::Shared,
            WaitKind::Pool => Self::Pool,
            WaitKind::Database => Self::Database,
            WaitKind::Lock => Self::Lock,
            WaitKind::Upstream => Self::Upstream,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
