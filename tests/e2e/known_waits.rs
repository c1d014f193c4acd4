//! Waits that a test makes, each as long as the test says and behind whom it says: the timeline finds each again, as what it
//! was, within a twentieth of its length. These tests compare times, so `make test` runs them by themselves.

mod databases;
mod overlap;
mod own;
mod web;

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use meanwhile_testbed::{
    grpcurl::Grpcurl,
    process::{Process, Signal},
};
use serde_json::Value;

use crate::dashboard::{dashboard, number};
use crate::stack::Stack;

/// How far what is told may be from what was.
const TOLERANCE: f64 = 0.05;

/// How long the waits are: long beside what a call takes.
const LONG: Duration = Duration::from_secs(2);

/// A dashboard, and what it is asked with.
struct Watched {
    grpcurl: Grpcurl,
    address: String,
    _process: Process,
}

/// One request, as the timeline tells it.
#[derive(Debug)]
struct Lane(Value);

impl Watched {
    /// None where grpcurl is not here.
    fn start() -> Result<Option<Self>> {
        let Some(grpcurl) = Grpcurl::find() else { return Ok(None) };
        let (process, address) = dashboard()?;
        Ok(Some(Self { grpcurl, address, _process: process }))
    }

    /// Where spans are sent.
    fn otlp(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The window of all requests of a method. The services end before: they send what they still have.
    fn window(&self, method: &str) -> Result<Value> {
        let asked = serde_json::json!({"start_time": "2024-01-01T00:00:00Z", "method": method}).to_string();
        self.grpcurl.call(&self.address, &[], "meanwhile.v1.Timeline/GetWindow", &asked)?.message()
    }

    /// The requests of a method, the earliest first.
    fn lanes(&self, method: &str) -> Result<Vec<Lane>> {
        let window = self.window(method)?;
        let lanes = window["lanes"].as_array().with_context(|| format!("{method}: {window}"))?;
        Ok(lanes.iter().cloned().map(Lane).collect())
    }

    /// The one request of a method.
    fn lane(&self, method: &str) -> Result<Lane> {
        let mut lanes = self.lanes(method)?;
        ensure!(lanes.len() == 1, "{lanes:?}");
        lanes.pop().context("a lane")
    }
}

impl Lane {
    fn segments(&self) -> impl Iterator<Item = &Value> {
        self.0["segments"].as_array().into_iter().flatten()
    }

    /// What it spent on one kind.
    fn time(&self, kind: &str) -> Duration {
        let segments = self.segments().filter(|segment| segment["kind"] == kind);
        segments.map(|segment| nanos(&segment["durationNs"])).sum()
    }

    /// From its own start to the end of another.
    fn until_end_of(&self, other: &Self) -> Duration {
        let end = number(&other.0["startNs"]) + number(&other.0["durationNs"]);
        Duration::from_nanos(u64::try_from(end - number(&self.0["startNs"])).unwrap_or_default())
    }

    /// Whoever made it wait on that kind, at the root, for every wait that is worth speaking of.
    fn assert_behind(&self, kind: &str, method: &str) {
        let is_long = |segment: &&Value| nanos(&segment["durationNs"]) > LONG.mul_f64(TOLERANCE);
        let long = self.segments().filter(|segment| segment["kind"] == kind).filter(is_long);
        let behind: Vec<&Value> = long.map(|segment| &segment["blame"]["rootMethod"]).collect();
        assert!(!behind.is_empty() && behind.iter().all(|root| **root == method), "{self:?}");
    }

    #[track_caller]
    fn assert_spent(&self, kind: &str, known: Duration) {
        let ratio = self.time(kind).as_secs_f64() / known.as_secs_f64();
        assert!((ratio - 1.0).abs() <= TOLERANCE, "{ratio} of {known:?} on {kind}: {self:?}");
    }
}

fn nanos(value: &Value) -> Duration {
    Duration::from_nanos(u64::try_from(number(value)).unwrap_or_default())
}

/// Ends the services in order: they send the spans that they still have.
fn end(stack: &mut Stack) -> Result<()> {
    for service in [&mut stack.gateway, &mut stack.data] {
        ensure!(service.end(Signal::TERM)?.success());
    }
    Ok(())
}
