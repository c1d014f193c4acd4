//! The open loop: calls come at a fixed rate, as they do from many clients who know nothing of each other. A call's time
//! counts from the moment it was planned for, also where it was sent later, so that a server which stalls is not spared
//! the calls that would have come meanwhile ("coordinated omission").

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::connection::{Caller, Connections};
use super::{LIMIT, Picked, Run, lanes};
use crate::requests::Requests;

/// Calls in flight at most. Where that is too few, calls are sent late, and that counts.
const LANES: usize = 1_024;

/// When each call is to be sent.
struct Plan {
    start: Instant,
    a_second: usize,
    calls: usize,
    next: AtomicUsize,
    /// A permit for each call whose moment has come.
    due: Semaphore,
}

pub async fn run(
    connections: Connections,
    requests: Arc<Requests>,
    a_second: usize,
    lasts: Duration,
) -> Result<Run> {
    let calls = (a_second as f64 * lasts.as_secs_f64()) as usize;
    let plan = Plan { start: Instant::now(), a_second, calls, next: 0.into(), due: Semaphore::new(0) };
    let plan = Arc::new(plan);
    // tokio's timers have a millisecond's grain, a thread's sleep has a fraction of that. It ends with the plan.
    let pacer = thread::spawn({
        let plan = plan.clone();
        move || plan.pace()
    });
    let mut running = JoinSet::new();
    for (caller, picked) in lanes(&connections, &requests, LANES) {
        running.spawn(lane(caller, picked, plan.clone()));
    }
    let run = timeout(lasts + LIMIT, Run::of(running, plan.start.into())).await;
    let run = run.context("a call was not answered")?;
    pacer.join().map_err(|_| anyhow::anyhow!("the pacer panicked"))?;
    run
}

async fn lane(mut caller: Caller, mut picked: Picked, plan: Arc<Plan>) -> Result<Vec<f64>> {
    let mut latencies = Vec::new();
    // When every call has been sent, the semaphore is closed.
    while let Ok(permit) = plan.due.acquire().await {
        permit.forget();
        let planned = plan.moment(plan.next.fetch_add(1, Ordering::Relaxed));
        caller.call(picked.next()).await?;
        latencies.push(planned.elapsed().as_secs_f64());
        if plan.next.load(Ordering::Relaxed) >= plan.calls {
            plan.due.close();
        }
    }
    Ok(latencies)
}

impl Plan {
    fn moment(&self, call: usize) -> Instant {
        self.start + Duration::from_secs_f64(call as f64 / self.a_second as f64)
    }

    fn pace(&self) {
        for call in 0..self.calls {
            thread::sleep(self.moment(call).saturating_duration_since(Instant::now()));
            self.due.add_permits(1);
        }
    }
}
