//! The closed loop: a lane sends its next request when it has its reply, so there are as many calls in flight as lanes.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use super::connection::{Caller, Connections};
use super::{LIMIT, Picked, Run, lanes};
use crate::requests::Requests;

pub async fn run(
    connections: Connections,
    requests: Arc<Requests>,
    in_flight: usize,
    lasts: Duration,
) -> Result<Run> {
    let mut running = JoinSet::new();
    let start = Instant::now();
    for (caller, picked) in lanes(&connections, &requests, in_flight) {
        running.spawn(lane(caller, picked, start + lasts));
    }
    timeout(lasts + LIMIT, Run::of(running, start)).await.context("a call was not answered")?
}

async fn lane(mut caller: Caller, mut picked: Picked, end: Instant) -> Result<Vec<f64>> {
    let mut latencies = Vec::new();
    let mut sent = Instant::now();
    while sent < end {
        caller.call(picked.next()).await?;
        let now = Instant::now();
        latencies.push((now - sent).as_secs_f64());
        sent = now;
    }
    Ok(latencies)
}
