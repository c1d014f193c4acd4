//! A request's body on its way to the data service, frame by frame. What has passed is kept, as long as it is little,
//! so that a request which provably never ran can be sent once more; and dropping the [`Upload`] ends the body at
//! once, also where the connection still waits for the client's next frame.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http_body::{Body, Frame};
use smallvec::SmallVec;

/// The most that is kept; a message of a few rows' worth of fields.
const MAX_KEPT: usize = 64 * 1024;

/// The call, or the client, ended before the body did.
#[derive(Debug, thiserror::Error)]
#[error("the call ended before its body")]
pub(crate) struct Ended;

/// The call's own handle on its request body.
#[derive(Debug)]
pub(crate) struct Upload<B> {
    state: Arc<Mutex<State<B>>>,
}

#[derive(Debug)]
struct State<B> {
    /// None when the call has ended.
    body: Option<B>,
    /// Most requests are one frame.
    kept: SmallVec<[Bytes; 1]>,
    kept_size: usize,
    /// True while everything that has passed is kept.
    complete: bool,
    /// Which attempt may read. An earlier one may still be held by its connection.
    attempt: u8,
    reader: Option<Waker>,
}

impl<B> Upload<B> {
    /// The handle, and the body for the first attempt.
    pub(crate) fn new(body: B) -> (Self, UploadBody<B>) {
        let state = State {
            body: Some(body),
            kept: SmallVec::new(),
            kept_size: 0,
            complete: true,
            attempt: 0,
            reader: None,
        };
        let state = Arc::new(Mutex::new(state));
        (Self { state: state.clone() }, UploadBody { state, attempt: 0, replayed: 0 })
    }

    /// The same body from its beginning, if all that has passed is still there. The one before gets nothing more.
    pub(crate) fn again(&self) -> Option<UploadBody<B>> {
        let mut state = lock(&self.state);
        if !state.complete {
            return None;
        }
        state.attempt += 1;
        Some(UploadBody { state: self.state.clone(), attempt: state.attempt, replayed: 0 })
    }

    /// The request is being answered: it will not be sent again.
    pub(crate) fn settle(&self) {
        lock(&self.state).complete = false;
    }
}

impl<B> Drop for Upload<B> {
    fn drop(&mut self) {
        let mut state = lock(&self.state);
        let (body, reader) = (state.body.take(), state.reader.take());
        drop(state);
        drop(body);
        if let Some(reader) = reader {
            reader.wake();
        }
    }
}

/// The body that one attempt sends.
#[derive(Debug)]
pub(crate) struct UploadBody<B> {
    state: Arc<Mutex<State<B>>>,
    attempt: u8,
    /// How many of the kept frames this attempt has sent.
    replayed: usize,
}

impl<B: Body<Data = Bytes> + Unpin> Body for UploadBody<B> {
    type Data = Bytes;
    type Error = Ended;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Ended>>> {
        let this = &mut *self;
        let mut state = lock(&this.state);
        if state.attempt != this.attempt {
            return Poll::Ready(Some(Err(Ended)));
        }
        if let Some(chunk) = state.kept.get(this.replayed) {
            this.replayed += 1;
            return Poll::Ready(Some(Ok(Frame::data(chunk.clone()))));
        }
        if !state.complete {
            state.kept.clear();
            this.replayed = 0;
        }
        let Some(body) = &mut state.body else { return Poll::Ready(Some(Err(Ended))) };
        let polled = Pin::new(body).poll_frame(cx);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                state.keep(frame);
                this.replayed = state.kept.len();
            }
            Poll::Ready(_) => {}
            Poll::Pending => state.reader = Some(cx.waker().clone()),
        }
        polled.map_err(|_| Ended)
    }

    fn is_end_stream(&self) -> bool {
        let state = lock(&self.state);
        self.replayed >= state.kept.len() && state.body.as_ref().is_some_and(Body::is_end_stream)
    }
}

impl<B> State<B> {
    fn keep(&mut self, frame: &Frame<Bytes>) {
        let Some(chunk) = frame.data_ref() else {
            self.complete = false;
            return;
        };
        self.kept_size += chunk.len();
        self.complete &= self.kept_size <= MAX_KEPT;
        if self.complete {
            self.kept.push(chunk.clone());
        }
    }
}

fn lock<B>(state: &Mutex<State<B>>) -> MutexGuard<'_, State<B>> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::{BodyExt, StreamBody};
    use tokio::sync::mpsc;

    type Sender = mpsc::UnboundedSender<&'static [u8]>;

    /// A body that a test feeds, with the upload made from it.
    fn fed() -> (Sender, Upload<impl Body<Data = Bytes> + Unpin>, UploadBody<impl Body<Data = Bytes> + Unpin>)
    {
        let (sender, mut frames) = mpsc::unbounded_channel();
        let stream = futures_util::stream::poll_fn(move |cx| {
            let frame = std::task::ready!(frames.poll_recv(cx));
            Poll::Ready(frame.map(|bytes| Ok::<_, Ended>(Frame::data(Bytes::from_static(bytes)))))
        });
        let (upload, body) = Upload::new(StreamBody::new(stream));
        (sender, upload, body)
    }

    async fn next(body: &mut (impl Body<Data = Bytes> + Unpin)) -> Option<Bytes> {
        body.frame().await?.ok()?.into_data().ok()
    }

    #[tokio::test]
    async fn a_second_attempt_starts_from_the_beginning() {
        let (sender, upload, mut first) = fed();
        sender.send(b"one").unwrap();
        sender.send(b"two").unwrap();
        drop(sender);
        assert_eq!(next(&mut first).await.unwrap(), "one");
        let second = upload.again().unwrap();
        assert!(first.frame().await.unwrap().is_err(), "the first attempt gets nothing more");
        assert_eq!(second.collect().await.unwrap().to_bytes(), "onetwo");
    }

    #[tokio::test]
    async fn what_is_settled_during_a_replay_still_arrives_whole() {
        let (sender, upload, mut first) = fed();
        sender.send(b"one").unwrap();
        assert_eq!(next(&mut first).await.unwrap(), "one");
        let second = upload.again().unwrap();
        upload.settle();
        sender.send(b"two").unwrap();
        drop(sender);
        assert_eq!(second.collect().await.unwrap().to_bytes(), "onetwo");
        assert!(upload.again().is_none());
    }

    #[tokio::test]
    async fn a_large_body_passes_and_is_sent_once_only() {
        static CHUNK: [u8; 40_000] = [7; 40_000];
        let (sender, upload, body) = fed();
        sender.send(&CHUNK).unwrap();
        sender.send(&CHUNK).unwrap();
        drop(sender);
        assert_eq!(body.collect().await.unwrap().to_bytes().len(), 80_000);
        assert!(upload.again().is_none());
    }

    #[tokio::test]
    async fn a_body_that_waits_ends_with_its_call() {
        let (_sender, upload, mut body) = fed();
        let reading = tokio::spawn(async move { body.frame().await.unwrap().is_err() });
        tokio::task::yield_now().await;
        drop(upload);
        assert!(reading.await.unwrap());
    }
}
