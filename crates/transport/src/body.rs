//! The body of a response, which keeps its request counted as in flight until it is dropped.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::BodyError;
use crate::connections::InFlight;
use crate::received::Received;

/// The body of a response. Dropping it before its end resets the HTTP/2 stream, or closes the HTTP/1.1 connection.
#[derive(Debug)]
pub struct ClientBody {
    body: Received,
    _in_flight: InFlight,
}

impl ClientBody {
    pub(crate) fn new(body: impl Into<Received>, in_flight: InFlight) -> Self {
        Self { body: body.into(), _in_flight: in_flight }
    }
}

impl Body for ClientBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
