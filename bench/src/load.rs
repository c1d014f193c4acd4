//! The load: gRPC calls as raw frames over our own HTTP/2 client, either all at once or so many in flight. Replies are read
//! to their end and not decoded; a call that is not OK is counted, with the first one's words.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use bytes::{BufMut, Bytes, BytesMut};
use http::header::{CONTENT_TYPE, TE};
use http::{HeaderMap, HeaderValue, Method, Request, Uri};
use http_body_util::{BodyExt, Full};
use meanwhile_proto::MISSING_PARTS_TRAILER;
use meanwhile_transport::{Client, ClientConfig, Protocol};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tonic::{Code, Status};

use crate::requests::Requests;

/// The longest a burst, or one call of a steady load, is waited for.
const LIMIT: Duration = Duration::from_secs(60);

/// How often readiness is asked for.
const LOOK: Duration = Duration::from_millis(20);

/// The sample's service, as grpc.health.v1.HealthCheckRequest names it: field 1.
const SERVICE: &str = "cityscape.v1.Cities";

/// grpc.health.v1.HealthCheckResponse with SERVING.
const SERVING: &[u8] = &[8, 1];

/// Sends calls to one server.
#[derive(Debug, Clone)]
pub struct Sender {
    client: Client<Full<Bytes>>,
    address: SocketAddr,
}

/// What became of calls that were sent at once.
#[derive(Debug, Default)]
pub struct Burst {
    /// From the first send to the end of the last reply.
    pub total: Duration,
    /// Calls that ended OK.
    pub ok: usize,
    /// Of these, replies that went without an optional part.
    pub incomplete: usize,
    /// What the first call said that did not.
    pub first_failure: Option<String>,
}

/// One reply that was OK.
struct Reply {
    body: Bytes,
    is_complete: bool,
}

impl Sender {
    /// For the server at that address.
    pub fn new(address: SocketAddr) -> Result<Self> {
        Ok(Self { client: Client::new(ClientConfig::new(Protocol::H2c)), address })
    }

    /// Waits until the server says that the sample is served.
    pub async fn ready(&self, bound: Duration) -> Result<()> {
        let mut message = vec![10, SERVICE.len() as u8];
        message.extend_from_slice(SERVICE.as_bytes());
        let message = Bytes::from(message);
        let ask = async {
            loop {
                let reply = self.call("/grpc.health.v1.Health/Check", &message).await;
                if reply.is_ok_and(|reply| reply.body.get(5..) == Some(SERVING)) {
                    return;
                }
                sleep(LOOK).await;
            }
        };
        timeout(bound, ask).await.with_context(|| format!("{} was not ready within {bound:?}", self.address))
    }

    /// Sends every request at once.
    pub async fn burst(&self, requests: &Requests) -> Result<Burst> {
        let mut calls = JoinSet::new();
        let start = Instant::now();
        for message in &requests.messages {
            let (sender, path, message) = (self.clone(), requests.path, message.clone());
            calls.spawn(async move { (sender.call(path, &message).await, start.elapsed()) });
        }
        let collect = async {
            let mut burst = Burst::default();
            while let Some(call) = calls.join_next().await {
                let (result, done) = call?;
                burst.add(result, done);
            }
            anyhow::Ok(burst)
        };
        timeout(LIMIT, collect).await.with_context(|| format!("not all answered within {LIMIT:?}"))?
    }

    /// Keeps so many calls in flight for so long; answers how many ended a second. All have to be OK.
    pub async fn steady(
        &self,
        requests: &Arc<Requests>,
        in_flight: usize,
        duration: Duration,
    ) -> Result<f64> {
        let next = Arc::new(AtomicUsize::new(0));
        let start = Instant::now();
        let mut lanes = JoinSet::new();
        for _ in 0..in_flight {
            let (sender, requests, next) = (self.clone(), requests.clone(), next.clone());
            lanes.spawn(async move {
                let mut ended = 0_usize;
                while start.elapsed() < duration {
                    let index = next.fetch_add(1, Ordering::Relaxed) % requests.messages.len();
                    let call = sender.call(requests.path, &requests.messages[index]);
                    timeout(LIMIT, call).await.context("a call was not answered")??;
                    ended += 1;
                }
                anyhow::Ok(ended)
            });
        }
        let mut ended = 0;
        while let Some(lane) = lanes.join_next().await {
            ended += lane??;
        }
        Ok(ended as f64 / start.elapsed().as_secs_f64())
    }

    async fn call(&self, path: &'static str, message: &Bytes) -> Result<Reply> {
        let response = self.client.send(self.request(path, message)?).await?;
        let headers = response.headers().clone();
        let reply = response.into_body().collect().await?;
        let trailers = reply.trailers().cloned().unwrap_or_default();
        check(&headers, &trailers)?;
        let is_complete = !trailers.contains_key(MISSING_PARTS_TRAILER);
        Ok(Reply { body: reply.to_bytes(), is_complete })
    }

    fn request(&self, path: &str, message: &[u8]) -> Result<Request<Full<Bytes>>> {
        // A message's prefix: not compressed, and its length.
        let mut framed = BytesMut::with_capacity(message.len() + 5);
        framed.put_u8(0);
        framed.put_u32(u32::try_from(message.len())?);
        framed.put_slice(message);
        let uri = Uri::builder().scheme("http").authority(self.address.to_string()).path_and_query(path);
        let mut request = Request::new(Full::new(framed.freeze()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = uri.build()?;
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        request.headers_mut().insert(TE, HeaderValue::from_static("trailers"));
        Ok(request)
    }
}

/// The status stands in the trailers, or in the headers of a reply that is nothing else.
fn check(headers: &HeaderMap, trailers: &HeaderMap) -> Result<()> {
    let status = Status::from_header_map(trailers).or_else(|| Status::from_header_map(headers));
    let status = status.context("the reply has no status")?;
    match status.code() {
        Code::Ok => Ok(()),
        code => bail!("{code:?}: {}", status.message()),
    }
}

impl Burst {
    fn add(&mut self, result: Result<Reply>, done: Duration) {
        self.total = self.total.max(done);
        match result {
            Ok(reply) => {
                self.ok += 1;
                self.incomplete += usize::from(!reply.is_complete);
            }
            Err(error) if self.first_failure.is_none() => self.first_failure = Some(format!("{error:#}")),
            Err(_) => {}
        }
    }

    /// An error unless every call was answered OK and in full.
    pub fn complete(self, sent: usize) -> Result<Self> {
        if self.ok < sent {
            let failure = self.first_failure.as_deref().unwrap_or("no reason");
            bail!("{} of {sent} calls failed, the first with {failure}", sent - self.ok);
        }
        anyhow::ensure!(self.incomplete == 0, "{} replies went without a part", self.incomplete);
        Ok(self)
    }
}
