//! Why a request got no response, and above all: whether the other side can have run it.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use hyper_util::client::legacy;

use crate::BoxError;

/// Why a request got no response.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The other side provably never ran the request: no connection, no room for it, a connection that closed before
    /// it was written, GOAWAY with a lower stream id or REFUSED_STREAM (RFC 9113 sections 6.8 and 8.7). It may be sent
    /// again, whatever it does.
    #[error("request not sent: {0}")]
    NotSent(Cause),
    /// Anything else: the other side may have run the request.
    #[error("no response: {0}")]
    Broken(Cause),
}

impl SendError {
    /// True where the other side provably never ran the request.
    pub fn is_not_sent(&self) -> bool {
        matches!(self, Self::NotSent(_))
    }
}

/// What lies under a [`SendError`]. Shown with all its own causes, for logs; it is not fit for clients.
#[derive(Debug, Clone)]
pub struct Cause(Arc<BoxError>);

impl Cause {
    pub(crate) fn new(error: impl Into<BoxError>) -> Self {
        Self(Arc::new(error.into()))
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        causes(&**self.0).skip(1).try_for_each(|cause| write!(f, ": {cause}"))
    }
}

impl From<&'static str> for Cause {
    fn from(text: &'static str) -> Self {
        Self::new(text)
    }
}

impl From<legacy::Error> for SendError {
    fn from(error: legacy::Error) -> Self {
        if error.is_connect() || causes(&error).any(is_never_run) {
            Self::NotSent(Cause::new(error))
        } else {
            Self::Broken(Cause::new(error))
        }
    }
}

/// Of a request that was handed to a connection.
impl From<meanwhile_http2::Error> for SendError {
    fn from(error: meanwhile_http2::Error) -> Self {
        if error.is_never_run() { Self::NotSent(Cause::new(error)) } else { Self::Broken(Cause::new(error)) }
    }
}

/// hyper says "canceled" only of a request it hands back unwritten. h2 gives a stream the peer's GOAWAY only where the
/// stream's id is above the last one the peer says it processed; the others go on, or break with the connection.
fn is_never_run(cause: &(dyn Error + 'static)) -> bool {
    if let Some(error) = cause.downcast_ref::<hyper::Error>() {
        return error.is_canceled();
    }
    cause.downcast_ref::<h2::Error>().is_some_and(|error| {
        error.is_remote() && (error.is_go_away() || error.reason() == Some(h2::Reason::REFUSED_STREAM))
    })
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}
