//! The synchronous server, for comparison.
#![allow(clippy::unwrap_used, reason = "tests")]

mod world;

use std::sync::Arc;

use futures_util::future::join_all;
use tokio::sync::{Semaphore, mpsc};
use tonic::Code;
use tonic_types::StatusExt;
use world::{Answer, GET, World, data_service, full, ok, within_reason};

const NOPE: &str = "/test.v1.Cities/Nope";

/// A data service that names each call that arrives, and answers one for each permit it is given.
async fn stepwise() -> (std::net::SocketAddr, mpsc::UnboundedReceiver<String>, Arc<Semaphore>) {
    let (arrivals, arrived) = mpsc::unbounded_channel();
    let steps = Arc::new(Semaphore::new(0));
    let gate = steps.clone();
    let address = data_service(move |request| {
        let name = request.headers()["x-name"].to_str().unwrap().to_owned();
        arrivals.send(name.clone()).unwrap();
        let gate = gate.clone();
        async move {
            gate.acquire().await.unwrap().forget();
            ok(name)
        }
    })
    .await;
    (address, arrived, steps)
}

fn call(world: &World, name: &str) -> tokio::task::JoinHandle<Answer> {
    tokio::spawn(calling(world, name))
}

fn calling(world: &World, name: &str) -> impl Future<Output = Answer> + use<> {
    let mut request = world.request(GET, full(b"x"));
    request.headers_mut().insert("x-name", name.parse().unwrap());
    let client = world.client.clone();
    async move { Answer::collect(client.send(request).await.unwrap()).await }
}

async fn one_at_a_time(data: std::net::SocketAddr, max_waiting: usize) -> World {
    World::start_with(data, |config| {
        config.one_at_a_time = true;
        config.max_waiting = max_waiting;
    })
    .await
}

#[tokio::test]
async fn calls_reach_the_data_service_one_after_the_other_in_their_order() {
    let (data, mut arrived, steps) = stepwise().await;
    let world = one_at_a_time(data, 10).await;
    let names = ["1", "2", "3", "4"];
    let mut calls = Vec::new();
    for name in names {
        calls.push(call(&world, name));
        // They go over one connection, in order: an answer to a later call shows that this one has come.
        tokio::task::yield_now().await;
        assert_eq!(world.call(NOPE, b"x").await.status().code(), Code::Unimplemented);
    }
    for name in names {
        assert_eq!(within_reason(arrived.recv()).await.unwrap(), name);
        // While it runs no other arrives, for all the time that a call of another kind takes.
        assert_eq!(world.call(NOPE, b"x").await.status().code(), Code::Unimplemented);
        assert!(arrived.try_recv().is_err());
        steps.add_permits(1);
    }
    for (call, name) in calls.into_iter().zip(names) {
        assert_eq!(within_reason(call).await.unwrap().data, name);
    }
}

/// On several threads, where tasks overtake each other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_that_come_together_are_run_in_the_order_they_came() {
    let (data, mut arrived, steps) = stepwise().await;
    let world = one_at_a_time(data, 100).await;
    assert_eq!(world.call(NOPE, b"x").await.status().code(), Code::Unimplemented);
    let names: Vec<String> = (0..50).map(|number| number.to_string()).collect();
    steps.add_permits(names.len());
    within_reason(join_all(names.iter().map(|name| calling(&world, name)))).await;
    for name in names {
        assert_eq!(arrived.try_recv().unwrap(), name);
    }
}

#[tokio::test]
async fn a_call_that_is_given_up_passes_its_turn_on() {
    let (data, mut arrived, steps) = stepwise().await;
    let world = one_at_a_time(data, 10).await;
    let first = call(&world, "1");
    assert_eq!(within_reason(arrived.recv()).await.unwrap(), "1");
    let second = call(&world, "2");
    first.abort();
    assert_eq!(within_reason(arrived.recv()).await.unwrap(), "2");
    steps.add_permits(2);
    assert_eq!(within_reason(second).await.unwrap().data, "2");
}

#[tokio::test]
async fn a_full_queue_says_when_to_come_back() {
    let (data, mut arrived, steps) = stepwise().await;
    let world = one_at_a_time(data, 0).await;
    let first = call(&world, "1");
    assert_eq!(within_reason(arrived.recv()).await.unwrap(), "1");
    let refused = within_reason(call(&world, "2")).await.unwrap();
    assert_eq!(refused.outcome(), (Code::ResourceExhausted, "OVERLOADED".to_owned()));
    assert!(refused.status().get_details_retry_info().unwrap().retry_delay.is_some());
    steps.add_permits(1);
    assert_eq!(within_reason(first).await.unwrap().data, "1");
}

#[tokio::test]
async fn the_deadline_holds_while_a_call_waits_for_its_turn() {
    let (data, mut arrived, _steps) = stepwise().await;
    let world = one_at_a_time(data, 10).await;
    let _first = call(&world, "1");
    assert_eq!(within_reason(arrived.recv()).await.unwrap(), "1");
    let waited = world.call_within("100m", GET).await;
    assert_eq!(waited.outcome(), (Code::DeadlineExceeded, "DEADLINE_EXCEEDED".to_owned()));
    assert!(arrived.try_recv().is_err());
}
