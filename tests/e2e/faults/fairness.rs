//! A client that floods the data service: the calls of another have their turn.

use anyhow::{Context as _, Result};
use meanwhile_testbed::{eventually, grpcurl::Grpcurl};
use tonic::Code;

use super::ledger::{PUT, hold_all, ledger};
use crate::stack::{BOUND, Database, Stack, Wire, wire::Running};

/// As many as a client sends over one connection.
const FLOOD: u64 = 60;

/// The entry of whoever comes last.
const LATE: u64 = 1_000;

/// Waits until so many calls wait for a connection.
fn wait_for_waiting(grpcurl: &Grpcurl, stack: &Stack, count: u64) -> Result<()> {
    eventually(&format!("{count} calls that wait"), BOUND, || {
        let reply = grpcurl.call(stack.data.probes(), &[], "meanwhile.v1.Waits/ListCalls", "{}").ok()?;
        let reply = reply.message().ok()?;
        let calls = reply["calls"].as_array()?.iter();
        let waiting = calls.filter(|call| call["waits"][0]["kind"] == "pool").count();
        (waiting as u64 == count).then_some(())
    })
}

/// While the one connection is held, one client sends many writes and then another a single one. Gives how many of the
/// many were done before it.
fn done_before_the_other(switch: Option<&str>) -> Result<Option<i64>> {
    let ledger = ledger()?;
    let (Some(grpcurl), Some(database)) = (Grpcurl::find(), Database::postgres_for(ledger.path())?) else {
        return Ok(None);
    };
    let setup = Stack::over(database).catalog(ledger.path()).pool(1);
    let stack = switch.into_iter().fold(setup, |setup, switch| setup.data_switch(switch)).start()?;
    let [holder, flood, late] = [0; 3].map(|_| Wire::to(stack.data(), ledger.path()));
    let (holder, flood, late) = (holder?, flood?, late?);
    let held = hold_all(&stack, &holder, 1)?;
    let put = |client: &Wire, id| client.start(PUT, &[], &format!(r#"{{"id": {id}}}"#));
    let many = (1..=FLOOD).map(|id| put(&flood, id)).collect::<Result<Vec<_>>>()?;
    wait_for_waiting(&grpcurl, &stack, FLOOD)?;
    let one = put(&late, LATE)?;
    wait_for_waiting(&grpcurl, &stack, FLOOD + 1)?;
    held.into_iter().for_each(Running::cancel);
    for (client, call) in many.into_iter().map(|call| (&flood, call)).chain([(&late, one)]) {
        assert_eq!(client.wait(call)?.code, Code::Ok);
    }
    // In a table that nothing was removed from, rows lie as they came.
    let before =
        format!("SELECT count(*) FROM entries WHERE ctid < (SELECT ctid FROM entries WHERE id = {LATE})");
    stack.database.number(&before).map(Some).context("the order of the entries")
}

#[test]
fn a_client_that_floods_does_not_starve_another() -> Result<()> {
    let Some(before) = done_before_the_other(None)? else { return Ok(()) };
    // One that had its turn when the other came, and one whose turn it is.
    assert!(before <= 2, "{before} of {FLOOD} were done before the other's one");
    Ok(())
}

#[test]
fn with_no_fair_calls_are_served_in_order_of_arrival() -> Result<()> {
    let Some(before) = done_before_the_other(Some("--no-fair"))? else { return Ok(()) };
    assert_eq!(before, i64::try_from(FLOOD)?);
    Ok(())
}
