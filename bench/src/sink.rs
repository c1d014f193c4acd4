//! An OTLP/gRPC endpoint that takes every span and forgets it: the least that a collector can cost.

use std::convert::Infallible;
use std::net::SocketAddr;

use anyhow::Result;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use meanwhile_transport::{ServeLimits, serve};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_util::sync::{CancellationToken, DropGuard};
use tower::service_fn;

/// The empty reply message: not compressed, no bytes.
const EMPTY: &[u8] = &[0; 5];

/// A running sink; it ends with this value.
#[derive(Debug)]
pub struct Sink {
    address: SocketAddr,
    _stop: DropGuard,
}

impl Sink {
    /// Starts it on a port of its own.
    pub fn start(runtime: &Runtime) -> Result<Self> {
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0)))?;
        let address = listener.local_addr()?;
        let stop = CancellationToken::new();
        runtime.spawn(serve(listener, service_fn(forget), ServeLimits::default(), stop.clone()));
        Ok(Self { address, _stop: stop.drop_guard() })
    }

    /// Where spans are sent.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

async fn forget(
    request: Request<Incoming>,
) -> Result<Response<impl http_body::Body<Data = Bytes, Error = Infallible>>, Infallible> {
    let mut body = request.into_body();
    while let Some(Ok(_)) = body.frame().await {}
    let trailers =
        HeaderMap::from_iter([(http::HeaderName::from_static("grpc-status"), HeaderValue::from_static("0"))]);
    let body = Full::new(Bytes::from_static(EMPTY)).with_trailers(async { Some(Ok(trailers)) });
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    Ok(response)
}
