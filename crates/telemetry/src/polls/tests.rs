use std::future::poll_fn;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{self, Context, Wake, Waker};

use meanwhile_proto::polls::{Poll, unpack};

use super::*;

/// Counts wakes; stands for the runtime.
#[derive(Default)]
struct Task(AtomicUsize);

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn polls(log: &PollLog) -> Vec<Poll> {
    unpack(&log.finish().unwrap()).unwrap()
}

/// Lets time pass until the clock has visibly moved, so that before and after differ.
fn later() -> Instant {
    let before = Instant::now();
    loop {
        let now = Instant::now();
        if now > before {
            return now;
        }
    }
}

#[test]
fn a_woken_future_is_idle_then_scheduled_then_busy() {
    let started = Instant::now();
    let log = PollLog::since(started);
    let kept: Arc<Mutex<Option<Waker>>> = Arc::default();
    let mut ready = false;
    let inner = Arc::clone(&kept);
    let mut future = Box::pin(log.record(poll_fn(move |cx| {
        if std::mem::replace(&mut ready, true) {
            return task::Poll::Ready(());
        }
        *inner.lock().unwrap() = Some(cx.waker().clone());
        task::Poll::Pending
    })));
    let task = Arc::new(Task::default());
    let waker = Waker::from(Arc::clone(&task));
    let mut cx = Context::from_waker(&waker);

    assert!(future.as_mut().poll(&mut cx).is_pending());
    let slept = later();
    let first_wake = later();
    let inner_waker = kept.lock().unwrap().take().unwrap();
    inner_waker.wake_by_ref();
    let second_wake = later();
    inner_waker.wake();
    let polled = later();
    assert!(future.as_mut().poll(&mut cx).is_ready());

    let nanos = |instant: Instant| u64::try_from((instant - started).as_nanos()).unwrap();
    let polls = polls(&log);
    assert_eq!(polls.len(), 2);
    assert_eq!(task.0.load(Ordering::SeqCst), 1, "the task was woken once for one poll");
    assert!(polls[0].end <= nanos(slept));
    assert!((nanos(first_wake)..nanos(second_wake)).contains(&polls[1].woken), "the first wake counts");
    assert!(polls[1].start >= nanos(polled));
}

#[test]
fn a_future_counts_as_woken_from_where_it_was_wrapped() {
    let log = PollLog::since(Instant::now());
    let future = log.record(async {});
    later();
    let mut future = Box::pin(future);
    assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
    let polls = polls(&log);
    assert_eq!(polls.len(), 1);
    assert!(polls[0].woken < polls[0].start, "{polls:?}");
}

#[test]
fn a_poll_that_finishes_the_request_is_in_the_log() {
    let log = PollLog::since(Instant::now());
    let inner = log.clone();
    let mut future = Box::pin(log.record(async move { inner.finish() }));
    let task::Poll::Ready(packed) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("the future does not wait");
    };
    assert_eq!(unpack(&packed.unwrap()).unwrap().len(), 1);
}

#[test]
fn a_guard_is_a_poll_that_nobody_scheduled() {
    let log = PollLog::since(Instant::now());
    drop(log.enter());
    let polls = polls(&log);
    assert_eq!(polls.len(), 1);
    assert_eq!(polls[0].woken, polls[0].start);
}

#[test]
fn nested_polls_are_one() {
    let log = PollLog::since(Instant::now());
    let outer = log.enter();
    drop(log.enter());
    drop(outer);
    assert_eq!(polls(&log).len(), 1);
}

#[test]
fn a_panic_in_a_poll_ends_the_poll() {
    let log = PollLog::since(Instant::now());
    let inner = log.clone();
    let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
        let _poll = inner.enter();
        panic!("in a poll");
    }));
    drop(log.enter());
    assert_eq!(polls(&log).len(), 2);
}

#[test]
fn a_log_that_is_off_records_nothing() {
    let log = PollLog::off();
    drop(log.enter());
    assert_eq!(log.finish(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_that_wake_each_other_lose_no_wake() {
    let log = PollLog::since(Instant::now());
    let (ping, mut pings) = tokio::sync::mpsc::channel::<u32>(1);
    let (pong, mut pongs) = tokio::sync::mpsc::channel::<u32>(1);
    let echo = tokio::spawn(log.record(async move {
        while let Some(round) = pings.recv().await {
            pong.send(round).await.unwrap();
        }
    }));
    let caller = tokio::spawn(log.record(async move {
        for round in 0..2_000 {
            ping.send(round).await.unwrap();
            assert_eq!(pongs.recv().await, Some(round));
        }
    }));
    caller.await.unwrap();
    echo.await.unwrap();
    let polls = polls(&log);
    let instants: Vec<u64> = polls.iter().flat_map(|poll| [poll.woken, poll.start, poll.end]).collect();
    assert!(polls.len() <= meanwhile_proto::polls::MAX_POLLS && instants.is_sorted());
}
