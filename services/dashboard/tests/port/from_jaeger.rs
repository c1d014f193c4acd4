//! Windows that are read from a real Jaeger.

use std::net::SocketAddr;

use http::HeaderValue;
use meanwhile_dashboard::{Config, JaegerApi};
use meanwhile_proto::v1::{GetWindowRequest, GetWindowResponse};
use meanwhile_testbed::jaeger::Jaeger;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use prost_types::Timestamp;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tonic::Code;

use crate::server::{Server, ZERO, export, request};

const TOKEN: &str = "Bearer of-a-secret";

/// The Jaeger of this program, once it has these requests; none where there is no Jaeger.
async fn jaeger_with(numbers: [u64; 5]) -> Option<&'static Jaeger> {
    let jaeger = tokio::task::spawn_blocking(Jaeger::shared).await.unwrap()?;
    let mut traces = TraceServiceClient::connect(jaeger.otlp_url()).await.unwrap();
    for number in numbers {
        traces.export(export(request(number))).await.unwrap();
    }
    let stored = move || {
        meanwhile_testbed::eventually("the traces", std::time::Duration::from_secs(20), || {
            let whole = |number: &u64| {
                let trace = jaeger.trace(&format!("{:032x}", number + 1)).ok().flatten();
                trace.is_some_and(|trace| trace.spans.len() == 3)
            };
            numbers.iter().all(whole).then_some(())
        })
    };
    tokio::task::spawn_blocking(stored).await.unwrap().unwrap();
    Some(jaeger)
}

async fn reading(url: &str, token: Option<&'static str>, search_depth: usize) -> Server {
    let token = token.map(HeaderValue::from_static);
    let reads = Some(JaegerApi { url: url.parse().unwrap(), token, roots: None, search_depth });
    Server::with(Config { reads, ..Config::default() }).await
}

/// Milliseconds after zero, from and to.
fn asked(from: u64, to: u64) -> GetWindowRequest {
    let time = |millis: u64| {
        let (seconds, millis) = (ZERO / 1_000_000_000 + millis / 1_000, millis % 1_000);
        Some(Timestamp { seconds: seconds as i64, nanos: millis as i32 * 1_000_000 })
    };
    GetWindowRequest { start_time: time(from), end_time: time(to), ..GetWindowRequest::default() }
}

async fn window(server: &Server, from: u64, to: u64) -> GetWindowResponse {
    server.timeline().await.get_window(asked(from, to)).await.unwrap().into_inner()
}

#[tokio::test]
async fn a_window_that_jaeger_has_is_told_and_read_once() {
    let Some(jaeger) = jaeger_with([10_000, 10_001, 10_002, 10_003, 10_004]).await else { return };
    let server = reading(&jaeger.query_url(), None, 100).await;
    let told = window(&server, 10_000, 10_100).await;
    assert_eq!((told.total_size, told.search_cut, told.incomplete), (5, false, false));
    let kinds: Vec<_> = told.lanes[0].segments.iter().map(|segment| segment.kind.as_str()).collect();
    assert_eq!(kinds, ["self", "pool", "database", "self"]);
    assert_eq!(window(&server, 10_000, 10_050).await.total_size, 5);
    // A span that begins at the edge is read with both sides, and taken once.
    assert_eq!(window(&server, 9_000, 10_100).await.total_size, 5);
    assert_eq!(server.intake().await.received, 15);
    server.stop().await;
}

#[tokio::test]
async fn a_window_that_the_search_depth_cut_says_so_and_a_shorter_one_is_whole() {
    let Some(jaeger) = jaeger_with([20_000, 21_000, 22_000, 23_000, 24_000]).await else { return };
    let server = reading(&jaeger.query_url(), None, 4).await;
    let told = window(&server, 20_000, 24_100).await;
    assert!(told.search_cut && told.incomplete);
    let told = window(&server, 20_000, 20_100).await;
    assert_eq!((told.total_size, told.search_cut, told.incomplete), (1, false, false));
    server.stop().await;
}

/// In front of Jaeger, at /traces: who has the token comes through.
async fn guard(jaeger: SocketAddr) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(guarded(stream, jaeger));
        }
    });
    format!("http://{address}/traces/")
}

async fn guarded(mut client: TcpStream, jaeger: SocketAddr) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    let path = head.split(' ').nth(1).unwrap();
    if !head.to_ascii_lowercase().contains(&format!("authorization: {}\r\n", TOKEN.to_ascii_lowercase())) {
        let refused = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 8\r\nConnection: close\r\n\r\nno token";
        return client.write_all(refused).await.unwrap();
    }
    let mut there = TcpStream::connect(jaeger).await.unwrap();
    let path = path.strip_prefix("/traces").unwrap();
    there.write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes()).await.unwrap();
    tokio::io::copy(&mut there, &mut client).await.unwrap();
}

#[tokio::test]
async fn a_jaeger_behind_a_path_and_a_token_is_read_by_who_has_it() {
    let Some(jaeger) = jaeger_with([30_000, 30_001, 30_002, 30_003, 30_004]).await else { return };
    let url = guard(jaeger.query_url().trim_start_matches("http://").parse().unwrap()).await;
    let server = reading(&url, Some(TOKEN), 100).await;
    assert_eq!(window(&server, 30_000, 30_100).await.total_size, 5);
    server.stop().await;
    let stranger = reading(&url, None, 100).await;
    let refused = stranger.timeline().await.get_window(asked(30_000, 30_100)).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    assert!(refused.message().contains("401") && refused.message().contains("no token"), "{refused}");
    stranger.stop().await;
}
