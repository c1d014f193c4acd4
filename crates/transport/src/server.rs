//! The accept loop: HTTP/1.1 and HTTP/2 with prior knowledge on one port, bounded in connections, and drained on
//! shutdown within a bounded time. What the requests mean is the service's affair.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use hyper::rt::Executor;
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

use crate::arrival::InOrder;
use crate::preface::PrefaceDeadline;
use crate::{BoxError, ServeLimits};

/// How long accepting rests after the process ran out of something, such as file descriptors.
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// Dropped tasks end the next time they are polled; one that blocks its thread is not waited for longer than this.
const ABORT_GRACE: Duration = Duration::from_secs(1);

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
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let tasks = TaskTracker::new();
    let abort = CancellationToken::new();
    let _abort_on_drop = abort.clone().drop_guard();
    let builder = Arc::new(limits.builder(Tracked(tasks.clone())));
    let permits = Arc::new(Semaphore::new(limits.max_connections));

    while let Some(accepted) = shutdown.run_until_cancelled(accept(&listener, &permits)).await {
        let (stream, permit) = accepted?;
        let stream = PrefaceDeadline::new(stream, limits.header_read_timeout);
        let connection = connection(stream, service.clone(), builder.clone(), shutdown.clone());
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
    stream: PrefaceDeadline<TcpStream>,
    service: S,
    builder: Arc<Builder<Tracked>>,
    shutdown: CancellationToken,
) where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), InOrder(service)));
    let result = match shutdown.run_until_cancelled(connection.as_mut()).await {
        Some(result) => result,
        None => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = result {
        tracing::debug!(error = &*error, "connection ended");
    }
}

/// Where hyper spawns the streams of an HTTP/2 connection. A stream ends with its connection (h2 resets it), so it is
/// enough to know when the last one has ended.
#[derive(Clone)]
struct Tracked(TaskTracker);

impl<F> Executor<F> for Tracked
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    fn execute(&self, future: F) {
        self.0.spawn(future);
    }
}
