//! The almanac as its clients meet it: through a socket, over both protocols.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::{join, join_all};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Empty};
use jiff::civil::date;
use meanwhile_almanac::{Config, Error};
use meanwhile_telemetry::Telemetry;
use meanwhile_transport::{Client, ClientConfig, Protocol};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

struct Running {
    address: SocketAddr,
    shutdown: CancellationToken,
    task: JoinHandle<Result<(), Error>>,
}

impl Running {
    async fn start(change: impl FnOnce(&mut Config)) -> Self {
        let tracer = Telemetry::start(meanwhile_telemetry::Config::default()).unwrap().tracer();
        let mut config = Config::new(tracer);
        change(&mut config);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, shutdown) = (listener.local_addr().unwrap(), CancellationToken::new());
        let task = tokio::spawn(meanwhile_almanac::run(config, listener, shutdown.clone()));
        Self { address, shutdown, task }
    }

    async fn stop(self) {
        self.shutdown.cancel();
        self.task.await.unwrap().unwrap();
    }

    fn request(&self, method: Method, path: &str) -> Request<Empty<Bytes>> {
        let uri = format!("http://{}{path}", self.address);
        Request::builder().method(method).uri(uri).body(Empty::new()).unwrap()
    }

    async fn send(&self, client: &Client<Empty<Bytes>>, method: Method, path: &str) -> Reply {
        let response = client.send(self.request(method, path)).await.unwrap();
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Reply { status: head.status, headers: head.headers, json: serde_json::from_slice(&body).unwrap() }
    }

    async fn get(&self, path: &str) -> Reply {
        self.send(&client(Protocol::H2c), Method::GET, path).await
    }
}

struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    json: Value,
}

fn client(protocol: Protocol) -> Client<Empty<Bytes>> {
    Client::new(ClientConfig::new(protocol))
}

const SUVA: &str = "/daylight?lat=-18.13683&lon=178.42531&date=2024-06-20";

#[tokio::test]
async fn both_protocols_answer_alike() {
    let almanac = Running::start(|_| {}).await;
    let mut replies = Vec::new();
    for protocol in [Protocol::Http1, Protocol::H2c] {
        let reply = almanac.send(&client(protocol), Method::GET, SUVA).await;
        assert_eq!(
            (reply.status, &reply.headers["content-type"]),
            (StatusCode::OK, &"application/json".parse().unwrap())
        );
        replies.push(reply.json);
    }
    assert_eq!(replies[0], replies[1]);
    almanac.stop().await;
}

#[tokio::test]
async fn a_reply_is_protobuf_json() {
    let almanac = Running::start(|_| {}).await;
    let json = almanac.get(SUVA).await.json;
    assert_eq!((&json["date"], &json["polar"]), (&json!("2024-06-20"), &json!("POLAR_NONE")));
    let moment = |key: &str| json[key].as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_second();
    assert_eq!(json["dayLength"], json!(format!("{}s", moment("sunset") - moment("sunrise"))));
    almanac.stop().await;
}

#[tokio::test]
async fn a_polar_day_has_its_length_and_no_sunrise() {
    let almanac = Running::start(|_| {}).await;
    let json = almanac.get("/daylight?lat=78.2&lon=15.6&date=2024-06-20").await.json;
    assert_eq!(json, json!({"date": "2024-06-20", "dayLength": "86400s", "polar": "POLAR_DAY"}));
    almanac.stop().await;
}

#[tokio::test]
async fn without_a_date_it_is_today() {
    let almanac = Running::start(|config| config.today = Some(date(2023, 2, 1))).await;
    assert_eq!(almanac.get("/daylight?lat=1&lon=2").await.json["date"], json!("2023-02-01"));
    almanac.stop().await;
}

#[tokio::test]
async fn bad_input_is_400_and_says_what_is_bad() {
    let almanac = Running::start(|_| {}).await;
    for (query, error) in [
        ("", "lat is missing"),
        ("?lat=91&lon=0", "lat is not a number from -90 to 90"),
        ("?lat=1&lon=%00", "lon is not a number from -180 to 180"),
        ("?lat=1&lon=2&date=tomorrow", "date is not a day YYYY-MM-DD from 1800 to 2200"),
    ] {
        let reply = almanac.get(&format!("/daylight{query}")).await;
        assert_eq!((reply.status, reply.json), (StatusCode::BAD_REQUEST, json!({"error": error})));
    }
    almanac.stop().await;
}

#[tokio::test]
async fn another_path_is_404_and_another_method_405() {
    let almanac = Running::start(|_| {}).await;
    assert_eq!(almanac.get("/daylight/").await.status, StatusCode::NOT_FOUND);
    let reply = almanac.send(&client(Protocol::Http1), Method::POST, SUVA).await;
    assert_eq!(
        (reply.status, reply.headers["allow"].as_bytes()),
        (StatusCode::METHOD_NOT_ALLOWED, &b"GET"[..])
    );
    almanac.stop().await;
}

#[tokio::test]
async fn a_delay_holds_back_every_reply_but_the_probes() {
    let delay = Duration::from_millis(200);
    let almanac = Running::start(|config| config.delay = delay).await;
    for path in [SUVA, "/daylight", "/nowhere"] {
        let started = Instant::now();
        almanac.get(path).await;
        assert!(started.elapsed() >= delay, "{path}");
    }
    almanac.stop().await;

    let hanging = Running::start(|config| {
        config.delay = Duration::from_secs(3_600);
        config.limits.drain = Duration::ZERO;
    })
    .await;
    assert_eq!(hanging.get("/healthz").await.json, json!({"status": "SERVING"}));
    hanging.stop().await;
}

#[tokio::test]
async fn shutdown_waits_for_calls_that_wait() {
    let almanac = Running::start(|config| config.delay = Duration::from_millis(200)).await;
    let client = client(Protocol::H2c);
    almanac.send(&client, Method::GET, "/healthz").await;
    let mut waiting = Box::pin(client.send(almanac.request(Method::GET, SUVA)));
    assert!((&mut waiting).now_or_never().is_none());
    // Both are on one connection, in this order: when the second is answered, the first has arrived.
    almanac.send(&client, Method::GET, "/healthz").await;
    let (response, ()) = join(waiting, almanac.stop()).await;
    assert_eq!(response.unwrap().status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_calls_wait_at_once() {
    const CALLS: u32 = 10_000;
    let delay = Duration::from_millis(500);
    let almanac = Running::start(|config| config.delay = delay).await;
    let client = client(Protocol::H2c);
    let started = Instant::now();
    let statuses = join_all((0..CALLS).map(|_| async {
        client.send(almanac.request(Method::GET, SUVA)).await.map(|response| response.status())
    }))
    .await;
    assert!(statuses.iter().all(|status| matches!(status, Ok(StatusCode::OK))));
    assert!(started.elapsed() < delay * CALLS / 100, "they waited one after the other");
    almanac.stop().await;
}
