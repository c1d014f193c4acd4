//! The body of a response, which keeps its request counted as in flight until it is dropped.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use crate::connections::InFlight;

/// The body of a response. Dropping it before its end resets the HTTP/2 stream, or closes the HTTP/1.1 connection.
#[derive(Debug)]
pub struct ClientBody {
    body: Incoming,
    _in_flight: InFlight,
}

impl ClientBody {
    pub(crate) fn new(body: Incoming, in_flight: InFlight) -> Self {
        Self { body, _in_flight: in_flight }
    }
}

impl Body for ClientBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
