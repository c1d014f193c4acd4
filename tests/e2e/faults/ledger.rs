//! What has to hold whatever breaks: clients write entries and read them back all the while, and note what they were told.
//! Afterwards every entry that was acknowledged is there, once; none that was refused is; no reply was somebody else's; and
//! the pool has as many connections as the server counts, each of which serves.

mod books;
mod load;

use anyhow::{Result, ensure};
use meanwhile_testbed::eventually;
use tempfile::TempDir;
use tonic::Code;

use super::FOR_EVER;
use crate::stack::{BOUND, Stack, Wire, catalog, wire::Running};
pub use load::Load;

pub const PUT: &str = "ledger.v1.Ledger/Put";
pub const GET: &str = "ledger.v1.Ledger/Get";
pub const HOLD: &str = "ledger.v1.Ledger/Hold";
pub const MOVE: &str = "ledger.v1.Ledger/Move";

const CONTRACT: &str = r#"
syntax = "proto3";
package ledger.v1;
service Ledger {
  rpc Put(Entry) returns (Entry);
  rpc Get(GetRequest) returns (Entry) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc Hold(HoldRequest) returns (Held) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc Move(MoveRequest) returns (Moved);
}
message Entry { int64 id = 1; string note = 2; }
message GetRequest { int64 id = 1; }
message HoldRequest { int64 id = 1; double seconds = 2; }
message Held { int64 id = 1; }
message MoveRequest { int64 from = 1; int64 to = 2; }
message Moved { Balance from = 1; Balance to = 2; }
message Balance { int64 balance = 1; }
"#;

const MIGRATION: &str = "
CREATE TABLE entries (id bigint NOT NULL, note text NOT NULL);
CREATE INDEX entries_by_id ON entries (id);
CREATE TABLE accounts (id bigint PRIMARY KEY, balance bigint NOT NULL);
INSERT INTO accounts VALUES (1, 0), (2, 0);
";

/// No key keeps an entry from being there twice.
pub fn ledger() -> Result<TempDir> {
    catalog::folder(&[
        ("catalog.toml", "name = \"ledger\"\n"),
        ("migrations/0001_ledger.sql", MIGRATION),
        ("proto/ledger/v1/ledger.proto", CONTRACT),
        (
            "sql/ledger.v1.Ledger/Put.sql",
            "INSERT INTO entries (id, note) VALUES (:id, :note) RETURNING id, note",
        ),
        ("sql/ledger.v1.Ledger/Get.sql", "SELECT id, note FROM entries WHERE id = :id"),
        (
            "sql/ledger.v1.Ledger/Hold.postgres.sql",
            "SELECT CAST(:id AS bigint) AS id FROM pg_sleep(:seconds)",
        ),
        ("sql/ledger.v1.Ledger/Hold.sqlite.sql", "SELECT :id AS id WHERE :seconds >= 0"),
        (
            "sql/ledger.v1.Ledger/Move/from.sql",
            "UPDATE accounts SET balance = balance - 1 WHERE id = :from RETURNING balance",
        ),
        (
            "sql/ledger.v1.Ledger/Move/to.sql",
            "UPDATE accounts SET balance = balance + 1 WHERE id = :to RETURNING balance",
        ),
    ])
}

/// The sessions of the pool, as the server counts them.
pub fn sessions(stack: &Stack) -> Result<i64> {
    stack.database.number(
        "SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = 'meanwhile-data'",
    )
}

/// How many statements sleep in this test's database.
pub fn sleepers(stack: &Stack) -> Result<i64> {
    stack.database.number(
        "SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND state = 'active' AND wait_event = 'PgSleep'",
    )
}

/// Takes every connection of the pool.
pub fn hold_all(stack: &Stack, client: &Wire, pool: u16) -> Result<Vec<Running>> {
    let hold = |id| client.start(HOLD, &[], &format!(r#"{{"id": {id}, "seconds": {FOR_EVER}}}"#));
    let held = (1..=pool).map(hold).collect::<Result<Vec<_>>>()?;
    eventually("every connection is held", BOUND, || {
        (sleepers(stack).ok()? == i64::from(pool)).then_some(())
    })?;
    Ok(held)
}

/// Each connection of the pool serves at the same time as all others, and the server knows no other.
pub fn assert_whole(stack: &Stack, pool: u16) -> Result<()> {
    let client = stack.client()?;
    let held = hold_all(stack, &client, pool)?;
    let count = sessions(stack)?;
    ensure!(count == i64::from(pool), "{count} sessions for a pool of {pool}");
    held.into_iter().for_each(Running::cancel);
    eventually("nothing is held", BOUND, || (sleepers(stack).ok()? == 0).then_some(()))?;
    let answer = client.call(GET, r#"{"id": 0}"#)?;
    ensure!(answer.code == Code::NotFound, "{answer:?}");
    Ok(())
}
