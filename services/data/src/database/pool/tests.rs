//! The pool over connections that are numbers, opened, brought back and closed as each test says.

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::Mutex;

use futures_util::future::join_all;
use futures_util::poll;
use tokio::sync::Notify;
use tokio::sync::mpsc;

use meanwhile_proto::errors::Reason;

mod deaths;
mod ends;
mod recovery;
mod turns;

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
