//! OTLP by HTTP, and who may come in.

use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use meanwhile_transport::{Client, ClientConfig, Protocol};
use prost::Message as _;

use crate::server::{Server, export, request};

const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";

/// A span as OTLP/JSON writes it: ids in hex, 64-bit numbers as text.
const SPAN: &str = r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},
    "scopeSpans":[{"scope":{"name":"by hand"},"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174",
    "name":"GET /city","kind":2,"startTimeUnixNano":"1704067200000000000","endTimeUnixNano":"1704067200010000000",
    "attributes":[{"key":"http.request.method","value":{"stringValue":"GET"}}],"status":{}}]}]}]}"#;

struct Sent<'a> {
    kind: &'a str,
    headers: Vec<(&'a str, &'a str)>,
    body: Vec<u8>,
}

impl Server {
    async fn post(&self, protocol: Protocol, sent: Sent<'_>) -> (StatusCode, Bytes) {
        self.post_to("/v1/traces", protocol, sent).await
    }

    async fn post_to(&self, path: &str, protocol: Protocol, sent: Sent<'_>) -> (StatusCode, Bytes) {
        let mut request = Request::post(format!("{}{path}", self.url())).header("content-type", sent.kind);
        for (name, value) in sent.headers {
            request = request.header(name, value);
        }
        let client = Client::<Full<Bytes>>::new(ClientConfig::new(protocol));
        let reply = client.send(request.body(Full::from(sent.body)).unwrap()).await.unwrap();
        (reply.status(), reply.into_body().collect().await.unwrap().to_bytes())
    }

    async fn status(&self, kind: &str, headers: Vec<(&str, &str)>, body: Vec<u8>) -> StatusCode {
        self.post(Protocol::Http1, Sent { kind, headers, body }).await.0
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn spans_are_taken_in_both_encodings_packed_or_not_by_both_protocols() {
    let server = Server::start().await;
    let protobuf = export(request(0)).encode_to_vec();
    let mut expected = 0;
    for protocol in [Protocol::Http1, Protocol::H2c] {
        for (kind, body, spans) in [(PROTOBUF, protobuf.as_slice(), 3), (JSON, SPAN.as_bytes(), 1)] {
            let packed = vec![("content-encoding", "gzip")];
            for (headers, body) in [(Vec::new(), body.to_vec()), (packed, gzip(body))] {
                let (status, reply) = server.post(protocol, Sent { kind, headers, body }).await;
                assert_eq!(status, StatusCode::OK, "{kind}: {reply:?}");
                assert_eq!(&reply[..], if kind == JSON { &b"{}"[..] } else { b"" });
                expected += spans;
            }
        }
    }
    assert_eq!(server.intake().await.received, expected);
    server.stop().await;
}

#[tokio::test]
async fn metrics_and_logs_are_taken_and_dropped() {
    let server = Server::start().await;
    for path in ["/v1/metrics", "/v1/logs"] {
        for (kind, body) in [(PROTOBUF, ""), (JSON, "{}")] {
            let sent = Sent { kind, headers: Vec::new(), body: b"whatever".to_vec() };
            let (status, reply) = server.post_to(path, Protocol::Http1, sent).await;
            assert_eq!((status, &reply[..]), (StatusCode::OK, body.as_bytes()), "{path} {kind}");
        }
    }
    assert_eq!(server.intake().await.received, 0);
}

#[tokio::test]
async fn what_is_not_spans_is_refused_and_the_reason_told() {
    let server = Server::start().await;
    assert_eq!(server.status(JSON, Vec::new(), b"{".to_vec()).await, StatusCode::BAD_REQUEST);
    assert_eq!(server.status(PROTOBUF, Vec::new(), vec![0xff; 9]).await, StatusCode::BAD_REQUEST);
    assert_eq!(
        server.status("text/plain", Vec::new(), SPAN.into()).await,
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
    let brotli = vec![("content-encoding", "br")];
    assert_eq!(server.status(JSON, brotli, SPAN.into()).await, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let sent = Sent { kind: JSON, headers: vec![("content-encoding", "gzip")], body: SPAN.into() };
    let (status, reply) = server.post(Protocol::Http1, sent).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(reply.windows(8).any(|part| part == b"not gzip"), "{reply:?}");
    assert_eq!(server.intake().await.received, 0);
}

#[tokio::test]
async fn a_body_of_100_mb_is_refused() {
    let server = Server::start().await;
    for protocol in [Protocol::H2c, Protocol::Http1] {
        let sent = Sent { kind: PROTOBUF, headers: Vec::new(), body: vec![0; 100 << 20] };
        let (status, reply) = server.post(protocol, sent).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
        assert!(reply.windows(6).any(|part| part == b"larger"), "{reply:?}");
    }
}

#[tokio::test]
async fn a_body_that_unpacks_to_gigabytes_is_refused() {
    let server = Server::start().await;
    let bomb = gzip(&vec![0; 256 << 20]);
    assert!(bomb.len() < 2 << 20);
    let sent = Sent { kind: PROTOBUF, headers: vec![("content-encoding", "gzip")], body: bomb };
    let (status, reply) = server.post(Protocol::Http1, sent).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(reply.windows(7).any(|part| part == b"unpacks"), "{reply:?}");
    assert_eq!(server.status(JSON, Vec::new(), SPAN.into()).await, StatusCode::OK);
}

#[tokio::test]
async fn a_web_page_from_elsewhere_is_refused_and_one_of_this_server_is_not() {
    let server = Server::start().await;
    let own = server.url();
    for (origin, expected) in [
        ("http://evil.example", StatusCode::FORBIDDEN),
        ("null", StatusCode::FORBIDDEN),
        (own.as_str(), StatusCode::OK),
    ] {
        assert_eq!(server.status(JSON, vec![("origin", origin)], SPAN.into()).await, expected, "{origin}");
    }
    assert_eq!(server.intake().await.received, 1);
}

#[tokio::test]
async fn a_request_for_another_host_is_refused() {
    let server = Server::start().await;
    let rebound = vec![("host", "evil.example:8090")];
    assert_eq!(server.status(JSON, rebound, SPAN.into()).await, StatusCode::FORBIDDEN);
    assert_eq!(server.intake().await.received, 0);
}
