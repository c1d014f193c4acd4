//! OTLP over gRPC to one endpoint: puts a chunk's bytes into the request of `TraceService.Export`, sends it, and tries again
//! where the collector asks for that.

use std::time::Duration;

use bytes::{BufMut as _, Bytes};
use http::uri::PathAndQuery;
use opentelemetry::InstrumentationScope;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use opentelemetry_proto::tonic::common::v1 as common;
use opentelemetry_proto::tonic::resource::v1 as resource;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_sdk::Resource;
use prost::Message as _;
use tokio::time::sleep;
use tonic::client::Grpc;
use tonic::codec::{BufferSettings, Codec, EncodeBuf, Encoder};
use tonic::metadata::MetadataMap;
use tonic::transport::{Channel, Endpoint as Connect};
use tonic::{Code, Request, Status};
use tonic_prost::ProstCodec;

use super::EXPORT_TIMEOUT;
use super::chunks::Chunk;
use super::encode::nested;
use crate::config::Endpoint;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const EXPORT: PathAndQuery =
    PathAndQuery::from_static("/opentelemetry.proto.collector.trace.v1.TraceService/Export");

/// How often an export is tried again, and how long it rests before the first of these; each rest is twice the one before.
const RETRIES: u32 = 3;
const REST: Duration = Duration::from_millis(100);

/// Where chunks go.
pub(crate) trait Collector {
    /// Sends the chunk. Gives how many of its spans were rejected.
    fn export(&self, chunk: &Chunk) -> impl Future<Output = Result<usize, Status>> + Send;
}

/// A collector that speaks OTLP/gRPC. It connects when there is something to send.
#[derive(Debug)]
pub(crate) struct Otlp {
    client: Grpc<Channel>,
    headers: MetadataMap,
    /// Whose spans they are: the fields that stand before them in `ResourceSpans` and in `ScopeSpans`.
    resource: Vec<u8>,
    scope: Vec<u8>,
}

impl Otlp {
    /// For spans of that resource and scope; `headers` go with each export.
    pub(crate) fn new(
        endpoint: &Endpoint,
        headers: MetadataMap,
        resource: &Resource,
        scope: &InstrumentationScope,
    ) -> Self {
        let channel = Connect::from(endpoint.uri().clone())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(EXPORT_TIMEOUT)
            .connect_lazy();
        let attributes = ResourceAttributesWithSchema::from(resource).attributes.0;
        let resource = resource::Resource { attributes, ..Default::default() };
        let scope = common::InstrumentationScope::from((scope, None));
        let first = |message: Vec<u8>| {
            let mut field = Vec::new();
            nested(1, &mut field, |out| out.extend(message));
            field
        };
        Self {
            client: Grpc::new(channel),
            headers,
            resource: first(resource.encode_to_vec()),
            scope: first(scope.encode_to_vec()),
        }
    }

    /// An `ExportTraceServiceRequest`.
    fn request(&self, chunk: &Chunk) -> Bytes {
        let mut request = Vec::with_capacity(self.resource.len() + self.scope.len() + chunk.bytes.len() + 64);
        nested(1, &mut request, |out| {
            out.extend(&self.resource);
            nested(2, out, |out| {
                out.extend(&self.scope);
                out.extend(&chunk.bytes);
            });
        });
        request.into()
    }

    async fn send(&self, message: Bytes) -> Result<ExportTraceServiceResponse, Status> {
        let mut client = self.client.clone();
        client.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
        let mut request = Request::new(message);
        *request.metadata_mut() = self.headers.clone();
        client.unary(request, EXPORT, Written).await.map(tonic::Response::into_inner)
    }
}

impl Collector for Otlp {
    async fn export(&self, chunk: &Chunk) -> Result<usize, Status> {
        let message = self.request(chunk);
        let mut retry = 0;
        loop {
            match self.send(message.clone()).await {
                Err(status) if is_worth_a_retry(status.code()) && retry < RETRIES => {
                    sleep(REST * 2_u32.pow(retry)).await;
                    retry += 1;
                }
                Err(status) => return Err(status),
                Ok(reply) => {
                    let rejected = reply.partial_success.map_or(0, |partial| partial.rejected_spans);
                    return Ok(usize::try_from(rejected).unwrap_or(0).min(chunk.spans));
                }
            }
        }
    }
}

/// As the specification of OTLP has it.
fn is_worth_a_retry(code: Code) -> bool {
    use Code::{Aborted, Cancelled, DataLoss, DeadlineExceeded, OutOfRange, Unavailable};
    matches!(code, Cancelled | DeadlineExceeded | Aborted | OutOfRange | Unavailable | DataLoss)
}

/// Messages that are written already, and replies that are read.
#[derive(Debug, Clone, Copy)]
struct Written;

impl Codec for Written {
    type Encode = Bytes;
    type Decode = ExportTraceServiceResponse;
    type Encoder = Self;
    type Decoder = <ProstCodec<(), ExportTraceServiceResponse> as Codec>::Decoder;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self::Decoder {
        ProstCodec::<(), ExportTraceServiceResponse>::raw_decoder(BufferSettings::default())
    }
}

impl Encoder for Written {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        out.put(message);
        Ok(())
    }
}
