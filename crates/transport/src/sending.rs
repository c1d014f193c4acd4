//! A body on its way out over an HTTP/2 stream: but for the first, a frame of data is handed over when there is room in the
//! peer's window again, so that a slow reader slows down whoever writes.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame};
use meanwhile_http2::{Error, Reason};

use crate::http2::stream::Sender;

/// Sends a body to its end, and is done with it. One that breaks off resets the stream, and a peer that resets it ends the
/// body. Dropped before, it ends the stream as soon as nothing else holds it.
pub(crate) struct Sending<B> {
    body: B,
    stream: Sender,
    step: Step,
}

/// What comes next.
enum Step {
    /// The body's first frame.
    First,
    /// The body's next frame.
    Next,
    /// Room for this one.
    Room(Bytes),
}

impl<B: Body<Data = Bytes> + Unpin> Sending<B> {
    pub(crate) fn new(body: B, stream: Sender) -> Self {
        Self { body, stream, step: Step::First }
    }

    fn poll_sent(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        loop {
            if let Step::Room(data) = &mut self.step {
                ready!(self.stream.poll_room(cx))?;
                let data = std::mem::take(data);
                if self.send(data)? {
                    return Poll::Ready(Ok(()));
                }
            }
            let data = match ready!(self.poll_next(cx))? {
                None => return Poll::Ready(self.stream.send_data(Bytes::new(), true)),
                Some(Err(_)) => {
                    self.stream.reset(Reason::INTERNAL_ERROR);
                    return Poll::Ready(Ok(()));
                }
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => data,
                    Err(frame) => {
                        let trailers = frame.into_trailers().unwrap_or_default();
                        return Poll::Ready(self.stream.send_trailers(trailers));
                    }
                },
            };
            if !matches!(self.step, Step::First) {
                self.step = Step::Room(data);
            } else if self.send(data)? {
                return Poll::Ready(Ok(()));
            }
        }
    }

    /// Hands it over; true where it was the last.
    fn send(&mut self, data: Bytes) -> Result<bool, Error> {
        let is_last = self.body.is_end_stream();
        self.step = Step::Next;
        self.stream.send_data(data, is_last)?;
        Ok(is_last)
    }

    /// The body's next frame, unless the peer wants no more.
    #[expect(clippy::type_complexity, reason = "a body's own")]
    fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<Result<Frame<Bytes>, B::Error>>, Error>> {
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(frame) => Poll::Ready(Ok(frame)),
            Poll::Pending => Poll::Ready(Err(ready!(self.stream.poll_reset(cx)))),
        }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Future for Sending<B> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // An error is of a stream or a connection that is gone: nobody is left to tell.
        self.poll_sent(cx).map(drop)
    }
}
