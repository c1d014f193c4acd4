//! Waits for a web service: for one that takes long, and for the way to one that does not.

use std::{
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use meanwhile_testbed::process::Signal;
use tonic::Code;

use super::{LONG, Watched, end};
use crate::stack::{
    Database, Service, Stack, meanwhile,
    network::Network,
    stranger::{Stranger, reply},
};

const DAYLIGHT: &str = "cityscape.v1.Cities/GetDaylight";
const REQUEST: &str = r#"{"location": {"latitude": 1, "longitude": 1}}"#;

#[test]
fn a_wait_for_a_web_service_that_takes_long_is_upstream() -> Result<()> {
    let Some(watched) = Watched::start()? else { return Ok(()) };
    let (took, taken) = mpsc::channel::<Duration>();
    let slow = Stranger::answering(move |_| {
        let took = took.clone();
        Box::pin(async move {
            let arrived = Instant::now();
            tokio::time::sleep(LONG).await;
            let _ = took.send(arrived.elapsed());
            reply(200, "{}")
        })
    })?;
    let mut stack = Stack::over(Database::sqlite()?).almanac_at(&slow.url()).otlp(&watched.otlp()).start()?;
    let answer = stack.client()?.call(DAYLIGHT, REQUEST)?;
    assert_eq!(answer.code, Code::Ok, "{answer:?}");
    end(&mut stack)?;
    watched.lane(DAYLIGHT)?.assert_spent("upstream", taken.recv()?);
    Ok(())
}

/// The web service tells of itself, and what it was not asked for yet is the network's.
#[test]
fn a_wait_for_the_way_to_a_web_service_is_the_networks() -> Result<()> {
    let Some(watched) = Watched::start()? else { return Ok(()) };
    let mut almanac = Service::start(meanwhile(&["almanac", "--otlp", &watched.otlp()]))?;
    let port = almanac.address().rsplit(':').next().context("a port")?.parse()?;
    let network = Network::to(port)?;
    let url = format!("http://127.0.0.1:{}", network.port());
    let mut stack = Stack::over(Database::sqlite()?).almanac_at(&url).otlp(&watched.otlp()).start()?;
    let client = stack.client()?;
    network.stop();
    let stopped = Instant::now();
    let call = client.start(DAYLIGHT, &[], REQUEST)?;
    thread::sleep(LONG);
    network.go_on();
    let known = stopped.elapsed();
    let answer = client.wait(call)?;
    assert_eq!(answer.code, Code::Ok, "{answer:?}");
    end(&mut stack)?;
    assert!(almanac.end(Signal::TERM)?.success());
    watched.lane(DAYLIGHT)?.assert_spent("network", known);
    Ok(())
}
