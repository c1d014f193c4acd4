//! What passes through the gateway, and what does not.
#![allow(clippy::unwrap_used, reason = "tests")]

mod world;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http::Request;
use http_body::Frame;
use http_body_util::BodyExt;
use tokio::sync::mpsc;
use tonic::Code;
use world::{Answer, GET, SAVE, World, data_service, empty, frames, full, ok, reply, trailers};

/// Bytes that are no message of anything.
fn noise(length: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(7);
    std::iter::repeat_with(|| random.u8(..)).take(length).collect()
}

#[tokio::test]
async fn bytes_pass_both_ways_unread() {
    let data = data_service(|request| async move {
        let body = request.into_body().collect().await.unwrap().to_bytes();
        ok(body.iter().rev().copied().collect::<Vec<u8>>())
    })
    .await;
    let world = World::start(data).await;
    for length in [0, 1, 5, 16_384, 3_000_000] {
        let mut sent = noise(length);
        let answer = world.call(GET, &sent).await;
        sent.reverse();
        assert!(answer.data == sent, "{length} bytes");
        assert_eq!(answer.status().code(), Code::Ok);
    }
}

#[tokio::test]
async fn frames_of_a_stream_pass_as_they_come() {
    let data = data_service(|request| async move { reply(echo(request)) }).await;
    let world = World::start(data).await;
    let (sender, received) = mpsc::unbounded_channel();
    let response = world.client.send(world.request(GET, fed(received))).await.unwrap();
    let mut body = response.into_body();
    for frame in ["one", "two", "three"] {
        // The next is sent only when the one before has come back: nothing holds frames up.
        sender.send(frame).unwrap();
        let back = world::within_reason(body.frame()).await.unwrap().unwrap();
        assert_eq!(back.into_data().unwrap(), frame);
    }
}

fn echo(request: Request<meanwhile_transport::RequestBody>) -> world::Body {
    let frames = futures_util::stream::unfold(request.into_body(), |mut body| async move {
        Some((Ok(body.frame().await?.ok()?), body))
    });
    http_body_util::StreamBody::new(frames).boxed_unsync()
}

fn fed(mut frames: mpsc::UnboundedReceiver<&'static str>) -> world::Body {
    let frames = futures_util::stream::poll_fn(move |cx| {
        frames.poll_recv(cx).map(|frame| Some(Ok(Frame::data(Bytes::from_static(frame?.as_bytes())))))
    });
    http_body_util::StreamBody::new(frames).boxed_unsync()
}

#[tokio::test]
async fn trailers_pass_back() {
    let data = data_service(|_| async {
        let pairs = [("grpc-status", "0"), ("meanwhile-missing-parts", "daylight"), ("x-bin", "AAE")];
        let end = Frame::trailers(trailers(&pairs));
        reply(frames(vec![Frame::data(Bytes::from_static(b"city")), end], false))
    })
    .await;
    let answer = World::start(data).await.call(GET, b"x").await;
    assert_eq!(answer.trailers["meanwhile-missing-parts"], "daylight");
    assert_eq!(answer.trailers["x-bin"], "AAE");
    assert_eq!(answer.status().code(), Code::Ok);
}

#[tokio::test]
async fn a_reply_of_trailers_only_passes_back_as_one() {
    let data = data_service(|_| async {
        let not_found = meanwhile_proto::errors::status(
            meanwhile_proto::errors::Reason::ResourceNotFound,
            "no such city",
            &[],
        );
        not_found.into_http::<Option<()>>().map(|_| empty())
    })
    .await;
    let answer = World::start(data).await.call(GET, b"x").await;
    assert!(answer.trailers.is_empty() && answer.headers.contains_key("grpc-status"), "{answer:?}");
    assert_eq!(answer.outcome(), (Code::NotFound, "RESOURCE_NOT_FOUND".to_owned()));
    assert_eq!(answer.status().message(), "no such city");
}

