//! A client that floods the data service, or the gateway before it: the calls of another have their turn.

use anyhow::{Context as _, Result};
use meanwhile_testbed::grpcurl::Grpcurl;
use tonic::Code;

use super::{
    ledger::{PUT, hold_all, ledger},
    wait_for_waiting,
};
use crate::stack::{Database, Stack, Wire, wire::Running};

/// As many as a client sends over one connection.
const FLOOD: usize = 60;

/// The entry of whoever comes last.
const LATE: usize = 1_000_000;

/// Where calls come in.
type Door = fn(&Stack) -> &str;

/// While the one connection is held, one client sends so many writes and then another a single one. Gives how many of the
/// many were done before it.
fn done_before_the_other(door: Door, flood_of: usize, switch: Option<&str>) -> Result<Option<i64>> {
    let ledger = ledger()?;
    let (Some(grpcurl), Some(database)) = (Grpcurl::find(), Database::postgres_for(ledger.path())?) else {
        return Ok(None);
    };
    let setup = Stack::over(database).catalog(ledger.path()).pool(1);
    let stack = switch.into_iter().fold(setup, |setup, switch| setup.data_switch(switch)).start()?;
    let [holder, flood, late] = [0; 3].map(|_| Wire::to(door(&stack), ledger.path()));
    let (holder, flood, late) = (holder?, flood?, late?);
    let held = hold_all(&stack, &holder, 1)?;
    let put = |client: &Wire, id| client.start(PUT, &[], &format!(r#"{{"id": {id}}}"#));
    let many = (1..=flood_of).map(|id| put(&flood, id)).collect::<Result<Vec<_>>>()?;
    wait_for_waiting(&grpcurl, &stack, "pool", flood_of)?;
    let one = put(&late, LATE)?;
    wait_for_waiting(&grpcurl, &stack, "pool", flood_of + 1)?;
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
    let Some(before) = done_before_the_other(Stack::data, FLOOD, None)? else { return Ok(()) };
    // One that had its turn when the other came, and one whose turn it is.
    assert!(before <= 2, "{before} of {FLOOD} were done before the other's one");
    Ok(())
}

#[test]
fn a_client_that_floods_the_gateway_does_not_starve_another_behind_it() -> Result<()> {
    let Some(before) = done_before_the_other(Stack::gateway, FLOOD, None)? else { return Ok(()) };
    assert!(before <= 2, "{before} of {FLOOD} were done before the other's one");
    Ok(())
}

/// It opens a connection for each hundred, and each of these has its turn.
#[test]
fn a_client_with_a_thousand_calls_at_the_gateway_has_a_turn_for_each_of_its_connections() -> Result<()> {
    let Some(before) = done_before_the_other(Stack::gateway, 1_000, None)? else { return Ok(()) };
    assert!(before <= 20, "{before} of 1000 were done before the other's one");
    Ok(())
}

#[test]
fn with_no_fair_calls_are_served_in_order_of_arrival() -> Result<()> {
    let Some(before) = done_before_the_other(Stack::data, FLOOD, Some("--no-fair"))? else { return Ok(()) };
    assert_eq!(before, i64::try_from(FLOOD)?);
    Ok(())
}
