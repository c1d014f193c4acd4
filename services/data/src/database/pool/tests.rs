//! The pool over connections that are numbers, opened, brought back and closed as each test says.

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::Mutex;

use futures_util::future::join_all;
use futures_util::poll;
use tokio::sync::Notify;
use tokio::sync::mpsc;

use meanwhile_proto::errors::Reason;

use super::lease::RECOVERY;
use super::places::MAX_WAITING;
use super::*;

/// What became of the connections.
#[derive(Default)]
struct Log {
    open: BTreeSet<u32>,
    opened: u32,
    most_open: usize,
    recovered: Vec<u32>,
    /// Of each recovery: whether a statement ran, and whether a transaction was open.
    left: Vec<(bool, bool)>,
    closed: Vec<u32>,
}

/// Opens numbers. Each attempt takes `steps` polls.
#[derive(Default)]
struct Numbers {
    log: Arc<Mutex<Log>>,
    steps: usize,
    fails: Arc<std::sync::atomic::AtomicBool>,
    recovery: Recovery,
}

#[derive(Default)]
enum Recovery {
    #[default]
    Works,
    Fails,
    Hangs,
    WhenTold(Arc<Notify>),
}

/// A connection; dropped, it is no longer open.
struct Number(u32, Arc<Mutex<Log>>);

impl Drop for Number {
    fn drop(&mut self) {
        self.1.lock().unwrap().open.remove(&self.0);
    }
}

impl Connect for Numbers {
    type Connection = Number;

    async fn connect(&self) -> Result<Number, Fault> {
        for _ in 0..self.steps {
            tokio::task::yield_now().await;
        }
        if self.fails.load(Ordering::Relaxed) {
            return Err(Fault::new(Reason::DatabaseUnreachable, "no"));
        }
        let mut log = self.log.lock().unwrap();
        log.opened += 1;
        let number = log.opened;
        log.open.insert(number);
        log.most_open = log.most_open.max(log.open.len());
        Ok(Number(number, self.log.clone()))
    }

    async fn recover(&self, connection: Number, left: Left) -> Option<Number> {
        match &self.recovery {
            Recovery::Works => {}
            Recovery::Fails => return None,
            Recovery::Hangs => std::future::pending().await,
            Recovery::WhenTold(told) => told.notified().await,
        }
        let mut log = self.log.lock().unwrap();
        log.recovered.push(connection.0);
        log.left.push((left.running, left.in_transaction));
        drop(log);
        Some(connection)
    }

    async fn close(&self, connection: Number) {
        self.log.lock().unwrap().closed.push(connection.0);
    }
}

fn pool(size: usize) -> Pool<Numbers> {
    Pool::new(Numbers::default(), size)
}

fn with_recovery(size: usize, recovery: Recovery) -> Pool<Numbers> {
    Pool::new(Numbers { recovery, ..Numbers::default() }, size)
}

async fn acquire(pool: &Pool<Numbers>) -> Lease<Numbers> {
    pool.acquire(None).await.unwrap_or_else(|fault| panic!("{fault}"))
}

fn number(lease: &mut Lease<Numbers>) -> u32 {
    lease.connection().0
}

fn log(pool: &Pool<Numbers>) -> std::sync::MutexGuard<'_, Log> {
    pool.0.connect.log.lock().unwrap()
}

/// Takes every connection there may be, which shows that no place was lost.
async fn take_all(pool: &Pool<Numbers>) -> Vec<u32> {
    let mut leases = join_all((0..pool.0.places.size()).map(|_| acquire(pool))).await;
    assert!(poll!(pin!(pool.acquire(None))).is_pending(), "more connections than the pool's size");
    leases.iter_mut().map(number).collect()
}

#[tokio::test]
async fn a_clean_connection_serves_the_next_call() {
    let pool = pool(3);
    for _ in 0..5 {
        let mut lease = acquire(&pool).await;
        lease.begin();
        lease.finished();
        assert_eq!(number(&mut lease), 1);
    }
    let log = log(&pool);
    assert_eq!((log.opened, log.recovered.len()), (1, 0));
}

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
async fn a_waiter_that_leaves_takes_no_connection_along() {
    let pool = pool(1);
    let held = acquire(&pool).await;
    let mut waiters: Vec<_> = (0..10).map(|_| Box::pin(pool.acquire(None))).collect();
    for waiter in &mut waiters {
        assert!(poll!(waiter).is_pending());
    }
    waiters.retain({
        let mut index = 0;
        move |_| {
            index += 1;
            index % 3 == 0
        }
    });
    drop(held);
    // The first of them has been given the connection, and leaves with it untaken.
    drop(waiters.remove(0));
    for waiter in waiters {
        drop(waiter.await.unwrap_or_else(|fault| panic!("{fault}")));
    }
    assert_eq!(pool.0.places.waiting(), 0);
    assert_eq!(take_all(&pool).await, [1]);
}

