//! Services that are killed while clients write, and started again: what was acknowledged is there, once, and whoever was
//! told that something failed was told the truth.

use anyhow::Result;
use meanwhile_testbed::{eventually, postgres, process::Signal};
use sqlx::{Connection as _, PgConnection};
use tokio::runtime::Runtime;
use tonic::Code;

use super::ledger::{Load, assert_whole, ledger};
use crate::stack::{BOUND, Database, Stack};

const POOL: u16 = 4;

const CLIENTS: usize = 6;

#[test]
fn a_data_service_that_is_killed_under_load_loses_no_acknowledged_write() -> Result<()> {
    let ledger = ledger()?;
    for database in Database::both_for(ledger.path())? {
        let mut stack = Stack::over(database).catalog(ledger.path()).pool(POOL).start()?;
        let books = Load::on(&stack, CLIENTS).during(|load| {
            for _ in 0..3 {
                load.wait_for_rounds()?;
                stack.data.end(Signal::KILL)?;
                load.wait_for_failed_read(|| {})?;
                stack.data.start_again()?;
                stack.wait_until_served()?;
            }
            load.wait_for_rounds()
        })?;
        books.assert_told_honestly();
        books.assert_true_of(&stack)?;
        if matches!(stack.database, Database::Postgres(_)) {
            assert_whole(&stack, POOL)?;
        }
    }
    Ok(())
}

/// A session that lets nobody write entries, until it is dropped.
struct Lock {
    _session: PgConnection,
    _runtime: Runtime,
}

impl Lock {
    fn on_entries(database: &postgres::Database) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let session = runtime.block_on(async {
            let mut session = PgConnection::connect(&database.url()).await?;
            sqlx::raw_sql("BEGIN; LOCK TABLE entries IN SHARE MODE").execute(&mut session).await?;
            anyhow::Ok(session)
        })?;
        Ok(Self { _session: session, _runtime: runtime })
    }
}

/// Every write is under way when the data service dies, and may still happen afterwards.
#[test]
fn writes_that_were_under_way_when_the_data_service_was_killed_are_unknown_and_happen_once_at_most()
-> Result<()> {
    let ledger = ledger()?;
    let Some(database) = Database::postgres_for(ledger.path())? else { return Ok(()) };
    let mut stack = Stack::over(database).catalog(ledger.path()).pool(POOL).start()?;
    let books = Load::on(&stack, CLIENTS).during(|load| {
        load.wait_for_rounds()?;
        let Database::Postgres(server) = &stack.database else { return Ok(()) };
        let lock = Lock::on_entries(server)?;
        eventually("a pool whose connections all wait for the lock", BOUND, || {
            let waiting = "SELECT count(*) FROM pg_stat_activity
                           WHERE datname = current_database() AND wait_event_type = 'Lock'";
            (stack.database.number(waiting).ok()? == i64::from(POOL)).then_some(())
        })?;
        stack.data.end(Signal::KILL)?;
        load.wait_for_failed_write(|| {})?;
        // The server runs now what nobody waits for any more.
        drop(lock);
        stack.data.start_again()?;
        stack.wait_until_served()?;
        load.wait_for_rounds()
    })?;
    books.assert_told_honestly();
    let unknown = books.failed_writes.iter().filter(|answer| answer.code == Code::Unknown).count();
    assert!(unknown >= usize::from(POOL), "{:?}", books.failed_writes);
    books.assert_true_of(&stack)?;
    assert_whole(&stack, POOL)
}

#[test]
fn a_gateway_that_is_killed_under_load_loses_no_acknowledged_write_and_leaves_nothing_running() -> Result<()>
{
    let ledger = ledger()?;
    for database in Database::both_for(ledger.path())? {
        let mut stack = Stack::over(database).catalog(ledger.path()).pool(POOL).start()?;
        let books = Load::on(&stack, CLIENTS).gateway_may_end().during(|load| {
            for _ in 0..3 {
                load.wait_for_rounds()?;
                stack.gateway.end(Signal::KILL)?;
                load.wait_for_failed_read(|| {})?;
                stack.gateway.start_again()?;
                stack.wait_until_served()?;
            }
            load.wait_for_rounds()
        })?;
        books.assert_true_of(&stack)?;
        if matches!(stack.database, Database::Postgres(_)) {
            assert_whole(&stack, POOL)?;
        }
    }
    Ok(())
}
