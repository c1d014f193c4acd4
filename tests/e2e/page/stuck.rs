//! A call that is stuck is on the page while it is stuck, and so is whoever waits behind it.

use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, Result, ensure};
use meanwhile_testbed::{eventually, grpcurl::Grpcurl};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::browser::{self, BOUND};
use crate::stack::{
    Database, Wire, catalog, meanwhile,
    up::{ADDRESSES, Up},
};

const NAP: &str = "naps.v1.Naps/Nap";
const QUICK: &str = "naps.v1.Naps/Quick";

const CONTRACT: &str = r#"
syntax = "proto3";
package naps.v1;
service Naps {
  rpc Nap(Request) returns (Reply);
  rpc Quick(Request) returns (Reply);
}
message Request {}
message Reply { int64 done = 1; }
"#;

/// A statement that does not end, and one that would.
fn naps() -> Result<TempDir> {
    catalog::folder(&[
        ("catalog.toml", "name = \"naps\"\n"),
        ("proto/naps/v1/naps.proto", CONTRACT),
        ("sql/naps.v1.Naps/Nap.sql", "SELECT 1 AS done FROM pg_sleep(1000000)"),
        ("sql/naps.v1.Naps/Quick.sql", "SELECT 1 AS done"),
    ])
}

/// Calls as long as `over` is not set: a call that ran out of time is made again.
fn call_on(client: &Wire, method: &str, over: &AtomicBool) {
    while !over.load(Ordering::SeqCst) {
        // What becomes of it is of no interest.
        let _ = client.call(method, "{}");
    }
}

/// The lane of a method, where that still runs and spends time on that.
fn lane<'a>(told: &'a Value, method: &str, kind: &str) -> Option<&'a Value> {
    let mut lanes = told["lanes"].as_array()?.iter();
    let lane = lanes.find(|lane| lane["method"] == method && lane["running"] == true)?;
    lane["segments"].as_array()?.iter().find(|segment| segment["kind"] == kind)
}

#[test]
fn what_is_stuck_is_seen_while_it_is_stuck_with_what_waits_behind_it() -> Result<()> {
    let naps = naps()?;
    let (Some(browser), Some(grpcurl)) = (browser::find()?, Grpcurl::find()) else { return Ok(()) };
    let Some(database) = Database::postgres_for(naps.path())? else { return Ok(()) };
    let mut command = meanwhile(&["up", "--pool", "1", "--catalog"]);
    command.arg(naps.path()).args(ADDRESSES.iter().flat_map(|flag| [*flag, "127.0.0.1:0"]));
    database.name_to(&mut command);
    let up = Up::start(command)?;
    let (page, over) = (up.address("page")?, AtomicBool::new(false));
    let (nap, quick) = (Wire::to(&up.gateway, naps.path())?, Wire::to(&up.gateway, naps.path())?);
    let seen = std::thread::scope(|scope| {
        scope.spawn(|| call_on(&nap, NAP, &over));
        let stuck = eventually("a call that is stuck", BOUND, || {
            let told = told(&grpcurl, &page).ok()?;
            lane(&told, NAP, "database").cloned()
        });
        scope.spawn(|| call_on(&quick, QUICK, &over));
        let behind = eventually("a call behind it", BOUND, || {
            let told = told(&grpcurl, &page).ok()?;
            lane(&told, QUICK, "pool").cloned()
        });
        let rows =
            browser.run("stuck.mjs", &[&format!("http://{page}/?tab=table"), "Nap:database", "Quick:pool"]);
        // Whoever waits for a reply gets an end with the services.
        over.store(true, Ordering::SeqCst);
        drop(up);
        stuck.and(behind).and(rows)
    })?;
    ensure!(seen["faults"] == json!([]), "{seen}");
    Ok(())
}

fn told(grpcurl: &Grpcurl, page: &str) -> Result<Value> {
    let reply = grpcurl.call(page, &[], "meanwhile.v1.Timeline/GetWindow", r#"{"running": true}"#)?;
    reply.message().context("a window")
}
