//! Sending: each request leaves at its moment under a root CLIENT span of its own; what matters of its reply is when
//! it was complete, and its status.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::{BufMut, Bytes, BytesMut};
use futures_util::future::join_all;
use http::header::{CONTENT_TYPE, TE};
use http::{HeaderMap, HeaderValue, Request, Uri};
use http_body_util::{BodyExt, Full};
use meanwhile_telemetry::{Request as RequestSpan, Tracer};
use meanwhile_transport::{Client, ClientConfig, Protocol, SendError};
use tokio::time::{Instant, sleep_until, timeout};
use tonic::{Code, Status};

use crate::scenario::{Planned, Scenario};

/// The longest a request is waited for.
const LIMIT: Duration = Duration::from_secs(60);

/// What every gateway answers.
const HEALTH: &str = "/grpc.health.v1.Health/Check";

/// A scenario that has been played.
#[derive(Debug)]
pub struct Played {
    /// When it began.
    pub start: SystemTime,
    /// When the last reply was there.
    pub done: std::time::Instant,
    /// Its requests, in the scenario's order.
    pub requests: Vec<PlayedRequest>,
}

/// What became of one request.
#[derive(Debug, Clone)]
pub struct PlayedRequest {
    /// `pkg.Service/Method`.
    pub method: String,
    /// The trace that it is the root of: 32 hex digits.
    pub trace_id: String,
    /// When it was sent, from the start of the scenario.
    pub sent: Duration,
    /// When its reply was complete, from the start of the scenario.
    pub done: Duration,
    /// What it ended with.
    pub code: Code,
    /// What the status says, where it is not OK.
    pub message: String,
}

impl PlayedRequest {
    /// From sending to the complete reply.
    pub fn duration(&self) -> Duration {
        self.done.saturating_sub(self.sent)
    }
}

impl Played {
    /// From the start to the last reply.
    pub fn total(&self) -> Duration {
        self.requests.iter().map(|request| request.done).max().unwrap_or_default()
    }

    /// The requests' numbers, from 1, in the order of their replies.
    pub fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.requests.len()).collect();
        order.sort_by_key(|&index| self.requests[index].done);
        order.into_iter().map(|index| index + 1).collect()
    }

    /// What the requests took, added up.
    pub fn sum(&self) -> Duration {
        self.requests.iter().map(PlayedRequest::duration).sum()
    }
}

/// Plays a scenario against a gateway, `http://host:port`. Failed requests are part of the result.
pub async fn play(scenario: &Scenario, gateway: &Uri, tracer: &Tracer) -> Played {
    let client = Client::new(ClientConfig::new(Protocol::H2c));
    connect(&client, gateway).await;
    let (began, start) = (SystemTime::now(), Instant::now());
    let requests = scenario.requests.iter().map(|planned| {
        let sender =
            Sender { client: client.clone(), gateway: gateway.clone(), tracer: tracer.clone(), start };
        sender.send(Arc::new(planned.clone()))
    });
    let requests = join_all(requests).await;
    Played { start: began, done: std::time::Instant::now(), requests }
}

/// Sends a scenario's requests one after the other, each when nothing else of it runs: what each takes by itself.
pub async fn play_alone(scenario: &Scenario, gateway: &Uri, tracer: &Tracer) -> Played {
    let client = Client::new(ClientConfig::new(Protocol::H2c));
    connect(&client, gateway).await;
    let start = SystemTime::now();
    let mut requests = Vec::with_capacity(scenario.requests.len());
    for planned in &scenario.requests {
        let (client, gateway, tracer) = (client.clone(), gateway.clone(), tracer.clone());
        let sender = Sender { client, gateway, tracer, start: Instant::now() };
        requests.push(sender.send(Arc::new(Planned { at: Duration::ZERO, ..planned.clone() })).await);
    }
    Played { start, done: std::time::Instant::now(), requests }
}

/// Whether anything answers at the gateway's URL at all.
///
/// # Errors
/// Why nothing does.
pub async fn reach(gateway: &Uri) -> Result<(), SendError> {
    let Some(url) = url(gateway, HEALTH) else { return Ok(()) };
    let client = Client::new(ClientConfig::new(Protocol::H2c));
    match timeout(LIMIT, client.send(request(url, &[]))).await {
        Ok(Err(error)) if error.is_not_sent() => Err(error),
        _ => Ok(()),
    }
}

/// Opens the connection ahead of the first request, which would pay for it otherwise. Failure shows with the requests.
async fn connect(client: &Client<Full<Bytes>>, gateway: &Uri) {
    if let Some(url) = url(gateway, HEALTH) {
        let _ = timeout(LIMIT, exchange(client, request(url, &[]))).await;
    }
}

struct Sender {
    client: Client<Full<Bytes>>,
    gateway: Uri,
    tracer: Tracer,
    start: Instant,
}

impl Sender {
    async fn send(self, planned: Arc<Planned>) -> PlayedRequest {
        sleep_until(self.start + planned.at).await;
        let method = planned.path.trim_start_matches('/').to_owned();
        let span: RequestSpan = self.tracer.client_request(method.clone(), Vec::new());
        let trace_id = span.context().trace_id().to_string();
        let sent = self.start.elapsed();
        let status = match url(&self.gateway, &planned.path) {
            None => Status::unavailable("the gateway's URL is not http://host:port"),
            Some(url) => {
                let mut request = request(url, &planned.message);
                span.context().inject(request.headers_mut());
                let exchange = timeout(LIMIT, exchange(&self.client, request)).await;
                exchange.unwrap_or_else(|_| Status::deadline_exceeded("no reply within a minute"))
            }
        };
        let done = self.start.elapsed();
        span.finish(status.code(), None);
        PlayedRequest {
            method,
            trace_id,
            sent,
            done,
            code: status.code(),
            message: status.message().to_owned(),
        }
    }
}

/// `GetCity` of `cityscape.v1.Cities/GetCity`; other names stay.
pub(crate) fn short(method: &str) -> &str {
    let is_name =
        |text: &str| !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '.');
    match method.split_once('/') {
        Some((service, name)) if is_name(service) && is_name(name) => name,
        _ => method,
    }
}

fn url(gateway: &Uri, path: &str) -> Option<Uri> {
    let mut parts = gateway.clone().into_parts();
    parts.path_and_query = Some(path.parse().ok()?);
    Uri::from_parts(parts).ok()
}

fn request(url: Uri, message: &[u8]) -> Request<Full<Bytes>> {
    let mut framed = BytesMut::with_capacity(message.len() + 5);
    framed.put_u8(0);
    framed.put_u32(message.len() as u32);
    framed.put_slice(message);
    let mut request = Request::new(Full::new(framed.freeze()));
    *request.method_mut() = http::Method::POST;
    *request.uri_mut() = url;
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    request.headers_mut().insert(TE, HeaderValue::from_static("trailers"));
    request
}

async fn exchange(client: &Client<Full<Bytes>>, request: Request<Full<Bytes>>) -> Status {
    let response = match client.send(request).await {
        Ok(response) => response,
        Err(error) => return Status::unavailable(error.to_string()),
    };
    let headers = response.headers().clone();
    let mut trailers: Option<HeaderMap> = None;
    let mut body = response.into_body();
    // Frames are passed over as they come: a stream of any length takes no memory here.
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(frame) => trailers = frame.into_trailers().ok().or(trailers),
            Err(error) => return Status::unavailable(error.to_string()),
        }
    }
    let status =
        trailers.as_ref().and_then(Status::from_header_map).or_else(|| Status::from_header_map(&headers));
    status.unwrap_or_else(|| Status::unknown("the reply has no status"))
}
