//! Metrics and logs, which OpenTelemetry's agents also send unless told otherwise: they are taken and not looked at, so that an
//! app needs no more than one variable, and its log no complaints.

use std::future::ready;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use meanwhile_transport::RequestBody;
use tokio::time::timeout;
use tonic::body::Body;

use crate::config::MAX_BODY;

const PATHS: [&str; 4] = [
    "/v1/metrics",
    "/v1/logs",
    "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
    "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
];

/// The longest that a body may take to come.
const BOUND: Duration = Duration::from_secs(30);

/// A gRPC message of no fields: not packed, and no bytes long.
const EMPTY: &[u8] = &[0; 5];

/// True where others than spans are sent to.
pub fn are_at(path: &str) -> bool {
    PATHS.contains(&path)
}

/// Lets the body pass by, and says that all was well: with a message of no fields, in the request's encoding.
pub async fn answer(request: Request<RequestBody>) -> Response<Body> {
    let is_post = request.method() == Method::POST;
    let (head, body) = request.into_parts();
    let mut body = Limited::new(body, MAX_BODY);
    let passed = timeout(BOUND, async { while let Some(Ok(_)) = body.frame().await {} });
    let kind = head.headers.get(CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
    let (status, kind, body) = match () {
        () if !is_post => (StatusCode::METHOD_NOT_ALLOWED, "text/plain", Body::empty()),
        () if passed.await.is_err() => (StatusCode::REQUEST_TIMEOUT, "text/plain", Body::empty()),
        () if kind.starts_with(b"application/grpc") => (StatusCode::OK, "application/grpc", message()),
        () if kind.starts_with(b"application/json") => (StatusCode::OK, "application/json", full(b"{}")),
        () => (StatusCode::OK, "application/x-protobuf", Body::empty()),
    };
    let mut reply = Response::new(body);
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    reply
}

fn full(bytes: &'static [u8]) -> Body {
    Body::new(Full::new(Bytes::from_static(bytes)))
}

fn message() -> Body {
    let status = (HeaderName::from_static("grpc-status"), HeaderValue::from_static("0"));
    let trailers = HeaderMap::from_iter([status]);
    Body::new(Full::new(Bytes::from_static(EMPTY)).with_trailers(ready(Some(Ok(trailers)))))
}
