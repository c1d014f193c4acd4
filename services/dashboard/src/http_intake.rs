//! OTLP by HTTP, protobuf or JSON, packed or not (OTLP specification, "OTLP/HTTP Request"). What is wrong with a request is
//! said in its own encoding, as `google.rpc.Status`.

use std::fmt::Display;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body::Body as HttpBody;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use tonic::Code;
use tonic::body::Body;

use crate::config::{MAX_BODY, MAX_UNPACKED};
use crate::grpc::Intake;
use crate::gunzip::{GunzipError, gunzip};

/// What a body is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Protobuf,
    Json,
}

/// Why a request was not taken.
#[derive(Debug)]
struct Refusal {
    status: StatusCode,
    code: Code,
    message: String,
}

/// `google.rpc.Status`, as far as it is used.
#[derive(Clone, PartialEq, Message)]
struct Fault {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
}

/// Answers a POST of spans.
pub async fn traces<B>(intake: &Intake, request: Request<B>) -> Response<Body>
where
    B: HttpBody<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    if request.method() != Method::POST {
        let refusal = Refusal::new(StatusCode::METHOD_NOT_ALLOWED, Code::InvalidArgument, "use POST");
        let mut reply = refusal.reply(Encoding::Json);
        reply.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
        return reply;
    }
    let Some(encoding) = Encoding::of(request.headers()) else {
        let message = "the content type is neither application/x-protobuf nor application/json";
        return Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, Code::InvalidArgument, message)
            .reply(Encoding::Json);
    };
    match read(request, encoding).await {
        Ok(spans) => encoding.reply(StatusCode::OK, &intake.take(&spans)),
        Err(refusal) => refusal.reply(encoding),
    }
}

async fn read<B>(request: Request<B>, encoding: Encoding) -> Result<ExportTraceServiceRequest, Refusal>
where
    B: HttpBody<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (head, body) = request.into_parts();
    let is_packed = match head.headers.get(CONTENT_ENCODING).map(HeaderValue::as_bytes) {
        None | Some(b"identity") => false,
        Some(b"gzip") => true,
        Some(_) => {
            let message = "the content encoding is neither gzip nor identity";
            return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, Code::InvalidArgument, message));
        }
    };
    // One that says how large it is need not come first.
    if body.size_hint().lower() > MAX_BODY as u64 {
        return Err(Refusal::too_large());
    }
    let bytes = Limited::new(body, MAX_BODY).collect().await.map_err(Refusal::of_body)?.to_bytes();
    match is_packed {
        true => encoding.read(&gunzip(&bytes, MAX_UNPACKED).map_err(Refusal::of_gunzip)?),
        false => encoding.read(&bytes),
    }
}

impl Encoding {
    fn of(headers: &HeaderMap) -> Option<Self> {
        let kind = headers.get(CONTENT_TYPE)?.to_str().ok()?;
        match kind.split(';').next()?.trim().to_ascii_lowercase().as_str() {
            "application/x-protobuf" | "application/protobuf" => Some(Self::Protobuf),
            "application/json" => Some(Self::Json),
            _ => None,
        }
    }

    fn read(self, bytes: &[u8]) -> Result<ExportTraceServiceRequest, Refusal> {
        match self {
            Self::Protobuf => ExportTraceServiceRequest::decode(bytes).map_err(Refusal::malformed),
            Self::Json => serde_json::from_slice(bytes).map_err(Refusal::malformed),
        }
    }

    fn reply(self, status: StatusCode, message: &(impl Message + Json)) -> Response<Body> {
        let (kind, bytes) = match self {
            Self::Protobuf => ("application/x-protobuf", message.encode_to_vec()),
            Self::Json => ("application/json", message.json().to_string().into_bytes()),
        };
        let mut reply = Response::new(Body::new(Full::from(bytes)));
        *reply.status_mut() = status;
        reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        reply
    }
}

/// What has a JSON form.
trait Json {
    fn json(&self) -> serde_json::Value;
}

impl Json for opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse {
    fn json(&self) -> serde_json::Value {
        match &self.partial_success {
            Some(partial) => serde_json::json!({"partialSuccess": {
                "rejectedSpans": partial.rejected_spans.to_string(), "errorMessage": partial.error_message,
            }}),
            None => serde_json::json!({}),
        }
    }
}

impl Json for Fault {
    fn json(&self) -> serde_json::Value {
        serde_json::json!({ "code": self.code, "message": self.message })
    }
}

impl Refusal {
    fn new(status: StatusCode, code: Code, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    fn malformed(error: impl Display) -> Self {
        let message = format!("the body is not an ExportTraceServiceRequest: {error}");
        Self::new(StatusCode::BAD_REQUEST, Code::InvalidArgument, message)
    }

    fn too_large() -> Self {
        let message = format!("the body is larger than {MAX_BODY} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, Code::ResourceExhausted, message)
    }

    fn of_body(error: Box<dyn std::error::Error + Send + Sync>) -> Self {
        match error.is::<LengthLimitError>() {
            true => Self::too_large(),
            false => Self::new(StatusCode::BAD_REQUEST, Code::InvalidArgument, "the body ended early"),
        }
    }

    fn of_gunzip(error: GunzipError) -> Self {
        let message = format!("the body cannot be unpacked: {error}");
        match error {
            GunzipError::TooLarge(_) => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, Code::ResourceExhausted, message)
            }
            GunzipError::Malformed(_) => Self::new(StatusCode::BAD_REQUEST, Code::InvalidArgument, message),
        }
    }

    fn reply(self, encoding: Encoding) -> Response<Body> {
        encoding.reply(self.status, &Fault { code: self.code as i32, message: self.message })
    }
}
