//! What others do to the same rows and tables: a deadlock, and a table that changes under load.

use anyhow::Result;
use meanwhile_testbed::eventually;
use tonic::Code;

use super::{
    assert_failed,
    ledger::{Load, MOVE, assert_whole, ledger},
};
use crate::stack::{BOUND, Database, Stack};

const POOL: u16 = 4;

#[test]
fn of_writes_that_deadlock_one_is_aborted_and_what_is_answered_happened_once() -> Result<()> {
    let ledger = ledger()?;
    let Some(database) = Database::postgres_for(ledger.path())? else { return Ok(()) };
    let stack = Stack::over(database).catalog(ledger.path()).pool(POOL).start()?;
    let client = stack.client()?;
    let (mut there, mut back, mut aborted) = (0, 0, 0);
    eventually("a deadlock", BOUND, || {
        let start = |from, to| client.start(MOVE, &[], &format!(r#"{{"from": {from}, "to": {to}}}"#)).ok();
        let moves: Vec<_> = (0..8).map(|_| [start(1, 2), start(2, 1)]).collect();
        for [one, other] in moves {
            for (running, done) in [(one, &mut there), (other, &mut back)] {
                let answer = client.wait(running?).ok()?;
                match answer.code {
                    Code::Ok => *done += 1,
                    _ => {
                        assert_failed(&answer, &[Code::Aborted]);
                        assert_eq!(answer.reason.as_deref(), Some("DEADLOCK"));
                        aborted += 1;
                    }
                }
            }
        }
        (aborted > 0).then_some(())
    })?;
    for (account, balance) in [(1, back - there), (2, there - back)] {
        let sql = format!("SELECT balance FROM accounts WHERE id = {account}");
        assert_eq!(stack.database.number(&sql)?, balance);
    }
    assert_whole(&stack, POOL)
}

#[test]
fn a_table_that_changes_under_load_fails_no_call() -> Result<()> {
    let ledger = ledger()?;
    let Some(database) = Database::postgres_for(ledger.path())? else { return Ok(()) };
    let stack = Stack::over(database).catalog(ledger.path()).pool(POOL).start()?;
    let books = Load::on(&stack, 6).patience("30S").during(|load| {
        for change in
            ["ALTER COLUMN note TYPE varchar(9)", "ADD COLUMN more int", "ALTER COLUMN note TYPE text"]
        {
            load.wait_for_rounds()?;
            stack.database.run(&format!("ALTER TABLE entries {change}"))?;
        }
        load.wait_for_rounds()
    })?;
    books.assert_unbroken();
    books.assert_true_of(&stack)?;
    assert_whole(&stack, POOL)
}
