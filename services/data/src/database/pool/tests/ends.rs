//! How a pool begins, and how it ends.

use super::*;

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
async fn what_warming_has_opened_serves_calls_while_it_opens_the_next() {
    let pool = Pool::new(Numbers { steps: 1, ..Numbers::default() }, 4);
    let mut warming = pin!(pool.warm());
    while log(&pool).opened < 2 {
        assert!(poll!(&mut warming).is_pending());
    }
    let (mut first, mut second) = (acquire(&pool).await, acquire(&pool).await);
    assert_eq!(BTreeSet::from([number(&mut first), number(&mut second)]), BTreeSet::from([1, 2]));
    warming.await;
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
