//! The data service's reply on its way to the client, frame by frame. It always ends in a status: the data service's
//! own, or the gateway's, in the trailers, where the reply broke off or ran out of time.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Response};
use http_body::{Body, Frame};
use meanwhile_telemetry::{PollLog, Request as Span};
use meanwhile_transport::ClientBody;
use tokio::time::{Instant, Sleep, sleep_until};
use tonic::Status;

use crate::forward::Exchange;
use crate::outcome::Outcome;
use crate::{MethodFacts, failure, metadata};
use meanwhile_proto::deadline;

/// The data service ends a reply at its deadline too, and behind a whole message. So much longer it is waited for: ended
/// here, a reply may break off in the midst of one.
const GRACE: Duration = Duration::from_millis(250);

/// A call whose reply is on its way. Dropped before its end, it is cancelled: see the fields' own drops.
pub(crate) struct Running {
    span: Span,
    facts: MethodFacts,
    exchange: Exchange,
}

impl Running {
    pub(crate) fn new(span: Span, facts: MethodFacts, exchange: Exchange) -> Self {
        Self { span, facts, exchange }
    }

    /// The reply to the client, made of the data service's.
    pub(crate) fn reply(self, response: Response<ClientBody>) -> Response<Reply> {
        let (mut parts, body) = response.into_parts();
        metadata::strip_reply(&mut parts.headers);
        // A reply of trailers only: they are in the headers, and nothing follows.
        if let Some(outcome) = Outcome::of_headers(&parts.headers) {
            self.finish(&outcome);
            return Response::from_parts(parts, Reply::default());
        }
        let reply = ReplyBody { polls: self.span.polls(), late: None, body, running: self };
        Response::from_parts(parts, Reply(Some(reply)))
    }

    fn finish(self, outcome: &Outcome) {
        let Exchange { mut wait, upload, turn, .. } = self.exchange;
        if let Some(error) = outcome.error_type() {
            wait.fail(error);
        }
        wait.end();
        self.span.finish(outcome.code, outcome.reason.as_deref());
        drop((upload, turn));
    }
}

/// The body of a reply; empty once it has ended.
#[derive(Default)]
pub(crate) struct Reply(Option<ReplyBody>);

struct ReplyBody {
    running: Running,
    polls: PollLog,
    body: ClientBody,
    /// Once the reply has to be waited for, the timer of its end: most are there with their headers.
    late: Option<Pin<Box<Sleep>>>,
}

/// What comes next of a reply.
enum Next {
    Data(Bytes),
    Trailers(HeaderMap),
    /// It ends here, and not by the data service's word.
    Broken(Status),
}

impl ReplyBody {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Next> {
        let end = self.running.exchange.deadline.instant() + GRACE;
        let frame = match Pin::new(&mut self.body).poll_frame(cx) {
            // Also a reply that never lets its reader wait ends.
            Poll::Ready(frame) if Instant::now() < end => frame,
            Poll::Ready(_) => return Poll::Ready(Next::Broken(deadline::exceeded())),
            Poll::Pending => {
                let late = self.late.get_or_insert_with(|| Box::pin(sleep_until(end)));
                return late.as_mut().poll(cx).map(|()| Next::Broken(deadline::exceeded()));
            }
        };
        Poll::Ready(match frame {
            Some(Ok(frame)) => match frame.into_data() {
                Ok(data) => Next::Data(data),
                Err(frame) => self.trailers(frame.into_trailers().unwrap_or_default()),
            },
            Some(Err(error)) => {
                let trace_id = self.running.span.context().trace_id();
                tracing::warn!(%trace_id, %error, "the data service broke off");
                Next::Broken(failure::broken(self.running.facts))
            }
            None => Next::Broken(failure::broken(self.running.facts)),
        })
    }

    fn trailers(&self, mut trailers: HeaderMap) -> Next {
        metadata::strip_reply(&mut trailers);
        match trailers.contains_key(Status::GRPC_STATUS) {
            true => Next::Trailers(trailers),
            false => Next::Broken(failure::broken(self.running.facts)),
        }
    }
}

impl Body for Reply {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Some(reply) = &mut self.0 else { return Poll::Ready(None) };
        let polls = reply.polls.clone();
        let _poll = polls.enter();
        let trailers = match std::task::ready!(reply.poll_next(cx)) {
            Next::Data(data) => return Poll::Ready(Some(Ok(Frame::data(data)))),
            Next::Trailers(trailers) => trailers,
            Next::Broken(status) => in_trailers(&status),
        };
        if let (Some(reply), Some(outcome)) = (self.0.take(), Outcome::of_headers(&trailers)) {
            reply.running.finish(&outcome);
        }
        Poll::Ready(Some(Ok(Frame::trailers(trailers))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }
}

fn in_trailers(status: &Status) -> HeaderMap {
    let mut trailers = HeaderMap::new();
    if let Err(status) = status.add_header(&mut trailers) {
        // Its text does not fit a header. The code says what matters.
        let _ = Status::new(status.code(), "").add_header(&mut trailers);
    }
    trailers
}
