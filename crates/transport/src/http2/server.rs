//! One HTTP/2 connection of a server: what stands between a frame and the service that answers it is paid for by every call.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use meanwhile_http2::{Config, Session};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

use super::carrier::Carrier;
use super::lost;
use super::stream::Sender;
use crate::arrival::in_order;
use crate::sending::Sending;
use crate::{BoxError, CONNECTION_WINDOW, RequestBody, STREAM_WINDOW, ServeLimits};

/// Serves the connection to its end, each request in a task of its own; on shutdown it takes no new ones and finishes
/// those that run.
pub(crate) async fn serve<T, S, B>(
    stream: T,
    number: u32,
    service: S,
    limits: &ServeLimits,
    tasks: &TaskTracker,
    shutdown: &CancellationToken,
) -> Result<(), BoxError>
where
    T: AsyncRead + AsyncWrite + Unpin,
    S: Service<Request<RequestBody>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Send,
{
    let mut carrier = Carrier::new(stream, Session::server(config(limits)));
    let session = carrier.session().clone();
    let mut lost = pin!(lost(&session, limits.keepalive_interval, limits.keepalive_timeout));
    let mut stop = pin!(shutdown.cancelled());
    let mut stops = false;
    loop {
        tokio::select! {
            biased;
            () = &mut stop, if !stops => {
                stops = true;
                session.lock().leave();
            }
            arrived = carrier.arrived() => {
                let Some(arrived) = arrived? else { return Ok(()) };
                for (stream, head) in arrived {
                    let (sender, receiver) = session.hold(stream);
                    let request = head.map(|()| RequestBody::from(receiver).by(number));
                    tasks.spawn(answer(in_order(&service, request), sender));
                }
            }
            () = &mut lost => return Err("the peer leaves pings unanswered".into()),
        }
    }
}

fn config(limits: &ServeLimits) -> Config {
    Config {
        stream_window: STREAM_WINDOW,
        connection_window: CONNECTION_WINDOW,
        max_streams: limits.max_concurrent_streams,
        max_header_list: limits.max_header_list_size,
    }
}

/// Sends the reply, unless the client takes its request back before: then what makes it is dropped.
async fn answer<F, B>(reply: F, mut sender: Sender)
where
    F: Future<Output = Result<Response<B>, Infallible>>,
    B: Body<Data = Bytes>,
{
    let mut reply = pin!(reply);
    let reply = poll_fn(|cx| match reply.as_mut().poll(cx) {
        Poll::Ready(reply) => Poll::Ready(Some(reply)),
        Poll::Pending => sender.poll_reset(cx).map(|_| None),
    });
    let Some(Ok(reply)) = reply.await else { return };
    let (head, body) = reply.into_parts();
    let is_empty = body.is_end_stream();
    // It fails where the stream or its connection is gone.
    if sender.send_response(&Response::from_parts(head, ()), is_empty).is_ok() && !is_empty {
        Sending::new(pin!(body), sender).await;
    }
}