#[tokio::test]
async fn a_call_may_be_dropped_at_any_await() {
    for polls in 0..8 {
        let pool = Pool::new(Numbers { steps: 5, ..Numbers::default() }, 2);
        let _held = acquire(&pool).await;
        {
            let mut call = pin!(pool.acquire(None));
            for _ in 0..polls {
                if poll!(&mut call).is_ready() {
                    break;
                }
            }
        }
        drop(_held);
        assert_eq!(take_all(&pool).await.len(), 2, "{polls}");
        assert_eq!(pool.0.places.waiting(), 0);
    }
}

#[tokio::test]
async fn a_connection_left_busy_comes_back_after_its_recovery_and_its_place_not_before() {
    let told = Arc::new(Notify::new());
    let pool = with_recovery(1, Recovery::WhenTold(told.clone()));
    let mut lease = acquire(&pool).await;
    lease.begin();
    drop(lease);
    let mut next = pin!(pool.acquire(None));
    for _ in 0..20 {
        assert!(poll!(&mut next).is_pending());
        tokio::task::yield_now().await;
    }
    told.notify_one();
    let mut lease = next.await.unwrap_or_else(|fault| panic!("{fault}"));
    assert_eq!((number(&mut lease), log(&pool).recovered.clone()), (1, vec![1]));
}

#[tokio::test]
async fn a_connection_inside_a_transaction_is_never_handed_on_as_it_is() {
    let pool = pool(1);
    for is_running in [false, true] {
        let mut lease = acquire(&pool).await;
        lease.began_transaction();
        lease.begin();
        if !is_running {
            lease.finished();
        }
    }
    let mut lease = acquire(&pool).await;
    lease.began_transaction();
    lease.begin();
    lease.finished();
    lease.ended_transaction();
    drop(lease);
    assert_eq!(take_all(&pool).await, [1]);
    assert_eq!(log(&pool).left, [(false, true), (true, true)]);
}

#[tokio::test]
async fn a_connection_that_does_not_come_back_is_replaced() {
    let pool = with_recovery(1, Recovery::Fails);
    acquire(&pool).await.begin();
    assert_eq!(take_all(&pool).await, [2]);
    assert_eq!(log(&pool).most_open, 1);
}

#[tokio::test(start_paused = true)]
async fn a_recovery_that_hangs_ends_and_its_place_comes_back() {
    let pool = with_recovery(1, Recovery::Hangs);
    acquire(&pool).await.begin();
    let started = Instant::now();
    assert_eq!(take_all(&pool).await, [2]);
    assert_eq!(started.elapsed(), RECOVERY);
}

#[tokio::test]
async fn a_death_is_a_death_of_all_that_were_opened_before() {
    let pool = pool(3);
    let (mut first, mut second, third) = (acquire(&pool).await, acquire(&pool).await, acquire(&pool).await);
    drop(third);
    first.died();
    drop(first);
    assert_eq!(number(&mut acquire(&pool).await), 4);
    // Two that were in use then: one comes back whole, the other is found dead too. Neither harms what is new.
    second.begin();
    second.finished();
    drop(second);
    assert_eq!(number(&mut acquire(&pool).await), 4);
    assert_eq!(log(&pool).open.iter().copied().collect::<Vec<_>>(), [4]);
}

#[tokio::test]
async fn a_second_death_of_the_old_ones_leaves_the_new_ones_alone() {
    let pool = pool(2);
    let (mut first, mut second) = (acquire(&pool).await, acquire(&pool).await);
    first.died();
    drop(first);
    let mut new = acquire(&pool).await;
    assert_eq!(number(&mut new), 3);
    second.died();
    drop((second, new));
    assert_eq!(number(&mut acquire(&pool).await), 3);
}

