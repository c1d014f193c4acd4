//! The body of a request or a response that came in, by either protocol.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use meanwhile_http2::Error;

use crate::http2::stream::Receiver;

/// Why a body broke off.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// By HTTP/1.1.
    #[error(transparent)]
    Http1(#[from] hyper::Error),
    /// By HTTP/2.
    #[error(transparent)]
    Http2(#[from] Error),
}

/// The body of a request or a response. What was read of it makes room in the window for more.
#[derive(Debug)]
pub struct Received {
    inner: Inner,
    connection: u32,
}

#[derive(Debug)]
enum Inner {
    Http1(Incoming),
    Http2(Receiver),
}

impl Received {
    /// The number of the client's connection that a request came by: of those open at the same time no two have the same.
    /// 0 for a response.
    pub fn connection(&self) -> u32 {
        self.connection
    }

    pub(crate) fn by(mut self, connection: u32) -> Self {
        self.connection = connection;
        self
    }
}

impl From<Incoming> for Received {
    fn from(body: Incoming) -> Self {
        Self { inner: Inner::Http1(body), connection: 0 }
    }
}

impl From<Receiver> for Received {
    fn from(body: Receiver) -> Self {
        Self { inner: Inner::Http2(body), connection: 0 }
    }
}

impl Body for Received {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match &mut self.inner {
            Inner::Http1(body) => Pin::new(body).poll_frame(cx).map_err(BodyError::from),
            Inner::Http2(body) => poll_stream(body, cx).map_err(BodyError::from),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.inner {
            Inner::Http1(body) => body.is_end_stream(),
            Inner::Http2(body) => body.is_end(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.inner {
            Inner::Http1(body) => body.size_hint(),
            Inner::Http2(_) => SizeHint::default(),
        }
    }
}

/// The next frame of an HTTP/2 stream: data, then trailers where there are any.
fn poll_stream(stream: &mut Receiver, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
    match ready!(stream.poll_data(cx)) {
        Some(data) => Poll::Ready(Some(data.map(Frame::data))),
        None => stream.poll_trailers(cx).map(|end| end.map(|trailers| trailers.map(Frame::trailers))),
    }
}
