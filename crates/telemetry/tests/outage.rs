//! Collectors that are absent, come back, or never answer: the service goes on, counts, and says so once.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod collector;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use collector::{Collector, within_reason};
use http::HeaderMap;
use meanwhile_telemetry::{Config, StartError, Telemetry};
use tokio::net::TcpListener;
use tonic::Code;
use tracing::subscriber::DefaultGuard;

/// The log lines of this test; its runtime has one thread, so the exports' lines are among them.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Lines {
    fn capture() -> (Self, DefaultGuard) {
        let lines = Self::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_max_level(tracing::Level::INFO)
            .with_writer(move || writer.clone())
            .finish();
        (lines, tracing::subscriber::set_default(subscriber))
    }

    fn about(&self, words: &str) -> usize {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines().filter(|line| line.contains(words)).count()
    }
}

fn start(url: String) -> Telemetry {
    Telemetry::start(Config { service_name: "meanwhile-data".into(), endpoints: vec![url] }).unwrap()
}

fn requests(telemetry: &Telemetry, count: usize) {
    for _ in 0..count {
        telemetry.tracer().server_request("a.B/C", &HeaderMap::new(), Vec::new()).finish(Code::Ok, None);
    }
}

async fn until_lost(telemetry: &Telemetry, count: u64) {
    within_reason(async {
        while telemetry.lost_spans() < count {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    assert_eq!(telemetry.lost_spans(), count);
}

/// An address that nobody listens on.
async fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

#[tokio::test]
async fn an_absent_collector_is_said_once_and_so_is_its_return() {
    let (lines, _guard) = Lines::capture();
    let address = free_address().await;
    let telemetry = start(format!("http://{address}"));
    requests(&telemetry, 3);
    until_lost(&telemetry, 3).await;
    requests(&telemetry, 2);
    until_lost(&telemetry, 5).await;
    assert_eq!(lines.about(&format!("no collector at http://{address}: spans are dropped and counted")), 1);

    let mut collector = Collector::start_on(address).await;
    requests(&telemetry, 1);
    let [_] = collector.spans().await;
    within_reason(telemetry.shutdown()).await;
    assert_eq!(lines.about(&format!("spans reach the collector at http://{address} again lost_spans=5")), 1);
    assert_eq!(lines.about("spans were lost on the way to a collector lost_spans=5"), 1);
    assert_eq!(lines.about(""), 3, "nothing else is said");
}

#[tokio::test]
async fn a_collector_that_never_answers_does_not_hold_the_shutdown_up() {
    let (lines, _guard) = Lines::capture();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let telemetry = start(format!("http://{}", listener.local_addr().unwrap()));
    let silent = tokio::spawn(async move {
        let mut connections = Vec::new();
        loop {
            connections.push(listener.accept().await.unwrap());
        }
    });
    requests(&telemetry, 4);
    within_reason(telemetry.shutdown()).await;
    assert_eq!(lines.about("spans were lost on the way to a collector lost_spans=4"), 1);
    silent.abort();
}

#[tokio::test]
async fn a_request_that_ends_after_the_shutdown_harms_nobody() {
    let mut collector = Collector::start().await;
    let telemetry = start(collector.url.clone());
    let (tracer, late) = (telemetry.tracer(), telemetry.tracer());
    let request = tracer.server_request("a.B/C", &HeaderMap::new(), Vec::new());
    within_reason(telemetry.shutdown()).await;
    request.finish(Code::Ok, None);
    late.server_request("a.B/C", &HeaderMap::new(), Vec::new()).finish(Code::Ok, None);
    assert!(collector.rest().is_empty());
}

#[tokio::test]
async fn a_url_that_cannot_be_used_is_named_by_its_place_and_not_repeated() {
    let endpoints = vec!["http://127.0.0.1:4317".into(), "http://user:hunter2@collector:4317".into()];
    let error = Telemetry::start(Config { service_name: "meanwhile-data".into(), endpoints }).unwrap_err();
    assert!(matches!(error, StartError::Endpoint { number: 2, .. }));
    let text = error.to_string();
    assert!(text.contains("endpoint 2") && !text.contains("hunter2"), "{text}");
}

#[test]
fn outside_a_runtime_it_does_not_start() {
    assert!(matches!(Telemetry::start(Config::default()), Err(StartError::NoRuntime)));
}
