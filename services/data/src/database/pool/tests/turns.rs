//! Who waits for a connection, in which order, and behind whom.

use super::*;

#[tokio::test]
async fn those_who_wait_are_served_in_order_of_arrival() {
    let pool = pool(1);
    let held = acquire(&pool).await;
    let (served, mut order) = mpsc::unbounded_channel();
    let mut waiters = Vec::new();
    for index in 0..50 {
        let mut waiter = Box::pin({
            let (pool, served) = (pool.clone(), served.clone());
            async move {
                let _lease = acquire(&pool).await;
                served.send(index).unwrap();
                tokio::task::yield_now().await;
            }
        });
        assert!(poll!(&mut waiter).is_pending());
        waiters.push(waiter);
    }
    drop(held);
    // A call that comes later does not overtake them, however it is polled.
    let last = async {
        let _lease = acquire(&pool).await;
        served.send(50).unwrap();
    };
    waiters.reverse();
    tokio::join!(last, join_all(waiters));
    for expected in 0..=50 {
        assert_eq!(order.recv().await, Some(expected));
    }
}

#[tokio::test]
async fn more_than_may_wait_are_sent_away_until_one_leaves() {
    let pool = pool(1);
    let _held = acquire(&pool).await;
    let mut waiters: Vec<_> = (0..MAX_WAITING).map(|_| Box::pin(pool.acquire(None))).collect();
    for waiter in &mut waiters {
        assert!(poll!(waiter).is_pending());
    }
    let fault = pool.acquire(None).await.err().unwrap();
    assert_eq!(fault.reason, Reason::Overloaded);
    drop(waiters.pop());
    assert!(poll!(pin!(pool.acquire(None))).is_pending());
}

fn request(method: &'static str) -> (meanwhile_telemetry::Request, RequestContext) {
    let telemetry = meanwhile_telemetry::Telemetry::start(meanwhile_telemetry::Config::default()).unwrap();
    let request = telemetry.tracer().server_request(method, &http::HeaderMap::new(), Vec::new());
    let context = request.context();
    (request, context)
}

#[tokio::test]
async fn a_place_says_who_gave_it_up_to_whoever_waited_and_to_nobody_else() {
    let places = Places::new(1);
    let ((_a, a), (_b, b)) = (request("A"), request("B"));
    let held = places.try_take().unwrap();
    assert!(held.before().is_none());
    let (mut left, mut stays) = (Box::pin(places.take(1)), Box::pin(places.take(1)));
    assert!(poll!(&mut left).is_pending() && poll!(&mut stays).is_pending());
    drop(left);
    held.give_up(Some(7), Some(a.clone()));
    let mut place = stays.await.unwrap();
    assert_eq!(place.content(), Some(7));
    assert_eq!(place.before().map(RequestContext::span_context), Some(a.span_context()));
    place.give_up(Some(7), Some(b));
    assert!(places.try_take().unwrap().before().is_none());
}

#[tokio::test]
async fn a_client_that_floods_does_not_keep_another_behind_all_it_sent() {
    let places = Places::<()>::new(1);
    let held = places.try_take().unwrap();
    let mut flood: Vec<_> = (0..100).map(|_| Box::pin(places.take(1))).collect();
    for waiting in &mut flood {
        assert!(poll!(waiting).is_pending());
    }
    let mut other = Box::pin(places.take(2));
    assert!(poll!(&mut other).is_pending());
    drop(held);
    drop(flood.remove(0).await.unwrap());
    other.await.unwrap();
}

#[tokio::test]
async fn those_who_left_do_not_fill_the_queue() {
    let places = Places::<()>::new(1);
    let _held = places.try_take().unwrap();
    for _ in 0..1_000 {
        assert!(poll!(pin!(places.take(1))).is_pending());
    }
    assert!(places.queue_length() < 200);
}
