//! Which calls become one, and what becomes of those who leave.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use meanwhile_telemetry::{Config, Telemetry};
use tokio::sync::Notify;

use super::*;

/// Flights whose calls count themselves, and end when they are let.
struct World {
    flights: Arc<Flights>,
    telemetry: Telemetry,
    calls: Arc<AtomicUsize>,
    gate: Arc<Notify>,
}

impl World {
    fn new() -> Self {
        let config = Config { service_name: "test".to_owned(), endpoints: Vec::new() };
        let telemetry = Telemetry::start(config).unwrap();
        Self { flights: Arc::default(), telemetry, calls: Arc::default(), gate: Arc::default() }
    }

    /// A call with that key. Its answer is its number.
    fn call(&self, key: u8) -> tokio::task::JoinHandle<Answer> {
        let (flights, calls, gate) = (self.flights.clone(), self.calls.clone(), self.gate.clone());
        let span = self.telemetry.tracer().client_request("test", Vec::new());
        tokio::spawn(async move {
            let run = move || -> Run {
                let (calls, gate) = (calls.clone(), gate.clone());
                Box::pin(async move {
                    let number = calls.fetch_add(1, Ordering::Relaxed) + 1;
                    gate.notified().await;
                    Ok(Reply { bytes: vec![number as u8], missing: Vec::new() })
                })
            };
            flights.answer(Key::from(key), &span.context(), run(), &run).await
        })
    }

    /// Lets everything run that can.
    async fn settle(&self) {
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
    }

    fn begun(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    fn is_empty(&self) -> bool {
        self.flights.0.shards.iter().all(|shard| shard.lock().unwrap().is_empty())
    }
}

async fn number(call: tokio::task::JoinHandle<Answer>) -> u8 {
    call.await.unwrap().unwrap().bytes[0]
}

#[tokio::test(start_paused = true)]
async fn calls_that_come_while_an_equal_one_is_under_way_are_one_behind_it() {
    let world = World::new();
    let first = world.call(1);
    world.settle().await;
    let others: Vec<_> = (0..10).map(|_| world.call(1)).collect();
    world.settle().await;
    assert_eq!(world.begun(), 1, "nobody joins what is dispatched, and nobody else is dispatched");
    world.gate.notify_one();
    assert_eq!(number(first).await, 1);
    world.settle().await;
    assert_eq!(world.begun(), 2);
    world.gate.notify_one();
    for other in others {
        assert_eq!(number(other).await, 2);
    }
    assert!(world.is_empty());
}

#[tokio::test(start_paused = true)]
async fn calls_of_other_keys_fly_at_the_same_time() {
    let world = World::new();
    let calls: Vec<_> = (0..20).map(|key| world.call(key)).collect();
    world.settle().await;
    assert_eq!(world.begun(), 20);
    world.gate.notify_waiters();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert!(world.is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_next_flight_departs_also_where_the_one_before_broke_off() {
    let world = World::new();
    let first = world.call(1);
    world.settle().await;
    let second = world.call(1);
    world.settle().await;
    first.abort();
    world.settle().await;
    assert_eq!(world.begun(), 2);
    world.gate.notify_one();
    assert_eq!(number(second).await, 2);
    assert!(world.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_flight_goes_on_without_who_began_it_and_ends_with_its_last() {
    let world = World::new();
    let first = world.call(1);
    world.settle().await;
    let (leader, other) = (world.call(1), world.call(1));
    world.settle().await;
    leader.abort();
    world.gate.notify_one();
    assert_eq!(number(first).await, 1);
    world.settle().await;
    assert_eq!(world.begun(), 2, "somebody still waits for it");
    other.abort();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(world.is_empty(), "nobody waits for it any more");
}

#[tokio::test(start_paused = true)]
async fn a_flight_that_everybody_left_before_it_was_dispatched_never_is() {
    let world = World::new();
    let first = world.call(1);
    world.settle().await;
    let second = world.call(1);
    world.settle().await;
    second.abort();
    world.settle().await;
    world.gate.notify_one();
    assert_eq!(number(first).await, 1);
    world.settle().await;
    assert_eq!(world.begun(), 1);
    assert!(world.is_empty());
}

#[tokio::test(start_paused = true)]
async fn too_many_for_one_flight_are_told_to_come_back() {
    let world = World::new();
    let first = world.call(1);
    world.settle().await;
    let calls: Vec<_> = (0..=MAX_ABOARD).map(|_| world.call(1)).collect();
    world.settle().await;
    let refused = calls.into_iter().last().unwrap().await.unwrap().unwrap_err();
    assert_eq!(refused.reason, Reason::Overloaded);
    first.abort();
}
