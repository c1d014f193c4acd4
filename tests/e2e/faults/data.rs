//! A data service that goes and comes back, as the gateway's clients see it.

use anyhow::Result;
use meanwhile_testbed::process::Signal;
use tonic::Code;

use super::{FOR_EVER, NAP, NAP_AND_NOTE, QUICK, assert_failed, naps, seconds};
use crate::stack::{Database, Stack};

#[test]
fn a_data_service_that_dies_and_comes_back_is_served_again() -> Result<()> {
    let naps = naps()?;
    let mut stack = Stack::over(Database::sqlite_for(naps.path())?).catalog(naps.path()).start()?;
    let client = stack.client()?;
    for signal in [Signal::KILL, Signal::TERM] {
        stack.data.end(signal)?;
        for method in [QUICK, NAP_AND_NOTE] {
            let answer = client.call(method, "{}")?;
            assert_failed(&answer, &[Code::Unavailable]);
            assert_eq!(answer.reason.as_deref(), Some("UPSTREAM_UNAVAILABLE"));
            assert!(!answer.message.contains("127.0.0.1"), "{}", answer.message);
        }
        stack.wait_until_not_served()?;
        assert!(stack.serves("")?, "the gateway itself is ready: its readiness does not hang on others");
        stack.data.start_again()?;
        stack.wait_until_served()?;
        assert_eq!(client.call(QUICK, "{}")?.code, Code::Ok);
    }
    Ok(())
}

#[test]
fn a_read_under_way_when_the_data_service_dies_is_unavailable_and_a_write_unknown() -> Result<()> {
    let naps = naps()?;
    let Some(database) = Database::postgres_for(naps.path())? else { return Ok(()) };
    let mut stack = Stack::over(database).catalog(naps.path()).start()?;
    let client = stack.client()?;
    let read = client.start(NAP, &[], &seconds(FOR_EVER))?;
    let write = client.start(NAP_AND_NOTE, &[], &seconds(FOR_EVER))?;
    let running = "SELECT count(*) FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event = 'PgSleep'";
    meanwhile_testbed::eventually("both statements", crate::stack::BOUND, || {
        stack.database.number(running).is_ok_and(|count| count == 2).then_some(())
    })?;
    stack.data.end(Signal::KILL)?;
    let (read, write) = (client.wait(read)?, client.wait(write)?);
    assert_eq!((read.code, read.reason.as_deref()), (Code::Unavailable, Some("UPSTREAM_UNAVAILABLE")));
    assert_eq!((write.code, write.reason.as_deref()), (Code::Unknown, Some("WRITE_OUTCOME_UNKNOWN")));
    Ok(())
}

#[test]
fn a_stop_lets_running_calls_finish() -> Result<()> {
    let naps = naps()?;
    let Some(database) = Database::postgres_for(naps.path())? else { return Ok(()) };
    let mut stack = Stack::over(database).catalog(naps.path()).start()?;
    let client = stack.client()?;
    let write = client.start(NAP_AND_NOTE, &[], &seconds(2))?;
    let running = "SELECT count(*) FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event = 'PgSleep'";
    meanwhile_testbed::eventually("the statement", crate::stack::BOUND, || {
        stack.database.number(running).is_ok_and(|count| count == 1).then_some(())
    })?;
    assert!(stack.data.end(Signal::TERM)?.success());
    assert_eq!(client.wait(write)?.code, Code::Ok);
    assert_eq!(stack.database.count("notes")?, 1);
    Ok(())
}

#[test]
fn a_gateway_without_a_data_service_starts_and_waits_for_it() -> Result<()> {
    let naps = naps()?;
    let mut stack = Stack::over(Database::sqlite_for(naps.path())?).catalog(naps.path()).start()?;
    stack.data.end(Signal::KILL)?;
    stack.gateway.end(Signal::KILL)?;
    stack.gateway.start_again()?;
    let client = stack.client()?;
    assert_failed(&client.call(QUICK, "{}")?, &[Code::Unavailable]);
    stack.data.start_again()?;
    stack.wait_until_served()?;
    assert_eq!(client.call(QUICK, "{}")?.code, Code::Ok);
    Ok(())
}
