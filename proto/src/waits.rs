//! What a request can wait for. The first six are recorded as wait spans; the others are derived by whoever reads
//! the spans (docs/wait-spans.md).

use std::fmt;

/// The value of [`crate::attributes::WAIT_KIND`] on a wait span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum WaitKind {
    /// For admission: a permit, a place in a bounded queue.
    Queue,
    /// For an equal call that was already on its way.
    Shared,
    /// For a free database connection.
    Pool,
    /// For the database to answer.
    Database,
    /// For a lock that another transaction holds.
    Lock,
    /// For another service to answer.
    Upstream,
}

impl WaitKind {
    /// Every recorded kind.
    pub const ALL: [WaitKind; 6] =
        [Self::Queue, Self::Shared, Self::Pool, Self::Database, Self::Lock, Self::Upstream];

    /// The name as it stands in spans.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Shared => "shared",
            Self::Pool => "pool",
            Self::Database => "database",
            Self::Lock => "lock",
            Self::Upstream => "upstream",
        }
    }

    /// The kind of that name, if it is a recorded one.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

impl fmt::Display for WaitKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
