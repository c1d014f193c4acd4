//! A stream's two ends, as those hold them who answer a request or send one. When nobody holds either, the stream ends.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use meanwhile_http2::{Error, Holder, Reason, Session};

/// A session that its connection's task and its streams share. It is never locked across an await, or while a service is
/// called.
#[derive(Clone)]
pub(crate) struct Shared(Arc<Mutex<Session>>);

impl Shared {
    pub(crate) fn new(session: Session) -> Self {
        Self(Arc::new(Mutex::new(session)))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Session> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The two ends of a stream that nobody holds yet.
    pub(crate) fn hold(&self, number: u32) -> (Sender, Receiver) {
        (Sender { session: self.clone(), number }, Receiver { session: self.clone(), number })
    }
}

/// Opens streams. When nobody holds it any more, the connection ends with its last stream.
#[derive(Clone)]
pub(crate) struct Opener(Arc<Leaving>);

struct Leaving(Shared);

impl Drop for Leaving {
    fn drop(&mut self) {
        self.0.lock().leave();
    }
}

impl Opener {
    pub(crate) fn new(session: Shared) -> Self {
        Self(Arc::new(Leaving(session)))
    }

    /// Opens a stream as soon as the peer takes one more; see [`Session::poll_open`].
    pub(crate) async fn open(
        &self,
        mut request: impl FnMut() -> Request<()>,
        is_end: bool,
    ) -> Result<(Sender, Receiver), Error> {
        let session = &self.0.0;
        let number = poll_fn(|cx| session.lock().poll_open(&mut request, is_end, cx)).await?;
        Ok(session.hold(number))
    }
}

/// Takes what comes in.
pub(crate) struct Receiver {
    session: Shared,
    number: u32,
}

impl Receiver {
    /// The response's head, and what takes its body.
    pub(crate) async fn response(self) -> Result<Response<Self>, Error> {
        let head = poll_fn(|cx| self.session.lock().poll_response(self.number, cx)).await?;
        Ok(head.map(|()| self))
    }

    pub(crate) fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Error>>> {
        self.session.lock().poll_data(self.number, cx)
    }

    pub(crate) fn poll_trailers(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<HeaderMap, Error>>> {
        self.session.lock().poll_trailers(self.number, cx)
    }

    pub(crate) fn is_end(&self) -> bool {
        self.session.lock().is_end(self.number)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.session.lock().let_go(self.number, Holder::Receiver);
    }
}

impl std::fmt::Debug for Receiver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Receiver").field("number", &self.number).finish_non_exhaustive()
    }
}

/// Sends.
pub(crate) struct Sender {
    session: Shared,
    number: u32,
}

impl Sender {
    pub(crate) fn send_response(&mut self, response: &Response<()>, is_end: bool) -> Result<(), Error> {
        self.session.lock().send_response(self.number, response, is_end)
    }

    pub(crate) fn send_data(&mut self, data: Bytes, is_end: bool) -> Result<(), Error> {
        self.session.lock().send_data(self.number, data, is_end)
    }

    pub(crate) fn send_trailers(&mut self, trailers: HeaderMap) -> Result<(), Error> {
        self.session.lock().send_trailers(self.number, trailers)
    }

    pub(crate) fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.session.lock().poll_room(self.number, cx)
    }

    pub(crate) fn poll_reset(&mut self, cx: &mut Context<'_>) -> Poll<Error> {
        self.session.lock().poll_reset(self.number, cx)
    }

    pub(crate) fn reset(&mut self, reason: Reason) {
        self.session.lock().reset(self.number, reason);
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.session.lock().let_go(self.number, Holder::Sender);
    }
}
