//! The client: one request in, one response out. It opens, keeps and closes connections; it has no deadline of its
//! own for a request, and sends none a second time that may have been run.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::uri::Scheme;
use http::{Request, Response, Version};
use http_body::Body;
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::sync::Semaphore;

use crate::connect::Connector;
use crate::connections::{Connections, InFlight};
use crate::{BoxError, CONNECTION_WINDOW, ClientBody, Roots, STREAM_WINDOW, SendError};

/// What is spoken to `http` URLs. With `https` URLs the two sides negotiate, by ALPN (RFC 7301).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.1: a connection for each request in flight.
    Http1,
    /// HTTP/2 with prior knowledge: about a hundred requests in flight on a connection.
    H2c,
}

/// How a [`Client`] connects, and how much it takes on.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// What is spoken to `http` URLs.
    pub protocol: Protocol,
    /// Whose certificates are trusted with `https` URLs. Default: Mozilla's roots.
    pub roots: Option<Roots>,
    /// The longest a connection may take to open: name lookup, TCP and TLS together. Default 5 s.
    pub connect_timeout: Duration,
    /// Requests in flight at once, counted until their response body is dropped; one more fails as
    /// [`SendError::NotSent`]. It bounds the connections too: one a request, or one a hundred. Default 16,384.
    pub max_in_flight: usize,
    /// A connection unused this long is closed. Shorter than servers keep theirs, or requests would meet
    /// connections that close at the same moment. Default 20 s.
    pub idle_timeout: Duration,
    /// Bytes of one response's headers (HTTP/2). Default 16 KiB.
    pub max_header_list_size: u32,
    /// An HTTP/2 connection that was silent this long while requests are in flight is pinged. Default 10 s.
    pub keepalive_interval: Duration,
    /// A connection that leaves a ping unanswered this long is closed. Default 10 s.
    pub keepalive_timeout: Duration,
}

impl ClientConfig {
    /// The defaults for that protocol.
    pub fn new(protocol: Protocol) -> Self {
        Self {
            protocol,
            roots: None,
            connect_timeout: Duration::from_secs(5),
            max_in_flight: 16_384,
            idle_timeout: Duration::from_secs(20),
            max_header_list_size: 16 * 1024,
            keepalive_interval: Duration::from_secs(10),
            keepalive_timeout: Duration::from_secs(10),
        }
    }
}

/// Sends requests over connections of its own. Clones share them. Best one a peer: the HTTP/2 connections are dealt
/// out by load, whichever peer a request is for.
pub struct Client<B> {
    shared: Arc<Shared<B>>,
}

struct Shared<B> {
    negotiated: legacy::Client<Connector, B>,
    h2c: Option<Connections>,
    permits: Arc<Semaphore>,
}

impl<B> Clone for Client<B> {
    fn clone(&self) -> Self {
        Self { shared: self.shared.clone() }
    }
}

impl<B> std::fmt::Debug for Client<B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

impl<B> Client<B>
where
    B: Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<BoxError> + Send,
{
    /// A client with no connection yet; requests open them, inside a tokio runtime.
    pub fn new(config: ClientConfig) -> Self {
        let connector = Connector::new(config.connect_timeout, config.roots.as_ref());
        let negotiated = builder(&config).build(connector.clone());
        let permits = Arc::new(Semaphore::new(config.max_in_flight.min(Semaphore::MAX_PERMITS)));
        let is_h2c = config.protocol == Protocol::H2c;
        let h2c = is_h2c.then(|| Connections::new(connector, config));
        Self { shared: Arc::new(Shared { negotiated, h2c, permits }) }
    }

    /// Sends the request and waits for the response's headers. The URL is absolute; dropping the future takes the
    /// request back (the HTTP/2 stream is reset, the HTTP/1.1 connection closed).
    ///
    /// # Errors
    /// [`SendError`], which says whether the other side can have run the request.
    // An async fn would have room for the request twice, as its argument and as what it sends.
    #[expect(clippy::manual_async_fn, reason = "see above")]
    pub fn send(
        &self,
        request: Request<B>,
    ) -> impl Future<Output = Result<Response<ClientBody>, SendError>> + Send {
        async {
            let permit = self.shared.permits.clone().try_acquire_owned();
            let permit = permit.map_err(|_| SendError::NotSent("too many requests in flight".into()))?;
            let (mut head, body) = request.into_parts();
            if let Some(connections) = &self.shared.h2c
                && head.uri.scheme() != Some(&Scheme::HTTPS)
            {
                let (response, place, sending) =
                    connections.send(Request::from_parts(head, ()), body).await?;
                let in_flight = InFlight { _permit: permit, _place: Some(place), _sending: sending };
                return Ok(response.map(|body| ClientBody::new(body, in_flight)));
            }
            // A forwarded request still has the version it arrived with; what is spoken here is the connection's affair.
            head.version = Version::HTTP_11;
            let response = self.shared.negotiated.request(Request::from_parts(head, body)).await?;
            let in_flight = InFlight { _permit: permit, _place: None, _sending: None };
            Ok(response.map(|body| ClientBody::new(body, in_flight)))
        }
    }
}

fn builder(config: &ClientConfig) -> legacy::Builder {
    let mut builder = legacy::Client::builder(TokioExecutor::new());
    builder
        // Only what the connection hands back unwritten is sent again, so nothing is ever run twice.
        .retry_canceled_requests(true)
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(config.idle_timeout)
        .http2_initial_stream_window_size(STREAM_WINDOW)
        .http2_initial_connection_window_size(CONNECTION_WINDOW)
        .http2_max_header_list_size(config.max_header_list_size)
        .http2_keep_alive_interval(config.keepalive_interval)
        .http2_keep_alive_timeout(config.keepalive_timeout)
        // Streams that were reset here are remembered for a second. What still arrives for a forgotten one counts as
        // the peer's fault, and enough of that ends the connection under everybody else.
        .http2_max_concurrent_reset_streams(1_024);
    builder
}
