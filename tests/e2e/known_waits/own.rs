//! What a process spends on itself: a thread that works for one request keeps another, which is ready, from running.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Result;
use http::HeaderMap;
use meanwhile_telemetry::{Config, Telemetry};
use tokio::sync::Notify;
use tonic::Code;

use super::{LONG, Watched};

const WORKS: &str = "own.v1.Own/Works";
const READY: &str = "own.v1.Own/IsReady";

/// Keeps its thread, and answers for how long.
fn work() -> Duration {
    let started = Instant::now();
    while started.elapsed() < LONG {
        std::hint::spin_loop();
    }
    started.elapsed()
}

#[test]
fn work_is_work_and_who_stands_ready_meanwhile_waits_for_the_scheduler() -> Result<()> {
    let Some(watched) = Watched::start()? else { return Ok(()) };
    let sending = tokio::runtime::Runtime::new()?;
    let config = Config { service_name: "own".to_owned(), endpoints: vec![watched.otlp()] };
    let telemetry = sending.block_on(async { Telemetry::start(config) })?;
    let tracer = telemetry.tracer();
    let one_thread = tokio::runtime::Builder::new_current_thread().build()?;
    let known = one_thread.block_on(async {
        let [works, ready] =
            [WORKS, READY].map(|name| tracer.server_request(name, &HeaderMap::new(), Vec::new()));
        let wake = Arc::new(Notify::new());
        let waits = {
            let wake = wake.clone();
            ready.polls().record(async move { wake.notified().await })
        };
        let waits = tokio::spawn(async move {
            waits.await;
            ready.finish(Code::Ok, None);
        });
        // Until it waits for its wake.
        tokio::task::yield_now().await;
        let known = works.polls().record(async {
            wake.notify_one();
            work()
        });
        let known = known.await;
        works.finish(Code::Ok, None);
        waits.await?;
        anyhow::Ok(known)
    })?;
    sending.block_on(telemetry.shutdown());
    watched.lane(WORKS)?.assert_spent("work", known);
    watched.lane(READY)?.assert_spent("scheduler", known);
    Ok(())
}
