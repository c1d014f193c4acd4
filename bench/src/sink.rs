//! An OTLP/gRPC endpoint that counts spans and forgets them: the least that a collector can cost.

mod count;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use meanwhile_transport::{RequestBody, ServeLimits, serve};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_util::sync::{CancellationToken, DropGuard};
use tower::service_fn;

pub use count::Seen;

/// The method that takes spans.
pub const EXPORT: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

/// The empty reply message: not compressed, no bytes.
const EMPTY: &[u8] = &[0; 5];

/// A running sink; it ends with this value.
#[derive(Debug)]
pub struct Sink {
    address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
    _stop: DropGuard,
}

impl Sink {
    /// Starts it on a port of its own.
    pub fn start(runtime: &Runtime) -> Result<Self> {
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0)))?;
        let address = listener.local_addr()?;
        let stop = CancellationToken::new();
        let seen = Arc::<Mutex<Seen>>::default();
        let take = service_fn({
            let seen = seen.clone();
            move |request| take(request, seen.clone())
        });
        runtime.spawn(serve(listener, take, ServeLimits::default(), stop.clone()));
        Ok(Self { address, seen, _stop: stop.drop_guard() })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where spans are sent.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What has arrived so far.
    pub fn seen(&self) -> Seen {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn take(
    request: Request<RequestBody>,
    seen: Arc<Mutex<Seen>>,
) -> Result<Response<impl http_body::Body<Data = Bytes, Error = Infallible>>, Infallible> {
    // What breaks off, or is no export, counts nothing: then spans are missing, which is what is looked for.
    if let Ok(body) = request.into_body().collect().await {
        let arrived = Seen::in_message(&body.to_bytes());
        seen.lock().unwrap_or_else(PoisonError::into_inner).add(arrived.unwrap_or_default());
    }
    let trailers =
        HeaderMap::from_iter([(http::HeaderName::from_static("grpc-status"), HeaderValue::from_static("0"))]);
    let body = Full::new(Bytes::from_static(EMPTY)).with_trailers(async { Some(Ok(trailers)) });
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    Ok(response)
}
