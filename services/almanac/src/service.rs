//! One HTTP request in, one JSON reply out: routing, the delay, and the request's span.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode, Version};
use http_body_util::Full;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use meanwhile_telemetry::{KeyValue, Request as RequestSpan, Tracer};
use serde::Serialize;

use crate::daylight::Daylight;
use crate::query::{Query, QueryError};
use crate::{Config, sun};

const DAYLIGHT: &str = "/daylight";
const HEALTHZ: &str = "/healthz";

type Reply = Response<Full<Bytes>>;

/// The almanac, one clone a connection.
#[derive(Clone)]
pub struct Almanac {
    config: Arc<Config>,
}

impl Almanac {
    pub fn new(config: Config) -> Self {
        Self { config: Arc::new(config) }
    }

    /// The reply, after the delay, under a span of its own.
    async fn answer<B>(self, request: Request<B>) -> Reply {
        if request.uri().path() == HEALTHZ && request.method() == Method::GET {
            return reply(StatusCode::OK, &Health { status: "SERVING" });
        }
        let span = server_span(&self.config.tracer, &request);
        let answer = span.polls().record(async {
            if !self.config.delay.is_zero() {
                tokio::time::sleep(self.config.delay).await;
            }
            self.route(request.method(), request.uri().path(), request.uri().query().unwrap_or_default())
        });
        let reply = answer.await;
        span.finish_http(reply.status().as_u16());
        reply
    }

    fn route(&self, method: &Method, path: &str, query: &str) -> Reply {
        if path != DAYLIGHT && path != HEALTHZ {
            return fault(StatusCode::NOT_FOUND, "there is /daylight, and /healthz");
        }
        if method != Method::GET {
            let mut reply = fault(StatusCode::METHOD_NOT_ALLOWED, "use GET");
            reply.headers_mut().insert(ALLOW, HeaderValue::from_static("GET"));
            return reply;
        }
        match self.daylight(query) {
            Ok(daylight) => reply(StatusCode::OK, &daylight),
            Err(error) => fault(StatusCode::BAD_REQUEST, &error.to_string()),
        }
    }

    fn daylight(&self, query: &str) -> Result<Daylight, QueryError> {
        let query = Query::parse(query)?;
        let date = query.date.or(self.config.today).unwrap_or_else(today);
        let course = sun::course(date, query.latitude, query.longitude).ok_or(QueryError::Date)?;
        Ok(Daylight::new(date, course))
    }
}

impl<B: Send + 'static> tower::Service<Request<B>> for Almanac {
    type Response = Reply;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Reply, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // No request here has a body worth reading.
        let answer = self.clone().answer(request.map(drop));
        Box::pin(async { Ok(answer.await) })
    }
}

/// A span by the semantic conventions for HTTP servers. A path or method that is not ours stays out of its name, which
/// must have few values.
fn server_span<B>(tracer: &Tracer, request: &Request<B>) -> RequestSpan {
    let (method, path) = (request.method(), request.uri().path());
    let known = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
    ];
    let known_method = known.iter().find(|known| *known == method).map_or("_OTHER", Method::as_str);
    let mut attributes = vec![
        KeyValue::new("http.request.method", known_method.to_owned()),
        KeyValue::new("url.scheme", "http"),
        KeyValue::new("url.path", path.to_owned()),
        KeyValue::new(
            "network.protocol.version",
            if request.version() == Version::HTTP_2 { "2" } else { "1.1" },
        ),
    ];
    if let Some(query) = request.uri().query() {
        attributes.push(KeyValue::new("url.query", query.to_owned()));
    }
    let name_method = if known_method == "_OTHER" { "HTTP" } else { known_method };
    let name = match [DAYLIGHT, HEALTHZ].into_iter().find(|route| *route == path) {
        Some(route) => {
            attributes.push(KeyValue::new("http.route", route));
            format!("{name_method} {route}")
        }
        None => name_method.to_owned(),
    };
    tracer.server_request(name, request.headers(), attributes)
}

fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

#[derive(Serialize)]
struct Health {
    status: &'static str,
}

#[derive(Serialize)]
struct Fault<'a> {
    error: &'a str,
}

fn fault(status: StatusCode, error: &str) -> Reply {
    reply(status, &Fault { error })
}

fn reply(status: StatusCode, content: &impl Serialize) -> Reply {
    // Structs of texts have a JSON form; should one ever have none, the client sees an empty body and a 500.
    let (status, body) = match serde_json::to_vec(content) {
        Ok(body) => (status, body),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, Vec::new()),
    };
    let mut reply = Response::new(Full::from(body));
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    reply
}