#[tokio::test]
async fn metadata_goes_on_and_the_deadline_is_what_is_left() {
    let (sender, mut seen) = mpsc::unbounded_channel();
    let data = data_service(move |request| {
        sender.send(request.into_parts().0).unwrap();
        async { ok("") }
    })
    .await;
    let world = World::start(data).await;
    let mut request = world.request(GET, full(b"x"));
    for (name, value) in
        [("authorization", "Bearer t"), ("grpc-timeout", "2S"), ("meanwhile-x", "1"), ("x-bin", "AAE")]
    {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    assert_eq!(world.send(request).await.status().code(), Code::Ok);
    let parts = seen.recv().await.unwrap();
    assert_eq!((parts.method.as_str(), parts.uri.path()), ("POST", GET));
    assert_eq!(parts.uri.authority().unwrap().as_str(), data.to_string());
    assert_eq!(parts.headers["authorization"], "Bearer t");
    assert_eq!(parts.headers["x-bin"], "AAE");
    assert_eq!(parts.headers["te"], "trailers");
    assert!(!parts.headers.contains_key("meanwhile-x"));
    assert!(parts.headers.contains_key("traceparent"));
    let left: u64 =
        parts.headers["grpc-timeout"].to_str().unwrap().strip_suffix('u').unwrap().parse().unwrap();
    assert!(left < 2_000_000, "{left}");
}

#[tokio::test]
async fn an_unknown_method_is_refused_without_troubling_the_data_service() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    let data = data_service(move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
        async { ok("") }
    })
    .await;
    let world = World::start(data).await;
    for path in ["/test.v1.Cities/Nope", "/test.v1.Nope/GetCity", "/", "/grpc.health.v1.Health/Nope"] {
        let answer = world.call(path, b"x").await;
        assert_eq!(answer.outcome(), (Code::Unimplemented, "METHOD_UNKNOWN".to_owned()), "{path}");
    }
    assert_eq!(calls.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn what_is_not_grpc_is_http_415() {
    let world = World::start(data_service(|_| async { ok("") }).await).await;
    let mut json = world.request(GET, full(b"{}"));
    json.headers_mut().insert("content-type", "application/json".parse().unwrap());
    let mut get = world.request(GET, empty());
    *get.method_mut() = http::Method::GET;
    for request in [json, get] {
        let answer = world.send(request).await;
        assert_eq!(answer.http, 415);
        assert!(!answer.headers.contains_key("grpc-status"));
    }
}

#[tokio::test]
async fn metadata_over_the_limit_is_refused() {
    let world = World::start(data_service(|_| async { ok("") }).await).await;
    let mut request = world.request(SAVE, full(b"x"));
    request.headers_mut().insert("x-long", "x".repeat(9_000).parse().unwrap());
    let answer = world.send(request).await;
    assert_eq!(answer.outcome(), (Code::ResourceExhausted, "REQUEST_TOO_LARGE".to_owned()));
}

#[tokio::test]
async fn a_thousand_calls_wait_at_once() {
    let together = Arc::new(tokio::sync::Barrier::new(1_000));
    let data = data_service(move |_| {
        let together = together.clone();
        async move {
            together.wait().await;
            ok("done")
        }
    })
    .await;
    let world = Arc::new(World::start(data).await);
    let calls = (0..1_000).map(|_| {
        let world = world.clone();
        tokio::spawn(async move { world.call(GET, b"x").await })
    });
    let answers: Vec<Answer> = futures_util::future::try_join_all(calls).await.unwrap();
    assert!(answers.iter().all(|answer| answer.data == "done"));
}

#[tokio::test]
async fn draining_lets_a_running_call_finish_and_then_ends() {
    let (arrived, go_on) = (Arc::new(tokio::sync::Notify::new()), Arc::new(tokio::sync::Notify::new()));
    let data = {
        let (arrived, go_on) = (arrived.clone(), go_on.clone());
        data_service(move |_| {
            let (arrived, go_on) = (arrived.clone(), go_on.clone());
            async move {
                arrived.notify_one();
                go_on.notified().await;
                ok("finished")
            }
        })
        .await
    };
    let mut world = World::start(data).await;
    let request = world.request(GET, full(b"x"));
    let client = world.client.clone();
    let call = tokio::spawn(async move { Answer::collect(client.send(request).await.unwrap()).await });
    arrived.notified().await;
    world.shutdown.cancel();
    // Clients are turned away: the draining has begun before the call may finish.
    while tokio::net::TcpStream::connect(world.public).await.is_ok() {
        tokio::task::yield_now().await;
    }
    go_on.notify_one();
    assert_eq!(call.await.unwrap().data, "finished");
    world::within_reason(&mut world.running).await.unwrap().unwrap();
}
