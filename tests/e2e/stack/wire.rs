//! A gRPC client that also sends what no well-made client would: any bytes, any headers, an end in the middle.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response};
use http_body_util::{BodyExt as _, Full};
use meanwhile_catalog::Catalog;
use meanwhile_transport::{Client, ClientBody, ClientConfig, Protocol};
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, MethodDescriptor};
use tokio::{runtime::Runtime, task::JoinHandle, time::timeout};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::BOUND;

/// A client of one address. Its connections stay open from call to call.
pub struct Wire {
    runtime: Runtime,
    client: Client<Full<Bytes>>,
    address: String,
    contract: DescriptorPool,
}

/// How a call ended.
#[derive(Debug)]
pub struct Answer {
    pub code: Code,
    /// The sentence of the status.
    pub message: String,
    /// `ErrorInfo.reason`.
    pub reason: Option<String>,
    /// `ErrorInfo.metadata`, sorted.
    pub metadata: Vec<(String, String)>,
    /// The messages as they came.
    pub replies: Vec<Bytes>,
    /// The trailers, or the headers where there was no more.
    pub trailers: HeaderMap,
}

impl Answer {
    /// What a client makes of a call whose connection broke.
    pub fn broken_off(error: &anyhow::Error) -> Self {
        let (replies, trailers) = Default::default();
        let message = format!("{error:#}");
        Self { code: Code::Unknown, message, reason: None, metadata: Vec::new(), replies, trailers }
    }
}

/// A call under way. Dropped, it goes on; cancelled, its stream is reset.
pub struct Running(JoinHandle<Result<Answer>>);

impl Wire {
    /// A client of HOST:PORT that knows the contract of the catalog in this folder.
    pub fn to(address: &str, catalog: &Path) -> Result<Self> {
        let catalog = Catalog::load(catalog).map_err(|findings| anyhow::anyhow!("{findings}"))?;
        Ok(Self {
            runtime: tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?,
            client: Client::new(ClientConfig::new(Protocol::H2c)),
            address: address.to_owned(),
            contract: catalog.contract.descriptors().clone(),
        })
    }

    /// Calls `pkg.Service/Method` with a message in JSON.
    pub fn call(&self, method: &str, json: &str) -> Result<Answer> {
        self.call_with(method, &[], json)
    }

    /// The same, with metadata.
    pub fn call_with(&self, method: &str, metadata: &[(&str, &str)], json: &str) -> Result<Answer> {
        self.send(method, metadata, framed(&self.encode(method, json)?))
    }

    /// Sends any bytes as the body of a call.
    pub fn send(&self, method: &str, metadata: &[(&str, &str)], body: Vec<u8>) -> Result<Answer> {
        self.wait(self.start_sending(method, metadata, body)?)
    }

    /// Starts a call with a message in JSON.
    pub fn start(&self, method: &str, metadata: &[(&str, &str)], json: &str) -> Result<Running> {
        self.start_sending(method, metadata, framed(&self.encode(method, json)?))
    }

    /// Waits for the end of a call.
    pub fn wait(&self, running: Running) -> Result<Answer> {
        self.runtime.block_on(running.0)?
    }

    /// A message's bytes.
    pub fn encode(&self, method: &str, json: &str) -> Result<Vec<u8>> {
        let mut json = serde_json::Deserializer::from_str(json);
        let message = DynamicMessage::deserialize(self.method(method)?.input(), &mut json)?;
        Ok(message.encode_to_vec())
    }

    /// A reply as JSON.
    pub fn decode(&self, method: &str, reply: &Bytes) -> Result<serde_json::Value> {
        let message = DynamicMessage::decode(self.method(method)?.output(), reply.clone())?;
        Ok(serde_json::to_value(message)?)
    }

    fn method(&self, name: &str) -> Result<MethodDescriptor> {
        let (service, method) = name.split_once('/').context("pkg.Service/Method")?;
        let service = self.contract.get_service_by_name(service).with_context(|| name.to_owned())?;
        service.methods().find(|it| it.name() == method).with_context(|| name.to_owned())
    }

    /// Starts a call and takes nothing of its reply but the head.
    pub fn start_without_reading(&self, method: &str, json: &str) -> Result<Unread> {
        let request = self.request(method, &[], framed(&self.encode(method, json)?))?;
        let head = async { anyhow::Ok(timeout(BOUND, self.client.send(request)).await??) };
        Ok(Unread(self.runtime.block_on(head)?))
    }

    /// Reads a reply to its end.
    pub fn read(&self, unread: Unread) -> Result<Answer> {
        self.runtime.block_on(async { timeout(BOUND, answer(unread.0)).await? })
    }

    /// Starts a call with any bytes as its body.
    pub fn start_sending(&self, method: &str, metadata: &[(&str, &str)], body: Vec<u8>) -> Result<Running> {
        let request = self.request(method, metadata, body)?;
        let client = self.client.clone();
        let call = async move { timeout(BOUND, async { answer(client.send(request).await?).await }).await? };
        Ok(Running(self.runtime.spawn(call)))
    }

    fn request(
        &self,
        method: &str,
        metadata: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Request<Full<Bytes>>> {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(format!("http://{}/{method}", self.address))
            .header("content-type", "application/grpc")
            .header("te", "trailers");
        for (name, value) in metadata {
            request = request.header(*name, *value);
        }
        Ok(request.body(Full::new(Bytes::from(body)))?)
    }
}

/// A reply that nobody reads for the moment.
pub struct Unread(Response<ClientBody>);

impl Running {
    /// Resets the stream. The connection stays.
    pub fn cancel(self) {
        self.0.abort();
    }
}

/// A gRPC message as it stands on the wire: not compressed, with its length.
pub fn framed(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX).to_be_bytes();
    [&[0], length.as_slice(), message].concat()
}

async fn answer(response: Response<ClientBody>) -> Result<Answer> {
    ensure!(response.status() == http::StatusCode::OK, "HTTP status {}", response.status());
    let (head, body) = response.into_parts();
    let body = body.collect().await?;
    let trailers = body.trailers().cloned().unwrap_or(head.headers);
    let status = Status::from_header_map(&trailers).context("a reply without a status")?;
    let info = status.get_details_error_info();
    let mut metadata: Vec<_> = info.iter().flat_map(|info| info.metadata.clone()).collect();
    metadata.sort();
    Ok(Answer {
        code: status.code(),
        message: status.message().to_owned(),
        reason: info.map(|info| info.reason),
        metadata,
        replies: messages(body.to_bytes())?,
        trailers,
    })
}

fn messages(mut bytes: Bytes) -> Result<Vec<Bytes>> {
    let mut messages = Vec::new();
    while !bytes.is_empty() {
        ensure!(bytes.len() >= 5 && bytes[0] == 0, "not a plain gRPC message");
        let head = bytes.split_to(5);
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
        ensure!(length <= bytes.len(), "a message that is cut off");
        messages.push(bytes.split_to(length));
    }
    Ok(messages)
}
