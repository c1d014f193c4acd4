//! `meanwhile dashboard`: takes the spans of real requests, and tells what they waited for.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use meanwhile_testbed::{grpcurl::Grpcurl, process::Process, run::run};
use serde_json::Value;

use crate::stack::{BOUND, catalog::sample, meanwhile};

/// A dashboard in a process of its own, and where it listens.
pub fn dashboard() -> Result<(Process, String)> {
    let process = Process::start(meanwhile(&["dashboard", "--listen", "127.0.0.1:0"]))?;
    let line = process.wait_for_line("dashboard on ", BOUND)?;
    let address = line.split_whitespace().find_map(|word| word.strip_suffix(':')).context(line.clone())?;
    Ok((process, address.to_owned()))
}

/// The lecture's three requests, first one at a time and then overlapped, on servers that are thrown away.
fn lecture(otlp: &str) -> Command {
    let mut command = meanwhile(&["play", "lecture", "--throw-away", "--otlp", otlp, "--catalog"]);
    command.arg(sample()).args(["--simulate-latency", "database=30ms,upstream=60ms"]);
    command
}

pub fn number(value: &Value) -> i64 {
    value.as_str().and_then(|digits| digits.parse().ok()).unwrap_or_default()
}

pub fn waits(lane: &Value, kind: &str) -> bool {
    lane["segments"].as_array().is_some_and(|segments| segments.iter().any(|segment| segment["kind"] == kind))
}

#[test]
fn the_lectures_requests_are_told_with_what_each_waited_for() -> Result<()> {
    let Some(grpcurl) = Grpcurl::find() else { return Ok(()) };
    let (_process, address) = dashboard()?;
    run(&mut lecture(&format!("http://{address}")), b"", BOUND)?.success()?;
    let asked = r#"{"service": "meanwhile-gateway"}"#;
    let window = grpcurl.call(&address, &[], "meanwhile.v1.Timeline/GetWindow", asked)?.message()?;
    let lanes = window["lanes"].as_array().context("no lanes")?;
    // Three of the before-picture, three of the after-picture.
    assert_eq!(lanes.len(), 6, "{window}");
    for lane in lanes {
        let segments = lane["segments"].as_array().context("no segments")?;
        let sum: i64 = segments.iter().map(|segment| number(&segment["durationNs"])).sum();
        assert_eq!(sum, number(&lane["durationNs"]), "{lane}");
        // The web service's delay is added on the way to it, and its own answer is seen: what is left is the network.
        ensure!(waits(lane, "database") || waits(lane, "network"), "{lane}");
    }
    ensure!(lanes.iter().any(|lane| waits(lane, "queue")), "nobody waited for a turn: {window}");
    let method = |lane: &Value| lane["method"].as_str().map(str::to_owned);
    let methods: std::collections::BTreeSet<_> = lanes.iter().filter_map(method).collect();
    assert_eq!(methods.len(), 3, "{methods:?}");
    ensure!(window["figures"]["overlap"]["factor"].as_f64().is_some_and(|factor| factor > 0.5), "{window}");
    let intake = grpcurl.call(&address, &[], "meanwhile.v1.Timeline/GetIntake", "{}")?.message()?;
    assert_eq!(intake["received"], intake["kept"], "{intake}");
    Ok(())
}
