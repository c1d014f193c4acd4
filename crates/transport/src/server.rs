//! The accept loop: HTTP/1.1 and HTTP/2 with prior knowledge on one port, bounded in connections, and drained on
//! shutdown within a bounded time. What the requests mean is the service's affair.

use std::convert::Infallible;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

use crate::arrival::in_order;
use crate::preface::{self, Heard, Spoken};
use crate::{BoxError, RequestBody, ServeLimits, http2};

/// How long accepting rests after the process ran out of something, such as file descriptors.
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// Dropped tasks end the next time they are polled; one that blocks its thread is not waited for longer than this.
const ABORT_GRACE: Duration = Duration::from_secs(1);

/// The number of the next connection, in this process.
static CONNECTIONS: AtomicU32 = AtomicU32::new(1);

/// Serves `service` on every connection that `listener` accepts, until `shutdown`. Then no connection is accepted any
/// more, clients are told (GOAWAY, `connection: close`), and running requests get `limits.drain` to finish before they
/// are dropped. Dropping the future ends everything at once.
///
/// A handler that panics loses its own request (HTTP/2) or connection (HTTP/1.1) and nothing else.
///
/// # Errors
/// Only where the listener itself is unusable; a failed accept is logged and tried again.
pub async fn serve<S, B>(
    listener: TcpListener,
    service: S,
    limits: ServeLimits,
    shutdown: CancellationToken,
) -> io::Result<()>
where
    S: Service<Request<RequestBody>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError> + Send,
{
    let tasks = TaskTracker::new();
    let abort = CancellationToken::new();
    let _abort_on_drop = abort.clone().drop_guard();
    let limits = Arc::new(limits);
    let permits = Arc::new(Semaphore::new(limits.max_connections));

    while let Some(accepted) = shutdown.run_until_cancelled(accept(&listener, &permits)).await {
        let (stream, permit) = accepted?;
        let (service, limits) = (service.clone(), limits.clone());
        let connection = connection(stream, service, limits, tasks.clone(), shutdown.clone());
        let abort = abort.clone();
        tasks.spawn(async move {
            abort.run_until_cancelled(connection).await;
            drop(permit);
        });
    }

    drop(listener);
    tasks.close();
    if timeout(limits.drain, tasks.wait()).await.is_err() {
        tracing::warn!(tasks = tasks.len(), "drain time is over, dropping the requests that still run");
        abort.cancel();
        if timeout(ABORT_GRACE, tasks.wait()).await.is_err() {
            tracing::error!(tasks = tasks.len(), "requests block their thread and cannot be dropped");
        }
    }
    Ok(())
}

/// The next connection, as soon as there may be one more.
async fn accept(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
) -> io::Result<(TcpStream, OwnedSemaphorePermit)> {
    let permit = permits.clone().acquire_owned().await.map_err(io::Error::other)?;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // Without it small frames wait for the peer's delayed acknowledgement, 40 ms. It fails only on a
                // connection that is gone, which its first read will say.
                let _ = stream.set_nodelay(true);
                return Ok((stream, permit));
            }
            // The socket is not one that listens: trying again cannot help.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => return Err(error),
            Err(error) if is_of_one_connection(&error) => {
                tracing::debug!(%error, "a connection ended before it was accepted");
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept connections for the moment");
                sleep(ACCEPT_REST).await;
            }
        }
    }
}

/// accept(2) hands over errors of the connection it was about to return; they say nothing about the next one.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{
        ConnectionAborted, ConnectionRefused, ConnectionReset, HostUnreachable, Interrupted, NetworkDown,
        NetworkUnreachable,
    };
    matches!(
        error.kind(),
        ConnectionAborted
            | ConnectionRefused
            | ConnectionReset
            | HostUnreachable
            | Interrupted
            | NetworkDown
            | NetworkUnreachable
    )
}

/// Serves one connection to its end; on shutdown it takes no new requests and finishes the running ones.
async fn connection<S, B>(
    stream: TcpStream,
    service: S,
    limits: Arc<ServeLimits>,
    tasks: TaskTracker,
    shutdown: CancellationToken,
) where
    S: Service<Request<RequestBody>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError> + Send,
{
    let number = CONNECTIONS.fetch_add(1, Ordering::Relaxed);
    let listening = preface::listen(stream, limits.header_read_timeout);
    let served = match shutdown.run_until_cancelled(listening).await {
        // Nothing was asked yet.
        None => return,
        Some(Err(error)) => Err(error.into()),
        Some(Ok((Spoken::Http2, stream))) => {
            http2::server::serve(stream, number, service, &limits, &tasks, &shutdown).await
        }
        Some(Ok((Spoken::Http1, stream))) => http1(stream, number, service, &limits, &shutdown).await,
    };
    if let Err(error) = served {
        tracing::debug!(error = &*error, "connection ended");
    }
}

/// Serves a connection of HTTP/1.1, one request after the other.
async fn http1<S, B>(
    stream: Heard<TcpStream>,
    number: u32,
    service: S,
    limits: &ServeLimits,
    shutdown: &CancellationToken,
) -> Result<(), BoxError>
where
    S: Service<Request<RequestBody>, Response = Response<B>, Error = Infallible> + Clone,
    B: Body<Data = Bytes> + 'static,
    B::Error: Into<BoxError> + Send,
{
    let service = service_fn(move |request: Request<Incoming>| {
        in_order(&service, request.map(|body| RequestBody::from(body).by(number)))
    });
    let mut connection = pin!(limits.http1().serve_connection(TokioIo::new(stream), service));
    match shutdown.run_until_cancelled(connection.as_mut()).await {
        Some(result) => Ok(result?),
        None => {
            connection.as_mut().graceful_shutdown();
            Ok(connection.await?)
        }
    }
}
