//! A body on its way out over an HTTP/2 stream: but for the first, a frame of data is handed over when there is room in the
//! peer's window again, so that a slow reader slows down whoever writes.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Poll, ready};

use bytes::Bytes;
use h2::{Reason, SendStream};
use http_body::{Body, Frame};

/// Sends the body to its end. One that breaks off resets the stream, and a peer that resets it ends the body.
pub(crate) async fn send_body<B: Body<Data = Bytes>>(body: B, stream: &mut SendStream<Bytes>) {
    // An error is of a stream or a connection that is gone: nobody is left to tell.
    let _ = send_frames(pin!(body), stream).await;
}

async fn send_frames<B: Body<Data = Bytes>>(
    mut body: Pin<&mut B>,
    stream: &mut SendStream<Bytes>,
) -> Result<(), h2::Error> {
    let mut is_first = true;
    while let Some(frame) = next(body.as_mut(), stream).await? {
        let Ok(frame) = frame else {
            stream.send_reset(Reason::INTERNAL_ERROR);
            return Ok(());
        };
        let data = match frame.into_data() {
            Ok(data) => data,
            Err(frame) => return stream.send_trailers(frame.into_trailers().unwrap_or_default()),
        };
        if !std::mem::take(&mut is_first) {
            room(stream).await?;
        }
        let is_last = body.is_end_stream();
        stream.send_data(data, is_last)?;
        if is_last {
            return Ok(());
        }
    }
    stream.send_data(Bytes::new(), true)
}

/// The body's next frame, unless the peer wants no more.
async fn next<B: Body<Data = Bytes>>(
    mut body: Pin<&mut B>,
    stream: &mut SendStream<Bytes>,
) -> Result<Option<Result<Frame<Bytes>, B::Error>>, h2::Error> {
    poll_fn(|cx| match body.as_mut().poll_frame(cx) {
        Poll::Ready(frame) => Poll::Ready(Ok(frame)),
        Poll::Pending => Poll::Ready(Err(ready!(stream.poll_reset(cx))?.into())),
    })
    .await
}

/// Waits until what was sent has left, or may leave, at least in part.
async fn room(stream: &mut SendStream<Bytes>) -> Result<(), h2::Error> {
    stream.reserve_capacity(1);
    poll_fn(|cx| {
        while stream.capacity() == 0 {
            match ready!(stream.poll_capacity(cx)) {
                Some(granted) => granted.map(drop)?,
                None => return Poll::Ready(Err(Reason::CANCEL.into())),
            }
        }
        Poll::Ready(Ok(()))
    })
    .await
}
