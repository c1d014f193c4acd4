//! Why a stream or a connection ended before its time.

use std::fmt;

/// Why a stream or a connection ended before its time.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The peer reset the stream.
    #[error("the peer reset the stream: {0}")]
    Reset(Reason),
    /// The stream was reset here: the peer broke a rule, or nobody wanted it any more.
    #[error("the stream was reset: {0}")]
    Refused(Reason),
    /// The peer closes the connection, and has not looked at the stream (RFC 9113 section 6.8).
    #[error("the peer closed the connection before it took the stream: {0}")]
    Unprocessed(Reason),
    /// The peer broke a rule of the connection; this is what it was told.
    #[error("the peer broke the protocol: {1} ({0})")]
    Protocol(Reason, &'static str),
    /// The connection is gone.
    #[error("the connection ended: {0}")]
    Closed(std::sync::Arc<str>),
}

impl Error {
    /// True where the peer provably never ran the request (RFC 9113 section 8.7).
    pub fn is_never_run(&self) -> bool {
        matches!(self, Self::Unprocessed(_) | Self::Reset(Reason::REFUSED_STREAM))
    }
}

/// An error code (RFC 9113 section 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Reason(pub u32);

#[allow(missing_docs, reason = "the RFC's own names")]
impl Reason {
    pub const NO_ERROR: Self = Self(0);
    pub const PROTOCOL_ERROR: Self = Self(1);
    pub const INTERNAL_ERROR: Self = Self(2);
    pub const FLOW_CONTROL_ERROR: Self = Self(3);
    pub const STREAM_CLOSED: Self = Self(5);
    pub const FRAME_SIZE_ERROR: Self = Self(6);
    pub const REFUSED_STREAM: Self = Self(7);
    pub const CANCEL: Self = Self(8);
    pub const COMPRESSION_ERROR: Self = Self(9);
    pub const ENHANCE_YOUR_CALM: Self = Self(11);
}

/// The names of the codes, from 0 on.
const NAMES: [&str; 14] = [
    "NO_ERROR",
    "PROTOCOL_ERROR",
    "INTERNAL_ERROR",
    "FLOW_CONTROL_ERROR",
    "SETTINGS_TIMEOUT",
    "STREAM_CLOSED",
    "FRAME_SIZE_ERROR",
    "REFUSED_STREAM",
    "CANCEL",
    "COMPRESSION_ERROR",
    "CONNECT_ERROR",
    "ENHANCE_YOUR_CALM",
    "INADEQUATE_SECURITY",
    "HTTP_1_1_REQUIRED",
];

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match NAMES.get(self.0 as usize) {
            Some(name) => f.write_str(name),
            None => write!(f, "error code {}", self.0),
        }
    }
}
