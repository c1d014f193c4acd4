//! Thousands of calls that are cancelled or run out of time, at whatever moment: each connection outlives them all.

use anyhow::Result;
use meanwhile_testbed::eventually;
use tonic::Code;

use super::{
    FOR_EVER,
    ledger::{HOLD, assert_whole, hold_all, ledger, sleepers},
};
use crate::stack::{BOUND, Database, Stack, Wire, wire::Running};

const POOL: u16 = 25;

const ROUNDS: u64 = 200;

/// More than there are connections: those that wait leave too.
const CALLS_A_ROUND: u64 = 50;

/// Which sessions the data service has: a process id is used again, with its start it is not.
fn sessions(stack: &Stack) -> Result<String> {
    let Database::Postgres(database) = &stack.database else { return Ok(String::new()) };
    database.run(
        "SELECT application_name, pid, backend_start FROM pg_stat_activity
         WHERE datname = current_database() AND application_name LIKE 'meanwhile-data%' ORDER BY 1, 2",
    )
}

/// A call that runs out of time after 20 to 69 ms, or one that has long.
fn start(client: &Wire, call: u64, has_long: bool) -> Result<Running> {
    let timeout = if has_long { "60S".to_owned() } else { format!("{}m", 20 + call % 50) };
    let request = format!(r#"{{"id": {call}, "seconds": {FOR_EVER}}}"#);
    client.start(HOLD, &[("grpc-timeout", &timeout)], &request)
}

fn wait_until_idle(stack: &Stack) -> Result<()> {
    eventually("nothing runs any more", BOUND, || (sleepers(stack).ok()? == 0).then_some(()))
}

#[test]
fn ten_thousand_calls_that_leave_open_no_new_connection() -> Result<()> {
    let ledger = ledger()?;
    let Some(database) = Database::postgres_for(ledger.path())? else { return Ok(()) };
    let stack = Stack::over(database).catalog(ledger.path()).pool(POOL).start()?;
    let client = Wire::to(stack.data(), ledger.path())?;
    hold_all(&stack, &client, POOL)?.into_iter().for_each(Running::cancel);
    wait_until_idle(&stack)?;
    let before = sessions(&stack)?;
    assert_eq!(
        before.lines().count(),
        usize::from(POOL) + 1,
        "the pool's, and the one for cancels: {before}"
    );
    for round in 0..ROUNDS {
        let first = round * CALLS_A_ROUND;
        let calls = |has_long| {
            let calls = (first..first + CALLS_A_ROUND).filter(|call| call.is_multiple_of(2) == has_long);
            calls.map(|call| start(&client, call, has_long)).collect::<Result<Vec<_>>>()
        };
        let (short, long) = (calls(false)?, calls(true)?);
        for call in short {
            assert_eq!(client.wait(call)?.code, Code::DeadlineExceeded);
        }
        // By now these have the connections, or wait for one.
        long.into_iter().for_each(Running::cancel);
    }
    wait_until_idle(&stack)?;
    assert_eq!(sessions(&stack)?, before);
    assert_whole(&stack, POOL)
}
