//! One HTTP/2 connection of a server, straight on h2: what stands between a frame and the service that answers it is paid
//! for by every call.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use h2::server::{Builder, Connection, SendResponse};
use h2::{Ping, PingPong};
use http::{Request, Response};
use http_body::Body;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{interval_at, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

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
    let handshake = builder(limits).handshake(stream);
    let mut connection: Connection<T, Bytes> = timeout(limits.header_read_timeout, handshake).await??;
    let mut lost = pin!(lost(connection.ping_pong(), limits.keepalive_interval, limits.keepalive_timeout));
    let mut stop = pin!(shutdown.cancelled());
    let mut stops = false;
    loop {
        tokio::select! {
            biased;
            () = &mut stop, if !stops => {
                stops = true;
                connection.graceful_shutdown();
            }
            accepted = connection.accept() => {
                let Some(accepted) = accepted else { return Ok(()) };
                let (request, respond) = accepted?;
                let reply = in_order(&service, request.map(|body| RequestBody::from(body).by(number)));
                tasks.spawn(answer(reply, respond));
            }
            () = &mut lost => return Err("the peer leaves pings unanswered".into()),
        }
    }
}

/// h2's own defaults against rapid resets (20 pending, 1,024 of its own making) stay as they are: they are what ends a
/// connection that opens streams only to cancel them.
fn builder(limits: &ServeLimits) -> Builder {
    let mut builder = Builder::new();
    builder
        .max_concurrent_streams(limits.max_concurrent_streams)
        .max_header_list_size(limits.max_header_list_size)
        .initial_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW);
    builder
}

/// Sends the reply, unless the client takes its request back before: then what makes it is dropped.
async fn answer<F, B>(reply: F, mut respond: SendResponse<Bytes>)
where
    F: Future<Output = Result<Response<B>, Infallible>>,
    B: Body<Data = Bytes>,
{
    let mut reply = pin!(reply);
    let reply = poll_fn(|cx| match reply.as_mut().poll(cx) {
        Poll::Ready(reply) => Poll::Ready(Some(reply)),
        Poll::Pending => respond.poll_reset(cx).map(|_| None),
    });
    let Some(Ok(reply)) = reply.await else { return };
    let (head, body) = reply.into_parts();
    let is_empty = body.is_end_stream();
    // It fails where the stream or its connection is gone.
    let Ok(stream) = respond.send_response(Response::from_parts(head, ()), is_empty) else { return };
    if !is_empty {
        Sending::new(pin!(body), stream).await;
    }
}

/// Ends when the peer leaves a ping unanswered.
pub(crate) async fn lost(pings: Option<PingPong>, every: Duration, bound: Duration) {
    let Some(mut pings) = pings else { return std::future::pending().await };
    let mut ticks = interval_at(tokio::time::Instant::now() + every, every);
    loop {
        ticks.tick().await;
        match timeout(bound, pings.ping(Ping::opaque())).await {
            Err(_) => return,
            // The connection ends by itself, and says so.
            Ok(Err(_)) => std::future::pending().await,
            Ok(Ok(_)) => {}
        }
    }
}
