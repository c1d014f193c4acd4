//! Locks that somebody holds: who waits for one says so while it waits, and behind whom.

use anyhow::{Context as _, Result};
use meanwhile_testbed::{eventually, grpcurl::Grpcurl};
use serde_json::Value;
use tempfile::TempDir;
use tonic::Code;

use super::FOR_EVER;
use crate::stack::{BOUND, Database, Stack, catalog};

const COUNT: &str = "counters.v1.Counters/Count";

const CONTRACT: &str = r#"
syntax = "proto3";
package counters.v1;
service Counters { rpc Count(Request) returns (Reply); }
message Request { int64 id = 1; double seconds = 2; }
message Reply { Counter counter = 1; Nap nap = 2; }
message Counter { int64 n = 1; }
message Nap { bool done = 1; }
"#;

/// A transaction that changes a row, and keeps it for as long as the request says.
fn counters() -> Result<TempDir> {
    catalog::folder(&[
        ("catalog.toml", "name = \"counters\"\n"),
        (
            "migrations/0001_counters.sql",
            "CREATE TABLE counters (id bigint PRIMARY KEY, n bigint NOT NULL); INSERT INTO counters VALUES (1, 0);",
        ),
        ("proto/counters/v1/counters.proto", CONTRACT),
        (
            "sql/counters.v1.Counters/Count/counter.sql",
            "UPDATE counters SET n = n + 1 WHERE id = :id RETURNING n",
        ),
        ("sql/counters.v1.Counters/Count/nap.sql", "SELECT true AS done FROM pg_sleep(:seconds)"),
    ])
}

fn request(seconds: u32) -> String {
    format!(r#"{{"id": 1, "seconds": {seconds}}}"#)
}

/// The waits for a lock of the calls that are in flight.
fn locks(grpcurl: &Grpcurl, stack: &Stack) -> Result<Vec<Value>> {
    let reply = grpcurl.call(stack.data.probes(), &[], "meanwhile.v1.Waits/ListCalls", "{}")?.message()?;
    let calls = reply["calls"].as_array().cloned().unwrap_or_default();
    let waits = calls.iter().flat_map(|call| call["waits"].as_array().cloned().unwrap_or_default());
    Ok(waits.filter(|wait| wait["kind"] == "lock").collect())
}

#[test]
fn who_waits_for_a_row_is_behind_the_call_that_holds_it() -> Result<()> {
    let counters = counters()?;
    let (Some(grpcurl), Some(database)) = (Grpcurl::find(), Database::postgres_for(counters.path())?) else {
        return Ok(());
    };
    let stack = Stack::over(database).catalog(counters.path()).start()?;
    let client = stack.client()?;
    let holds = client.start(COUNT, &[], &request(FOR_EVER))?;
    eventually("the row is held", BOUND, || {
        let sleeping = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
        (stack.database.number(sleeping).ok()? == 1).then_some(())
    })?;
    let waiting = (0..3).map(|_| client.start(COUNT, &[], &request(0))).collect::<Result<Vec<_>>>()?;
    let mut seen = Vec::new();
    let locks = eventually("three waits for a lock", BOUND, || {
        seen = locks(&grpcurl, &stack).ok()?;
        (seen.len() == 3).then(|| seen.clone())
    });
    let locks =
        locks.with_context(|| format!("{seen:?}, the services saying\n{}", stack.logs().join("\n")))?;
    assert!(locks.iter().all(|lock| lock["blocker"]["method"] == COUNT), "{locks:?}");
    holds.cancel();
    for call in waiting {
        assert_eq!(client.wait(call)?.code, Code::Ok);
    }
    Ok(())
}

#[test]
fn a_lock_that_somebody_else_holds_is_told_too() -> Result<()> {
    let counters = counters()?;
    let (Some(grpcurl), Some(database)) = (Grpcurl::find(), Database::postgres_for(counters.path())?) else {
        return Ok(());
    };
    let stack = Stack::over(database).catalog(counters.path()).start()?;
    let client = stack.client()?;
    std::thread::scope(|scope| {
        // Ends with an error: its session is ended below.
        let lock = "BEGIN; LOCK TABLE counters IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(600); COMMIT";
        scope.spawn(|| stack.database.run(lock));
        let held = "pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
        eventually("the table is locked", BOUND, || {
            (stack.database.number(&format!("SELECT count(*) FROM {held}")).ok()? == 1).then_some(())
        })?;
        let count = client.start(COUNT, &[], &request(0))?;
        let waits = eventually("a wait for a lock", BOUND, || {
            locks(&grpcurl, &stack).ok().filter(|locks| locks.len() == 1)
        });
        stack.database.run(&format!("SELECT pg_terminate_backend(pid) FROM {held}"))?;
        assert!(waits?[0].get("blocker").is_none(), "no request of ours holds it");
        assert_eq!(client.wait(count)?.code, Code::Ok);
        Ok(())
    })
}
