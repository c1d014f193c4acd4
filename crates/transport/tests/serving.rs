//! The server's limits and its drain, over real sockets.
#![allow(clippy::unwrap_used, reason = "tests")]

mod loopback;

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt;
use loopback::{Server, client};
use meanwhile_transport::{Protocol, ServeLimits};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Barrier, Notify, oneshot};

/// Long enough to never be what ends a test that works.
const GUARD: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(100);

async fn all_wait_at_once(protocol: Protocol) {
    const REQUESTS: usize = 2_000;
    rlimit::increase_nofile_limit(16_384).unwrap();
    let together = Arc::new(Barrier::new(REQUESTS));
    let server = Server::start(ServeLimits::default(), move |_| {
        let together = together.clone();
        async move {
            together.wait().await;
            "done"
        }
    })
    .await;
    let client = client(protocol);
    let replies = (0..REQUESTS).map(|_| {
        let (client, request) = (client.clone(), server.get("/"));
        tokio::spawn(async move { client.send(request).await.unwrap().status() })
    });
    let replies = tokio::time::timeout(GUARD, futures_util::future::join_all(replies)).await.unwrap();
    assert!(replies.into_iter().all(|status| status.unwrap() == 200));
}

#[tokio::test]
async fn two_thousand_requests_wait_at_once_on_h2c() {
    all_wait_at_once(Protocol::H2c).await;
}

#[tokio::test]
async fn two_thousand_requests_wait_at_once_on_http1() {
    all_wait_at_once(Protocol::Http1).await;
}

/// Sends when it is dropped.
struct Dropped(Option<oneshot::Sender<()>>);

impl Drop for Dropped {
    fn drop(&mut self) {
        let _ = self.0.take().unwrap().send(());
    }
}

async fn a_stuck_request_is_dropped(protocol: Protocol) {
    let arrived = Arc::new(Notify::new());
    let (dropped, was_dropped) = oneshot::channel();
    let dropped = Arc::new(std::sync::Mutex::new(Some(Dropped(Some(dropped)))));
    let limits = ServeLimits { drain: SHORT, ..ServeLimits::default() };
    let server = {
        let arrived = arrived.clone();
        Server::start(limits, move |_| {
            let held = dropped.lock().unwrap().take();
            let arrived = arrived.clone();
            async move {
                let _held = held;
                arrived.notify_one();
                pending().await
            }
        })
        .await
    };
    let client = client(protocol);
    let stuck = tokio::spawn({
        let request = server.get("/");
        async move { client.send(request).await }
    });
    arrived.notified().await;
    server.shutdown.cancel();
    tokio::time::timeout(GUARD, server.ended).await.unwrap().unwrap().unwrap();
    tokio::time::timeout(GUARD, was_dropped).await.unwrap().unwrap();
    let error = tokio::time::timeout(GUARD, stuck).await.unwrap().unwrap().unwrap_err();
    assert!(!error.is_not_sent(), "{error}");
}

#[tokio::test]
async fn drain_drops_a_stuck_request_on_h2c() {
    a_stuck_request_is_dropped(Protocol::H2c).await;
}

#[tokio::test]
async fn drain_drops_a_stuck_request_on_http1() {
    a_stuck_request_is_dropped(Protocol::Http1).await;
}

