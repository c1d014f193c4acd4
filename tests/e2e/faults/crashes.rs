//! A server that dies while clients write: what it acknowledged is there when it is back.

use anyhow::Result;
use meanwhile_testbed::postgres::{Cluster, Settings};

use super::ledger::{Load, assert_whole, ledger};
use crate::stack::{Database, Stack};

const POOL: u16 = 4;

#[test]
fn a_server_that_is_killed_under_load_loses_no_acknowledged_write() -> Result<()> {
    // What was answered has to outlive a crash, which the testbed's default gives up for speed.
    let settings = Settings::default().with("synchronous_commit", "on");
    let Some(cluster) = Cluster::start(&settings) else { return Ok(()) };
    let ledger = ledger()?;
    let database = Database::Postgres(cluster.database()?);
    database.migrate(ledger.path())?;
    let stack = Stack::over(database).catalog(ledger.path()).pool(POOL).start()?;
    let books = Load::on(&stack, 6).during(|load| {
        load.wait_for_rounds()?;
        cluster.kill()?;
        load.wait_for_failed_write(|| {})?;
        load.wait_for_failed_read(|| {})?;
        cluster.start_again()?;
        stack.wait_until_served()?;
        load.wait_for_rounds()
    })?;
    books.assert_true_of(&stack)?;
    assert_whole(&stack, POOL)
}
