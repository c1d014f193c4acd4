//! Replies: one message, a stream of them, or a status alone; then the trailers.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Response};
use http_body::{Body, Frame, SizeHint};
use meanwhile_proto::MISSING_PARTS_TRAILER;
use tokio::sync::{mpsc, oneshot};
use tonic::Status;

use super::frame_message;
use crate::engine::Reply;

const CONTENT: HeaderValue = HeaderValue::from_static("application/grpc");
const OK: HeaderValue = HeaderValue::from_static("0");
const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");

/// A reply's body.
#[derive(Debug)]
pub enum ReplyBody {
    /// At most one frame of data, then at most one of trailers.
    Frames(Option<Bytes>, Option<HeaderMap>),
    /// Frames as they come, then the trailers.
    Stream(mpsc::Receiver<Bytes>, oneshot::Receiver<HeaderMap>),
    /// Another service's reply.
    Other(tonic::body::Body),
}

/// A reply of one message.
pub fn single(reply: &Reply) -> Response<ReplyBody> {
    let mut data = Vec::with_capacity(reply.bytes.len() + super::PREFIX);
    let written: Result<(), std::convert::Infallible> = frame_message(&mut data, |out| {
        out.extend_from_slice(&reply.bytes);
        Ok(())
    });
    let Ok(()) = written;
    response(ReplyBody::Frames(Some(data.into()), Some(ok_trailers(&reply.missing))))
}

/// A reply whose messages come as they are made; the trailers say how it ended.
pub fn stream(frames: mpsc::Receiver<Bytes>, trailers: oneshot::Receiver<HeaderMap>) -> Response<ReplyBody> {
    response(ReplyBody::Stream(frames, trailers))
}

/// A status without a message, in the headers ("Trailers-Only").
pub fn failure(status: &Status) -> Response<ReplyBody> {
    let mut response = response(ReplyBody::Frames(None, None));
    // A status's own headers are always valid ones; a message that is not is percent-encoded.
    let _ = status.add_header(response.headers_mut());
    response
}

/// The trailers of a call that ended well.
pub fn ok_trailers(missing: &[Arc<str>]) -> HeaderMap {
    let mut trailers = HeaderMap::with_capacity(1 + usize::from(!missing.is_empty()));
    trailers.insert(GRPC_STATUS, OK);
    if !missing.is_empty()
        && let Ok(names) = HeaderValue::try_from(missing.join(","))
    {
        trailers.insert(MISSING_PARTS_TRAILER, names);
    }
    trailers
}

/// The trailers of a call that failed after its first message.
pub fn failed_trailers(status: &Status) -> HeaderMap {
    let mut trailers = HeaderMap::with_capacity(3);
    let _ = status.add_header(&mut trailers);
    trailers
}

fn response(body: ReplyBody) -> Response<ReplyBody> {
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, CONTENT);
    response
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        match self.get_mut() {
            Self::Frames(data, trailers) => {
                let frame = data.take().map(Frame::data).or_else(|| trailers.take().map(Frame::trailers));
                Poll::Ready(frame.map(Ok))
            }
            Self::Stream(frames, trailers) => match std::task::ready!(frames.poll_recv(context)) {
                Some(data) => Poll::Ready(Some(Ok(Frame::data(data)))),
                // A stream whose task was dropped has no trailers, and its client sees that it broke off.
                None => poll_trailers(trailers, context),
            },
            Self::Other(body) => Pin::new(body).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Frames(data, trailers) => data.is_none() && trailers.is_none(),
            Self::Stream(..) => false,
            Self::Other(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Frames(data, _) => SizeHint::with_exact(data.as_ref().map_or(0, Bytes::len) as u64),
            Self::Stream(..) => SizeHint::default(),
            Self::Other(body) => body.size_hint(),
        }
    }
}

fn poll_trailers(
    trailers: &mut oneshot::Receiver<HeaderMap>,
    context: &mut Context<'_>,
) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
    if trailers.is_terminated() {
        return Poll::Ready(None);
    }
    let received = std::task::ready!(Pin::new(trailers).poll(context));
    Poll::Ready(received.ok().map(|trailers| Ok(Frame::trailers(trailers))))
}