async fn a_running_request_finishes(protocol: Protocol) {
    let (arrived, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let server = {
        let (arrived, go_on) = (arrived.clone(), go_on.clone());
        Server::start(ServeLimits { drain: GUARD, ..ServeLimits::default() }, move |_| {
            let (arrived, go_on) = (arrived.clone(), go_on.clone());
            async move {
                arrived.notify_one();
                go_on.notified().await;
                "finished"
            }
        })
        .await
    };
    let client = client(protocol);
    let running = tokio::spawn({
        let (client, request) = (client.clone(), server.get("/"));
        async move { client.send(request).await.unwrap().into_body().collect().await.unwrap().to_bytes() }
    });
    arrived.notified().await;
    server.shutdown.cancel();
    // Nothing new comes in, which shows that the shutdown has begun before the request may finish.
    while TcpStream::connect(server.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    go_on.notify_one();
    assert_eq!(running.await.unwrap(), "finished");
    tokio::time::timeout(GUARD, server.ended).await.unwrap().unwrap().unwrap();
    let refused = client.send(loopback::get(server.address, "/")).await.unwrap_err();
    assert!(refused.is_not_sent(), "{refused}");
}

#[tokio::test]
async fn goaway_lets_a_running_request_finish() {
    a_running_request_finishes(Protocol::H2c).await;
}

#[tokio::test]
async fn shutdown_lets_a_running_http1_request_finish() {
    a_running_request_finishes(Protocol::Http1).await;
}

async fn a_panic_loses_its_own_request_only(protocol: Protocol) {
    let server = Server::start(ServeLimits::default(), |request| async move {
        assert_ne!(request.uri().path(), "/panic", "on purpose");
        "fine"
    })
    .await;
    let client = client(protocol);
    assert_eq!(client.send(server.get("/")).await.unwrap().status(), 200);
    assert!(!client.send(server.get("/panic")).await.unwrap_err().is_not_sent());
    assert_eq!(client.send(server.get("/")).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_panic_loses_its_own_request_only_on_h2c() {
    a_panic_loses_its_own_request_only(Protocol::H2c).await;
}

#[tokio::test]
async fn a_panic_loses_its_own_request_only_on_http1() {
    a_panic_loses_its_own_request_only(Protocol::Http1).await;
}

async fn is_dropped_after(sent: &[u8]) {
    let limits = ServeLimits { header_read_timeout: SHORT, ..ServeLimits::default() };
    let server = Server::start(limits, |_| async { "never" }).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(sent).await.unwrap();
    let mut answer = Vec::new();
    // Either an end or a reset: the server is rid of it.
    let _ = tokio::time::timeout(GUARD, stream.read_to_end(&mut answer)).await.unwrap();
    assert!(!String::from_utf8_lossy(&answer).contains("never"));
}

#[tokio::test]
async fn a_client_that_says_nothing_is_dropped() {
    is_dropped_after(b"").await;
}

#[tokio::test]
async fn a_client_that_stops_inside_the_preface_is_dropped() {
    is_dropped_after(b"PRI * HTT").await;
}

#[tokio::test]
async fn a_client_that_stops_inside_its_headers_is_dropped() {
    is_dropped_after(b"GET / HTTP/1.1\r\nhost: slow").await;
}

#[tokio::test]
async fn headers_over_the_limit_are_refused() {
    let server = Server::start(ServeLimits::default(), |_| async { "fine" }).await;
    for protocol in [Protocol::H2c, Protocol::Http1] {
        let mut request = server.get("/");
        request.headers_mut().insert("x-long", "x".repeat(20_000).parse().unwrap());
        let status = client(protocol).send(request).await.unwrap().status();
        assert_eq!(status, 431, "{protocol:?}");
    }
}

#[tokio::test]
async fn at_the_connection_limit_the_next_waits_for_one_to_close() {
    let limits = ServeLimits { max_connections: 1, ..ServeLimits::default() };
    let server = Server::start(limits, |_| async { "fine" }).await;
    let (first, second) = (client(Protocol::H2c), client(Protocol::H2c));
    assert_eq!(first.send(server.get("/")).await.unwrap().status(), 200);
    let mut waiting = tokio::spawn({
        let request = server.get("/");
        async move { second.send(request).await.unwrap().status() }
    });
    assert!(tokio::time::timeout(SHORT, &mut waiting).await.is_err());
    assert_eq!(first.send(server.get("/")).await.unwrap().status(), 200);
    drop(first);
    assert_eq!(tokio::time::timeout(GUARD, waiting).await.unwrap().unwrap(), 200);
}

#[tokio::test]
async fn dropping_the_server_closes_its_connections() {
    let server = Server::start(ServeLimits::default(), |_| async { pending().await }).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nhost: test\r\n\r\n").await.unwrap();
    server.ended.abort();
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(GUARD, stream.read_to_end(&mut answer)).await.unwrap();
    assert!(answer.is_empty());
}