#[tokio::test]
async fn a_connection_that_cannot_be_opened_costs_no_place() {
    let pool = pool(1);
    pool.0.connect.fails.store(true, Ordering::Relaxed);
    for _ in 0..3 {
        let fault = pool.acquire(None).await.err().unwrap();
        assert_eq!(fault.reason, Reason::DatabaseUnreachable);
    }
    pool.0.connect.fails.store(false, Ordering::Relaxed);
    assert_eq!(take_all(&pool).await, [1]);
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

#[tokio::test]
async fn warming_opens_every_connection_once() {
    let pool = pool(4);
    pool.warm().await;
    pool.warm().await;
    assert_eq!(log(&pool).opened, 4);
    assert_eq!(take_all(&pool).await.len(), 4);
}

#[tokio::test]
async fn warming_does_not_wait_for_connections_that_are_in_use() {
    let pool = pool(4);
    let _held = acquire(&pool).await;
    pool.warm().await;
    assert_eq!(log(&pool).opened, 4);
}

#[tokio::test]
async fn warming_gives_up_where_nothing_can_be_opened() {
    let pool = pool(4);
    pool.0.connect.fails.store(true, Ordering::Relaxed);
    pool.warm().await;
    assert_eq!(log(&pool).opened, 0);
}

#[tokio::test]
async fn closing_sends_away_who_waits_and_who_comes_later() {
    let pool = pool(1);
    let _held = acquire(&pool).await;
    let mut waiter = pin!(pool.acquire(None));
    assert!(poll!(&mut waiter).is_pending());
    pool.close().await;
    assert_eq!(waiter.await.err().unwrap().reason, Reason::ShuttingDown);
    assert_eq!(pool.acquire(None).await.err().unwrap().reason, Reason::ShuttingDown);
}

#[tokio::test]
async fn closing_closes_what_is_idle_and_leaves_what_is_in_use() {
    let pool = pool(3);
    let (_held, idle, other) = (acquire(&pool).await, acquire(&pool).await, acquire(&pool).await);
    drop((idle, other));
    pool.close().await;
    let log = log(&pool);
    assert_eq!((log.closed.as_slice(), log.open.contains(&1)), (&[2, 3][..], true));
}

#[tokio::test]
async fn closing_waits_for_statements_that_are_being_ended() {
    let told = Arc::new(Notify::new());
    let pool = with_recovery(1, Recovery::WhenTold(told.clone()));
    acquire(&pool).await.begin();
    let mut close = pin!(pool.close());
    for _ in 0..20 {
        assert!(poll!(&mut close).is_pending());
        tokio::task::yield_now().await;
    }
    told.notify_one();
    close.await;
    let log = log(&pool);
    assert_eq!((log.recovered.as_slice(), log.closed.as_slice()), (&[1][..], &[1][..]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_connections_are_open_than_the_pools_size_whatever_happens() {
    let pool = Pool::new(Numbers { steps: 2, ..Numbers::default() }, 4);
    let calls = (0..400_u32).map(|index| {
        let pool = pool.clone();
        tokio::spawn(async move {
            let acquired = pool.acquire(None);
            if index % 7 == 0 {
                // Leaves after a few polls.
                let mut acquired = pin!(acquired);
                for _ in 0..index % 5 {
                    if poll!(&mut acquired).is_ready() {
                        break;
                    }
                    tokio::task::yield_now().await;
                }
                return;
            }
            let mut lease = acquired.await.unwrap_or_else(|fault| panic!("{fault}"));
            lease.begin();
            tokio::task::yield_now().await;
            match index % 4 {
                0 => lease.died(),
                1 => {}
                _ => lease.finished(),
            }
        })
    });
    for call in join_all(calls).await {
        call.unwrap();
    }
    assert_eq!(take_all(&pool).await.len(), 4);
    let most_open = log(&pool).most_open;
    assert!(most_open <= 4, "{most_open}");
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

#[tokio::test(start_paused = true)]
async fn a_connection_that_has_lived_long_enough_is_replaced_when_it_comes_back() {
    let pool = pool(1);
    assert_eq!(number(&mut acquire(&pool).await), 1);
    tokio::time::advance(LIFETIME.mul_f64(0.8)).await;
    assert_eq!(number(&mut acquire(&pool).await), 1);
    tokio::time::advance(LIFETIME.mul_f64(0.4)).await;
    drop(acquire(&pool).await);
    assert_eq!(number(&mut acquire(&pool).await), 2);
    tokio::task::yield_now().await;
    assert_eq!(log(&pool).closed, [1]);
}
