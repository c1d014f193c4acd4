//! New streams: a client opens them, a server gets them.

use std::task::{Context, Poll};

use http::Request;

use super::stream::Stream;
use super::{Leaving, Session};
use crate::frame::MOST;
use crate::{Error, Reason, head};

/// Streams on a connection before its server has said how many it takes (RFC 9113 section 6.5.2 asks for at least as many).
pub const MOST_AT_FIRST: usize = 100;

impl Session {
    /// Opens a stream for the request, as soon as the peer takes one more, and gives its number; with `is_end` nothing
    /// follows. The request is asked for when it can be sent.
    ///
    /// # Errors
    /// Where the connection takes no more streams; the peer has not heard of this one.
    pub fn poll_open(
        &mut self,
        request: impl FnOnce() -> Request<()>,
        is_end: bool,
        cx: &mut Context<'_>,
    ) -> Poll<Result<u32, Error>> {
        if let Some(error) = &self.ended {
            return Poll::Ready(Err(error.clone()));
        }
        if self.leaving != Leaving::No || self.next > MOST {
            return Poll::Ready(Err(Error::Unprocessed(Reason::NO_ERROR)));
        }
        if self.open >= self.most {
            self.openers.push(cx.waker().clone());
            return Poll::Pending;
        }
        let number = self.next;
        self.next += 2;
        self.open += 1;
        let mut stream = Stream::new(self.config.stream_window, self.out_first);
        stream.outbound.is_done = is_end;
        self.streams.insert(number, stream);
        self.put_fields(number, is_end, |encoder, out| head::put_request(encoder, &request(), out));
        Poll::Ready(Ok(number))
    }

    /// The next stream that the peer opened.
    pub fn accept(&mut self) -> Option<(u32, Request<()>)> {
        self.arrived.pop_front()
    }

    /// Takes in a peer's request.
    pub(super) fn arrive(&mut self, number: u32, request: Request<()>, is_end: bool) {
        let mut stream = Stream::new(self.config.stream_window, self.out_first);
        stream.inbound.has_head = true;
        stream.inbound.is_done = is_end;
        stream.inbound.announced = head::content_length(request.headers());
        self.open += 1;
        self.streams.insert(number, stream);
        self.arrived.push_back((number, request));
    }
}
