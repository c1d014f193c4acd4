//! The hop to the data service fails: what the client is told, and that nothing runs twice.
#![allow(clippy::unwrap_used, reason = "tests")]

mod world;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use h2::{Reason, RecvStream, server::SendResponse};
use http::{Request, Response};
use http_body::Frame;
use tokio::net::TcpStream;
use tonic::Code;
use tonic_types::StatusExt;
use world::{Answer, Body, GET, SAVE, World, data_service, frames, full, listen, nowhere, reply, trailers};

const UNAVAILABLE: (Code, &str) = (Code::Unavailable, "UPSTREAM_UNAVAILABLE");
const UNKNOWN: (Code, &str) = (Code::Unknown, "WRITE_OUTCOME_UNKNOWN");
const INTERNAL: (Code, &str) = (Code::Internal, "INTERNAL");

/// Code and reason of an error that is the hop's.
fn assert_outcome(answer: &Answer, (code, reason): (Code, &str)) {
    assert_eq!(answer.outcome(), (code, reason.to_owned()));
    assert_eq!(answer.status().get_details_error_info().unwrap().metadata["upstream"], "data");
}

/// A data service on bare HTTP/2.
#[derive(Clone)]
struct Bare {
    /// What it does with its first calls; those after them are echoed.
    resets: Vec<Reason>,
    /// True: it sends headers before it resets.
    answers_first: bool,
    calls: Arc<AtomicUsize>,
}

impl Bare {
    async fn start(resets: &[Reason], answers_first: bool) -> (SocketAddr, Arc<AtomicUsize>) {
        let bare = Self { resets: resets.to_vec(), answers_first, calls: Arc::default() };
        let calls = bare.calls.clone();
        let listener = listen().await;
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(bare.clone().connection(stream));
            }
        });
        (address, calls)
    }

    async fn connection(self, stream: TcpStream) {
        let mut connection = h2::server::handshake(stream).await.unwrap();
        while let Some(Ok((request, respond))) = connection.accept().await {
            if request.uri().path().starts_with("/test.") {
                let reset = self.resets.get(self.calls.fetch_add(1, Ordering::SeqCst)).copied();
                tokio::spawn(self.clone().answer(request, respond, reset));
            }
        }
    }

    async fn answer(
        self,
        request: Request<RecvStream>,
        mut respond: SendResponse<Bytes>,
        reset: Option<Reason>,
    ) {
        let mut body = request.into_body();
        let response = Response::builder().header("content-type", "application/grpc").body(()).unwrap();
        match reset {
            Some(reason) if self.answers_first => {
                let mut reply = respond.send_response(response, false).unwrap();
                reply.send_data(Bytes::from_static(b"part"), false).unwrap();
                // What comes next is the client's end, after it has seen the part.
                let _ = body.data().await;
                reply.send_reset(reason);
            }
            Some(reason) => respond.send_reset(reason),
            None => {
                let mut reply = respond.send_response(response, false).unwrap();
                while let Some(Ok(data)) = body.data().await {
                    reply.send_data(data, false).unwrap();
                }
                reply.send_trailers(trailers(&[("grpc-status", "0")])).unwrap();
            }
        }
    }
}

#[tokio::test]
async fn an_absent_data_service_is_unavailable_also_for_a_write() {
    let world = World::start(nowhere().await).await;
    for method in [GET, SAVE] {
        let answer = world.call(method, b"x").await;
        assert_outcome(&answer, UNAVAILABLE);
        assert!(!format!("{:?}", answer.status()).contains("127.0.0.1"), "{answer:?}");
    }
}

#[tokio::test]
async fn a_call_that_was_refused_unrun_is_sent_once_more_whole() {
    let (data, calls) = Bare::start(&[Reason::REFUSED_STREAM], false).await;
    let answer = World::start(data).await.call(SAVE, b"the whole message").await;
    assert_eq!(answer.status().code(), Code::Ok);
    assert_eq!(answer.data, "the whole message");
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_call_is_sent_no_more_than_twice() {
    let (data, calls) = Bare::start(&[Reason::REFUSED_STREAM; 9], false).await;
    let answer = World::start(data).await.call(SAVE, b"x").await;
    assert_outcome(&answer, UNAVAILABLE);
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_call_that_may_have_run_is_not_sent_again() {
    for (method, expected) in [(GET, UNAVAILABLE), (SAVE, UNKNOWN)] {
        let (data, calls) = Bare::start(&[Reason::INTERNAL_ERROR], false).await;
        let answer = World::start(data).await.call(method, b"x").await;
        assert_outcome(&answer, expected);
        assert_eq!(calls.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test]
async fn a_reply_that_breaks_off_ends_in_a_status() {
    for (method, expected) in [(GET, UNAVAILABLE), (SAVE, UNKNOWN)] {
        let (data, _) = Bare::start(&[Reason::INTERNAL_ERROR], true).await;
        let answer = World::start(data).await.call(method, b"").await;
        assert_outcome(&answer, expected);
    }
}

#[tokio::test]
async fn a_reply_without_a_status_gets_one() {
    let no_trailers = || frames(vec![Frame::data(Bytes::from_static(b"part"))], false);
    let other_trailers = || frames(vec![Frame::trailers(trailers(&[("x-end", "1")]))], false);
    for body in [no_trailers as fn() -> Body, other_trailers] {
        let data = data_service(move |_| async move { reply(body()) }).await;
        let world = World::start(data).await;
        assert_outcome(&world.call(GET, b"x").await, UNAVAILABLE);
        assert_outcome(&world.call(SAVE, b"x").await, UNKNOWN);
    }
}

#[tokio::test]
async fn a_reply_that_is_not_grpc_is_an_error_that_shows_nothing_of_it() {
    for (code, read, write) in
        [(200, INTERNAL, INTERNAL), (404, INTERNAL, INTERNAL), (502, UNAVAILABLE, UNKNOWN)]
    {
        let data = data_service(move |_| async move {
            let page = Response::builder().status(code).header("content-type", "text/html");
            page.body(full(b"<h1>secret proxy</h1>")).unwrap()
        })
        .await;
        let world = World::start(data).await;
        for (method, expected) in [(GET, read), (SAVE, write)] {
            let answer = world.call(method, b"x").await;
            assert_outcome(&answer, expected);
            assert_eq!(answer.http, 200);
            assert!(!format!("{answer:?}").contains("secret"), "{answer:?}");
        }
    }
}

#[tokio::test]
async fn it_works_as_soon_as_the_data_service_is_there() {
    let listener = listen().await;
    let address = listener.local_addr().unwrap();
    drop(listener);
    let world = World::start(address).await;
    assert_outcome(&world.call(GET, b"x").await, UNAVAILABLE);
    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    world::data_service_on(listener, |_| async { world::ok("here") });
    assert_eq!(world.call(GET, b"x").await.data, "here");
}
