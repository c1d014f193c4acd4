//! Deadlines and cancelled calls: what the client hears, and that the data service's stream is reset.
#![allow(clippy::unwrap_used, reason = "tests")]

mod world;

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use http_body::Frame;
use http_body_util::BodyExt;
use meanwhile_gateway::MethodFacts;
use tokio::sync::{mpsc, watch};
use tonic::Code;
use world::{GET, SAVE, World, contract_of, data_service, frames, full, ok, reply, within_reason};

/// What a data service tells of its calls.
#[derive(Debug, PartialEq)]
enum Event {
    Arrived,
    Dropped,
}

/// Says so when it is dropped.
struct Held(mpsc::UnboundedSender<Event>);

impl Held {
    fn arrived(events: &mpsc::UnboundedSender<Event>) -> Self {
        events.send(Event::Arrived).unwrap();
        Self(events.clone())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let _ = self.0.send(Event::Dropped);
    }
}

fn exceeded() -> (Code, String) {
    (Code::DeadlineExceeded, "DEADLINE_EXCEEDED".to_owned())
}

/// A data service that never answers.
async fn silent() -> (std::net::SocketAddr, mpsc::UnboundedReceiver<Event>) {
    let (events, seen) = mpsc::unbounded_channel();
    let address = data_service(move |_| {
        let held = Held::arrived(&events);
        async move {
            let _held = held;
            pending::<Response<world::Body>>().await
        }
    })
    .await;
    (address, seen)
}

/// A data service that sends one frame and nothing more.
async fn stalling() -> (std::net::SocketAddr, mpsc::UnboundedReceiver<Event>) {
    let (events, seen) = mpsc::unbounded_channel();
    let address = data_service(move |_| {
        let held = Held::arrived(&events);
        async move {
            let body = frames(vec![Frame::data(Bytes::from_static(b"part"))], true);
            reply(
                body.map_frame(move |frame| {
                    let _held = &held;
                    frame
                })
                .boxed_unsync(),
            )
        }
    })
    .await;
    (address, seen)
}

#[tokio::test]
async fn a_silent_data_service_is_deadline_exceeded_and_its_stream_reset() {
    let (data, mut seen) = silent().await;
    let world = World::start(data).await;
    let answer = world.call_within("200m", GET).await;
    assert_eq!(answer.outcome(), exceeded());
    assert_eq!(within_reason(seen.recv()).await, Some(Event::Arrived));
    assert_eq!(within_reason(seen.recv()).await, Some(Event::Dropped));
}

#[tokio::test]
async fn a_reply_that_stalls_is_deadline_exceeded_in_its_trailers_and_its_stream_reset() {
    let (data, mut seen) = stalling().await;
    let world = World::start(data).await;
    let answer = world.call_within("200m", GET).await;
    assert_eq!(answer.data, "part");
    assert!(!answer.headers.contains_key("grpc-status"));
    assert_eq!(answer.outcome(), exceeded());
    assert_eq!(within_reason(seen.recv()).await, Some(Event::Arrived));
    assert_eq!(within_reason(seen.recv()).await, Some(Event::Dropped));
}

#[tokio::test]
async fn an_endless_reply_ends_at_its_deadline() {
    let data = data_service(|_| async {
        let frame = || Ok(Frame::data(Bytes::from_static(&[7; 1_000])));
        reply(http_body_util::StreamBody::new(futures_util::stream::repeat_with(frame)).boxed_unsync())
    })
    .await;
    let answer = World::start(data).await.call_within("200m", GET).await;
    assert_eq!(answer.outcome(), exceeded());
}

#[tokio::test]
async fn a_request_whose_body_never_ends_is_reset_at_its_deadline() {
    let (data, mut seen) = silent().await;
    let world = World::start(data).await;
    let body = frames(vec![Frame::data(Bytes::from_static(b"part"))], true);
    let mut request = world.request(GET, body);
    request.headers_mut().insert("grpc-timeout", "200m".parse().unwrap());
    assert_eq!(world.send(request).await.outcome(), exceeded());
    assert_eq!(within_reason(seen.recv()).await, Some(Event::Arrived));
    assert_eq!(within_reason(seen.recv()).await, Some(Event::Dropped));
}

#[tokio::test]
async fn the_contracts_timeout_holds_where_the_client_asks_for_more() {
    let (data, _seen) = silent().await;
    let facts = MethodFacts { timeout: Some(Duration::from_millis(100)), reads_only: true };
    let contract = Arc::new(contract_of([(GET, facts)]));
    let world = World::start_with(data, |config| config.contracts = watch::channel(contract).1).await;
    assert_eq!(world.call_within("1H", GET).await.outcome(), exceeded());
    assert_eq!(world.call(GET, b"x").await.outcome(), exceeded());
}

#[tokio::test]
async fn the_default_timeout_holds_where_nobody_says_anything() {
    let (data, _seen) = silent().await;
    let world = World::start_with(data, |config| config.default_timeout = Duration::from_millis(100)).await;
    assert_eq!(world.call(SAVE, b"x").await.outcome(), exceeded());
}

#[tokio::test]
async fn an_expired_deadline_does_not_trouble_the_data_service() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    let data = data_service(move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
        async { ok("") }
    })
    .await;
    let world = World::start(data).await;
    for timeout in ["0m", "1n"] {
        assert_eq!(world.call_within(timeout, GET).await.outcome(), exceeded());
    }
    assert_eq!(calls.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_malformed_timeout_is_an_invalid_argument() {
    let world = World::start(data_service(|_| async { ok("") }).await).await;
    for timeout in ["", "1", "S", "1s", "123456789S", "-1S"] {
        let answer = world.call_within(timeout, GET).await;
        assert_eq!(answer.outcome(), (Code::InvalidArgument, "REQUEST_MALFORMED".to_owned()), "{timeout:?}");
    }
}

#[tokio::test]
async fn a_client_that_leaves_before_the_reply_resets_the_data_services_stream() {
    let (data, mut seen) = silent().await;
    let world = World::start(data).await;
    let (client, request) = (world.client.clone(), world.request(GET, full(b"x")));
    let call = tokio::spawn(async move { client.send(request).await });
    assert_eq!(within_reason(seen.recv()).await, Some(Event::Arrived));
    call.abort();
    assert_eq!(within_reason(seen.recv()).await, Some(Event::Dropped));
}

#[tokio::test]
async fn a_client_that_leaves_during_the_reply_resets_the_data_services_stream() {
    let (data, mut seen) = stalling().await;
    let world = World::start(data).await;
    let response = world.client.send(world.request(GET, full(b"x"))).await.unwrap();
    let mut body = response.into_body();
    assert_eq!(within_reason(body.frame()).await.unwrap().unwrap().into_data().unwrap(), "part");
    assert_eq!(within_reason(seen.recv()).await, Some(Event::Arrived));
    drop(body);
    assert_eq!(within_reason(seen.recv()).await, Some(Event::Dropped));
}
