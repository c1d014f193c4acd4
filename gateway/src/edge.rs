//! Where a client's request goes: to the data service, to reflection, to health, or back with a refusal.

use std::convert::Infallible;
use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response, StatusCode, Version, header};
use http_body_util::Either;
use meanwhile_health::Current;
use meanwhile_transport::RequestBody;
use tonic::body::Body;
use tower::Service;

use crate::forward::{Forwarder, unknown};
use crate::health::HealthServer;
use crate::metadata;
use crate::reflection::ReflectionServer;
use crate::reply::Reply;
use crate::table::Table;

/// The body of any reply: one that is passed on, or one that was made here.
pub(crate) type EdgeBody = Either<Reply, Body>;

/// The service of the public port.
#[derive(Clone)]
pub(crate) struct Edge {
    pub(crate) table: Arc<Current<Table>>,
    pub(crate) forwarder: Arc<Forwarder>,
    pub(crate) health: HealthServer,
    pub(crate) reflection: ReflectionServer,
}

type Answer = Pin<Box<dyn Future<Output = Result<Response<EdgeBody>, Infallible>> + Send>>;

impl Service<Request<RequestBody>> for Edge {
    type Response = Response<EdgeBody>;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<RequestBody>) -> Answer {
        if !is_grpc(&request) {
            return answer(ready(Ok(not_grpc())));
        }
        if let Some(method) = self.table.load().method(request.uri().path()).cloned() {
            let forwarder = self.forwarder.clone();
            let span = forwarder.begin(&method, &request);
            let (arrival, (head, body)) = (forwarder.arrive(), request.into_parts());
            return Box::pin(async move {
                let reply = forwarder.call(span, &method, head.headers, body, arrival);
                Ok(reply.await.map(Either::Left))
            });
        }
        match request.uri().path() {
            "/grpc.health.v1.Health/Check" | "/grpc.health.v1.Health/Watch" => {
                answer(self.health.call(request))
            }
            path if self.reflection.serves(path) => answer(self.reflection.call(request)),
            _ => answer(ready(Ok(unknown(&self.forwarder.tracer, &request).into_http()))),
        }
    }
}

fn answer<F>(response: F) -> Answer
where
    F: Future<Output = Result<Response<Body>, Infallible>> + Send + 'static,
{
    Box::pin(async move { Ok(response.await?.map(Either::Right)) })
}

fn is_grpc(request: &Request<RequestBody>) -> bool {
    request.method() == http::Method::POST
        && request.version() == Version::HTTP_2
        && metadata::is_grpc(request.headers())
}

/// As gRPC over HTTP/2 has it: an answer that no other client takes for success.
fn not_grpc() -> Response<Body> {
    const TEXT: &str =
        "This port speaks gRPC over HTTP/2; `grpcurl -plaintext HOST:PORT list` shows what it serves.\n";
    let mut response = Response::new(Body::new(TEXT.to_owned()));
    *response.status_mut() = StatusCode::UNSUPPORTED_MEDIA_TYPE;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("text/plain"));
    response
}
