//! Waits for a database: for a connection, for a row that somebody has locked, for a statement.

use anyhow::Result;
use meanwhile_testbed::eventually;
use tempfile::TempDir;
use tonic::Code;

use super::{LONG, Watched, end};
use crate::stack::{BOUND, Database, Stack, catalog};

const HOLD: &str = "counters.v1.Counters/Hold";
const COUNT: &str = "counters.v1.Counters/Count";
const NAP: &str = "counters.v1.Counters/Nap";
const QUICK: &str = "counters.v1.Counters/Quick";

const WAITERS: usize = 10;

const CONTRACT: &str = r#"
syntax = "proto3";
package counters.v1;
service Counters {
  rpc Hold(Request) returns (Held);
  rpc Count(Request) returns (Counter);
  rpc Nap(Request) returns (Counter) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc Quick(Request) returns (Counter) { option idempotency_level = NO_SIDE_EFFECTS; }
}
message Request { double seconds = 1; }
message Held { Counter counter = 1; Counter nap = 2; }
message Counter { int64 n = 1; }
"#;

const COUNT_ONE: &str = "UPDATE counters SET n = n + 1 WHERE id = 1 RETURNING n";

/// Hold is a transaction that counts, and keeps the row for as long as the request says.
fn counters() -> Result<TempDir> {
    catalog::folder(&[
        ("catalog.toml", "name = \"counters\"\n"),
        (
            "migrations/0001_counters.sql",
            "CREATE TABLE counters (id bigint PRIMARY KEY, n bigint NOT NULL); INSERT INTO counters VALUES (1, 0);",
        ),
        ("proto/counters/v1/counters.proto", CONTRACT),
        ("sql/counters.v1.Counters/Hold/counter.sql", COUNT_ONE),
        ("sql/counters.v1.Counters/Hold/nap.sql", "SELECT 1 AS n FROM pg_sleep(:seconds)"),
        ("sql/counters.v1.Counters/Count.sql", COUNT_ONE),
        ("sql/counters.v1.Counters/Nap.sql", "SELECT 1 AS n FROM pg_sleep(:seconds)"),
        ("sql/counters.v1.Counters/Quick.sql", "SELECT n FROM counters WHERE id = 1"),
    ])
}

/// While `holder` sleeps in the database, so many calls of `waiter` are sent; all are answered.
fn wait_behind(watched: &Watched, pool: u16, holder: &str, waiter: &str, many: usize) -> Result<bool> {
    let counters = counters()?;
    let Some(database) = Database::postgres_for(counters.path())? else { return Ok(false) };
    let stack = Stack::over(database).catalog(counters.path()).pool(pool).data_switch("--no-share");
    let mut stack = stack.otlp(&watched.otlp()).start()?;
    let client = stack.client()?;
    let held = client.start(holder, &[], &format!(r#"{{"seconds": {}}}"#, LONG.as_secs()))?;
    eventually("the holder sleeps", BOUND, || {
        let sleeping = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
        (stack.database.number(sleeping).ok()? == 1).then_some(())
    })?;
    let waiting = (0..many).map(|_| client.start(waiter, &[], "{}")).collect::<Result<Vec<_>>>()?;
    for call in [held].into_iter().chain(waiting) {
        assert_eq!(client.wait(call)?.code, Code::Ok);
    }
    end(&mut stack)?;
    Ok(true)
}

#[test]
fn a_wait_for_a_connection_is_the_pools_and_behind_whoever_has_it() -> Result<()> {
    let Some(watched) = Watched::start()? else { return Ok(()) };
    if !wait_behind(&watched, 1, NAP, QUICK, 1)? {
        return Ok(());
    }
    let (holder, waiter) = (watched.lane(NAP)?, watched.lane(QUICK)?);
    holder.assert_spent("database", LONG);
    waiter.assert_spent("pool", waiter.until_end_of(&holder));
    waiter.assert_behind("pool", NAP);
    Ok(())
}

#[test]
fn ten_that_wait_for_one_row_wait_for_a_lock_and_all_behind_whoever_holds_it() -> Result<()> {
    let Some(watched) = Watched::start()? else { return Ok(()) };
    if !wait_behind(&watched, 12, HOLD, COUNT, WAITERS)? {
        return Ok(());
    }
    let (holder, waiters) = (watched.lane(HOLD)?, watched.lanes(COUNT)?);
    assert_eq!(waiters.len(), WAITERS);
    for waiter in waiters {
        waiter.assert_spent("lock", waiter.until_end_of(&holder));
        waiter.assert_behind("lock", HOLD);
    }
    Ok(())
}
