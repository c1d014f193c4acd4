//! Ten calls that each sleep in the database: through a pool of one they take as long as one after the other, through a pool of
//! ten as long as one. What a busy machine adds to each call on its way counts as that call's own time, as it would alone, and a
//! burst into a service that has just started opens connections: they sleep long beside both. `meanwhile-bench --only overlap`
//! has them sleep 100 ms, where nothing else runs.

use anyhow::{Context as _, Result};
use serde_json::Value;
use tonic::Code;

use super::{TOLERANCE, Watched, end};
use crate::dashboard::number;
use crate::page::browser::{self, assert_same_lanes, overlap};
use crate::stack::{Database, Stack, catalog};

const NAP: &str = "naps.v1.Naps/Nap";

const CALLS: usize = 10;

/// What the window is asked from, 2024-01-01, in milliseconds since 1970.
const ZERO_MILLIS: i64 = 1_704_067_200_000;

const CONTRACT: &str = r#"
syntax = "proto3";
package naps.v1;
service Naps {
  rpc Nap(Request) returns (Rested) { option idempotency_level = NO_SIDE_EFFECTS; }
}
message Request { double seconds = 1; }
message Rested { int64 n = 1; }
"#;

/// How far ten calls overlap that sleep so many seconds each, by the service's figures; none where there is no PostgreSQL.
fn overlap_of_ten(pool: u16, seconds: f64) -> Result<Option<f64>> {
    let Some(watched) = Watched::start()? else { return Ok(None) };
    let naps = catalog::folder(&[
        ("catalog.toml", "name = \"naps\"\n"),
        ("proto/naps/v1/naps.proto", CONTRACT),
        ("sql/naps.v1.Naps/Nap.sql", "SELECT 1 AS n FROM pg_sleep(:seconds)"),
    ])?;
    let Some(database) = Database::postgres_for(naps.path())? else { return Ok(None) };
    let stack = Stack::over(database).catalog(naps.path()).pool(pool).data_switch("--no-share");
    let mut stack = stack.otlp(&watched.otlp()).start()?;
    let client = stack.client()?;
    let request = format!("{{\"seconds\": {seconds}}}");
    let calls = (0..CALLS).map(|_| client.start(NAP, &[], &request)).collect::<Result<Vec<_>>>()?;
    for call in calls {
        assert_eq!(client.wait(call)?.code, Code::Ok);
    }
    end(&mut stack)?;
    let window = watched.window(NAP)?;
    assert_eq!(window["figures"]["requests"], CALLS, "{window}");
    assert_drawn(&watched, &window)?;
    Ok(Some(window["figures"]["overlap"]["factor"].as_f64().context("an overlap")?))
}

/// The page shows the same, where there is a browser.
fn assert_drawn(watched: &Watched, window: &Value) -> Result<()> {
    let Some(browser) = browser::find()? else { return Ok(()) };
    let lanes = window["lanes"].as_array().context("lanes")?;
    let start = |lane: &Value| number(&lane["startNs"]);
    let first = lanes.iter().map(start).min().context("a lane")?;
    let last = lanes.iter().map(|lane| start(lane) + number(&lane["durationNs"])).max().context("a lane")?;
    let millis = |nanos: i64| ZERO_MILLIS + nanos / 1_000_000;
    let (from, to) = (millis(first), millis(last) + 1);
    let url = format!("{}/?from={from}&to={to}&method={NAP}&tab=table", watched.otlp());
    let read = browser.run("rows.mjs", &[&url])?;
    assert_eq!(read["faults"], serde_json::json!([]));
    assert_same_lanes(&read["found"][0]["rows"], window);
    assert_eq!(read["found"][0]["overlap"].as_str(), overlap(window).as_deref());
    Ok(())
}

fn assert_about(overlap: f64, expected: f64) {
    assert!((overlap / expected - 1.0).abs() <= TOLERANCE, "{overlap}, not {expected}");
}

#[test]
fn ten_calls_through_a_pool_of_one_overlap_as_one_after_the_other() -> Result<()> {
    let Some(overlap) = overlap_of_ten(1, 1.0)? else { return Ok(()) };
    assert_about(overlap, 1.0);
    Ok(())
}

#[test]
fn ten_calls_through_a_pool_of_ten_overlap_tenfold() -> Result<()> {
    let Some(overlap) = overlap_of_ten(10, 6.0)? else { return Ok(()) };
    assert_about(overlap, 10.0);
    Ok(())
}
