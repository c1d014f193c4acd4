//! Connections that die, cannot be opened, or have lived long enough.

use super::*;

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
