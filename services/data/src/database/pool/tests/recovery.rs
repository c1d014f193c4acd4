//! A connection that a call left busy: it comes back whole, or not at all.

use super::*;

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
