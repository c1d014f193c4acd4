//! Databases that go away, web services that misbehave, clients that leave.

mod almanac;
mod cancels;
mod clients;
mod conflicts;
mod crashes;
mod data;
mod database;
mod drift;
mod exhaustion;
mod fairness;
mod ledger;
mod locks;
mod network;
mod pooler;
mod restarts;
mod streams;
mod waits;

use anyhow::{Context as _, Result};
use meanwhile_testbed::{eventually, grpcurl::Grpcurl};
use tempfile::TempDir;
use tonic::Code;

use crate::stack::{Answer, BOUND, Stack, Wire, catalog};

/// Longer than a test lasts, in seconds: who waits for that waits in vain.
const FOR_EVER: u32 = 1_000_000;

const NAP: &str = "naps.v1.Naps/Nap";
const NAP_AND_NOTE: &str = "naps.v1.Naps/NapAndNote";
const STREAM: &str = "naps.v1.Naps/Count";
const QUICK: &str = "naps.v1.Naps/Quick";

/// A catalog whose statements take as long as the request says, and one that is quick.
fn naps() -> Result<TempDir> {
    catalog::folder(&[
        ("catalog.toml", "name = \"naps\"\n"),
        ("migrations/0001_notes.sql", "CREATE TABLE notes (seconds double precision NOT NULL);"),
        ("proto/naps/v1/naps.proto", CONTRACT),
        ("sql/naps.v1.Naps/Quick.sql", "SELECT 1 AS done"),
        ("sql/naps.v1.Naps/Nap.postgres.sql", "SELECT 1 AS done FROM pg_sleep(:seconds)"),
        ("sql/naps.v1.Naps/Nap.sqlite.sql", NAP_OF_SQLITE),
        ("sql/naps.v1.Naps/NapAndNote.postgres.sql", NOTE_OF_POSTGRES),
        ("sql/naps.v1.Naps/NapAndNote.sqlite.sql", NOTE_OF_SQLITE),
        ("sql/naps.v1.Naps/Count.sql", COUNT),
    ])
}

const CONTRACT: &str = r#"
syntax = "proto3";
package naps.v1;
service Naps {
  rpc Quick(Request) returns (Reply) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc Nap(Request) returns (Reply) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc NapAndNote(Request) returns (Reply);
  rpc Count(Request) returns (stream Reply) { option idempotency_level = NO_SIDE_EFFECTS; }
}
message Request { double seconds = 1; }
message Reply { int64 done = 1; }
"#;

/// Counts for a second or more for each second asked for.
const NAP_OF_SQLITE: &str = "
WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < :seconds * 10000000)
SELECT count(*) > 0 AS done FROM counted";

const NOTE_OF_POSTGRES: &str = "
INSERT INTO notes (seconds) SELECT :seconds FROM pg_sleep(:seconds) RETURNING 1 AS done";

const NOTE_OF_SQLITE: &str = "
WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < :seconds * 10000000)
INSERT INTO notes (seconds) SELECT count(*) FROM counted RETURNING 1 AS done";

const COUNT: &str = "
WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 1000000000)
SELECT n AS done FROM counted";

/// A request that takes this long.
fn seconds(seconds: u32) -> String {
    format!(r#"{{"seconds": {seconds}}}"#)
}

/// The answer has this code, and a reason.
#[track_caller]
fn assert_failed(answer: &Answer, codes: &[Code]) {
    assert!(codes.contains(&answer.code), "{answer:?}");
    assert!(answer.reason.is_some(), "{answer:?}");
}

/// Waits until so many calls of the data service wait for what is of this kind.
fn wait_for_waiting(grpcurl: &Grpcurl, stack: &Stack, kind: &str, count: usize) -> Result<()> {
    let all = r#"{"pageSize": 10000}"#;
    eventually(&format!("{count} calls that wait for {kind}"), BOUND, || {
        let reply = grpcurl.call(stack.data.probes(), &[], "meanwhile.v1.Waits/ListCalls", all).ok()?;
        let reply = reply.message().ok()?;
        let calls = reply["calls"].as_array().map_or(&[][..], Vec::as_slice).iter();
        (calls.filter(|call| call["waits"][0]["kind"] == kind).count() == count).then_some(())
    })
}

/// Waits until `method` answers OK.
fn wait_until_answered(client: &Wire, method: &str, json: &str) -> Result<()> {
    let mut last = None;
    let answered = eventually(&format!("{method} is answered"), BOUND, || {
        last = Some(client.call(method, json));
        matches!(&last, Some(Ok(answer)) if answer.code == Code::Ok).then_some(())
    });
    answered.with_context(|| format!("the last answer: {last:?}"))
}
