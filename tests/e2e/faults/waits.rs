//! What waits right now: a call that is stuck is seen while it is stuck, on the admin ports and nowhere else.

use anyhow::{Context as _, Result};
use meanwhile_testbed::{eventually, grpcurl::Grpcurl};
use serde_json::Value;
use tonic::Code;

use super::{FOR_EVER, NAP, QUICK, naps, seconds};
use crate::stack::{BOUND, Database, Stack};

const LIST: &str = "meanwhile.v1.Waits/ListCalls";

/// The calls that a service says it has in flight.
fn calls(grpcurl: &Grpcurl, admin: &str) -> Result<Vec<Value>> {
    let reply = grpcurl.call(admin, &[], LIST, "{}")?.message()?;
    Ok(reply["calls"].as_array().cloned().unwrap_or_default())
}

/// What the call of that method waits for, once it waits.
fn wait_of(grpcurl: &Grpcurl, admin: &str, method: &str) -> Result<Value> {
    eventually(&format!("a wait of {method}"), BOUND, || {
        let calls = calls(grpcurl, admin).ok()?;
        let call = calls.iter().find(|call| call["method"] == method)?;
        Some(call["waits"].get(0)?.clone())
    })
}

#[test]
fn a_stuck_call_shows_what_it_waits_for_in_each_service() -> Result<()> {
    let naps = naps()?;
    let (Some(grpcurl), Some(database)) = (Grpcurl::find(), Database::postgres_for(naps.path())?) else {
        return Ok(());
    };
    let stack = Stack::over(database).catalog(naps.path()).pool(1).start()?;
    let client = stack.client()?;
    let nap = client.start(NAP, &[], &seconds(FOR_EVER))?;
    let (data, gateway) = (stack.data.probes().to_owned(), stack.gateway.probes().to_owned());
    let statement = wait_of(&grpcurl, &data, NAP)?;
    assert_eq!(statement["kind"], "database");
    assert_eq!(wait_of(&grpcurl, &gateway, NAP)?["kind"], "upstream");
    let quick = client.start(QUICK, &[], "{}")?;
    assert_eq!(wait_of(&grpcurl, &data, QUICK)?["kind"], "pool");
    let since = statement["startTime"].as_str().context("since when")?;
    assert!(since.ends_with('Z'), "{since}");
    nap.cancel();
    assert_eq!(client.wait(quick)?.code, Code::Ok);
    eventually("nothing in flight", BOUND, || calls(&grpcurl, &data).ok()?.is_empty().then_some(()))?;
    Ok(())
}

#[test]
fn clients_do_not_see_each_others_calls() -> Result<()> {
    let Some(grpcurl) = Grpcurl::find() else { return Ok(()) };
    let stack = Stack::over(Database::sqlite()?).start()?;
    for public in [stack.gateway(), stack.data()] {
        let flags = ["-protoset", "/dev/null"];
        assert_ne!(grpcurl.call(public, &flags, LIST, "{}")?.code(), Some(0));
        assert_ne!(grpcurl.call(public, &[], LIST, "{}")?.code(), Some(0));
    }
    Ok(())
}
