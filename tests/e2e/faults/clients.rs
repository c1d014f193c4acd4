//! Clients that leave or run out of time: what ran for them ends, and their connection serves on.

use anyhow::{Context as _, Result};
use meanwhile_testbed::{
    eventually,
    jaeger::{Jaeger, Span},
};
use tonic::Code;

use super::{FOR_EVER, NAP, NAP_AND_NOTE, QUICK, STREAM, assert_failed, naps, seconds, wait_until_answered};
use crate::stack::{BOUND, Database, Stack, Wire};

/// Long enough that the call has reached the database, on any machine; short enough to wait for.
const SHORT: (&str, &str) = ("grpc-timeout", "500m");

/// How many statements that sleep are running in this test's database.
fn sleepers(stack: &Stack) -> Result<i64> {
    stack.database.number(
        "SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND state = 'active' AND query LIKE '%pg_sleep(%' AND pid <> pg_backend_pid()",
    )
}

fn wait_for_sleepers(stack: &Stack, count: i64) -> Result<()> {
    eventually(&format!("{count} sleeping statements"), BOUND, || {
        sleepers(stack).is_ok_and(|found| found == count).then_some(())
    })
}

/// Waits until the one connection is taken: a quick call does not get it.
fn wait_until_busy(client: &Wire) -> Result<()> {
    eventually("a busy connection", BOUND, || {
        let answer = client.call_with(QUICK, &[SHORT], "{}").ok()?;
        (answer.code == Code::DeadlineExceeded).then_some(())
    })
}

#[test]
fn a_cancelled_call_ends_its_statement_and_its_connection_serves_on() -> Result<()> {
    let naps = naps()?;
    let Some(database) = Database::postgres_for(naps.path())? else { return Ok(()) };
    let stack = Stack::over(database).catalog(naps.path()).pool(1).start()?;
    let client = stack.client()?;
    for method in [NAP, NAP_AND_NOTE] {
        let call = client.start(method, &[], &seconds(FOR_EVER))?;
        wait_for_sleepers(&stack, 1)?;
        call.cancel();
        wait_for_sleepers(&stack, 0)?;
        assert_eq!(client.call(QUICK, "{}")?.code, Code::Ok);
    }
    assert_eq!(stack.database.count("notes")?, 0);
    Ok(())
}

#[test]
fn a_cancelled_calls_spans_say_so_in_every_service() -> Result<()> {
    let naps = naps()?;
    let Some(database) = Database::postgres_for(naps.path())? else { return Ok(()) };
    let Some(jaeger) = Jaeger::shared() else { return Ok(()) };
    let stack = Stack::over(database).catalog(naps.path()).otlp(&jaeger.otlp_url()).start()?;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let parent = format!("00-{trace}-00f067aa0ba902b7-01");
    let client = stack.client()?;
    let call = client.start(NAP, &[("traceparent", &parent)], &seconds(FOR_EVER))?;
    wait_for_sleepers(&stack, 1)?;
    call.cancel();
    for service in ["meanwhile-gateway", "meanwhile-data"] {
        let code = eventually("the request's span", BOUND, || {
            let trace = jaeger.trace(trace).ok()??;
            let server =
                |span: &&Span| span.service == service && span.tag("span.kind").as_deref() == Some("server");
            trace.spans.iter().find(server).map(|span| span.tag("rpc.response.status_code"))
        })?;
        assert_eq!(code.as_deref(), Some("CANCELLED"), "{service}");
    }
    Ok(())
}

#[test]
fn a_deadline_ends_the_statement_and_its_connection_serves_on() -> Result<()> {
    let naps = naps()?;
    let Some(database) = Database::postgres_for(naps.path())? else { return Ok(()) };
    let stack = Stack::over(database).catalog(naps.path()).pool(1).start()?;
    let client = stack.client()?;
    for method in [NAP, NAP_AND_NOTE] {
        let answer = client.call_with(method, &[SHORT], &seconds(FOR_EVER))?;
        assert_failed(&answer, &[Code::DeadlineExceeded]);
        wait_for_sleepers(&stack, 0)?;
        assert_eq!(client.call(QUICK, "{}")?.code, Code::Ok);
    }
    assert_eq!(stack.database.count("notes")?, 0);
    Ok(())
}

#[test]
fn many_cancelled_calls_lose_no_connection() -> Result<()> {
    let naps = naps()?;
    let Some(database) = Database::postgres_for(naps.path())? else { return Ok(()) };
    let stack = Stack::over(database).catalog(naps.path()).pool(4).data_switch("--no-share").start()?;
    let client = stack.client()?;
    for _ in 0..20 {
        let calls = (0..4).map(|_| client.start(NAP, &[], &seconds(FOR_EVER)));
        let calls = calls.collect::<Result<Vec<_>>>()?;
        wait_for_sleepers(&stack, 4)?;
        calls.into_iter().for_each(crate::stack::wire::Running::cancel);
        wait_for_sleepers(&stack, 0)?;
    }
    // All four serve: none of these waits for another.
    let calls = (0..4).map(|_| client.start(NAP, &[], &seconds(FOR_EVER))).collect::<Result<Vec<_>>>()?;
    wait_for_sleepers(&stack, 4)?;
    drop(calls);
    Ok(())
}

#[test]
fn a_long_statement_of_sqlite_ends_at_its_deadline_and_its_connection_serves_on() -> Result<()> {
    let naps = naps()?;
    let stack = Stack::over(Database::sqlite_for(naps.path())?).catalog(naps.path()).pool(1).start()?;
    let client = stack.client()?;
    for method in [NAP, NAP_AND_NOTE] {
        let answer = client.call_with(method, &[SHORT], &seconds(FOR_EVER))?;
        assert_failed(&answer, &[Code::DeadlineExceeded]);
        assert_eq!(client.call(QUICK, "{}")?.code, Code::Ok);
        assert_eq!(client.call(NAP_AND_NOTE, "{}")?.code, Code::Ok);
    }
    assert_eq!(stack.database.count("notes")?, 2);
    Ok(())
}

#[test]
fn a_cancelled_statement_of_sqlite_ends_and_its_connection_serves_on() -> Result<()> {
    let naps = naps()?;
    let stack = Stack::over(Database::sqlite_for(naps.path())?).catalog(naps.path()).pool(1).start()?;
    let client = stack.client()?;
    let call = client.start(NAP, &[], &seconds(FOR_EVER))?;
    wait_until_busy(&client)?;
    call.cancel();
    wait_until_answered(&client, QUICK, "{}")
}

#[test]
fn a_stream_whose_reader_leaves_gives_its_connection_back() -> Result<()> {
    let naps = naps()?;
    for database in Database::both_for(naps.path())? {
        let stack = Stack::over(database).catalog(naps.path()).pool(1).start()?;
        let client = stack.client()?;
        let stream = client.start(STREAM, &[], "{}")?;
        wait_until_busy(&client)?;
        stream.cancel();
        wait_until_answered(&client, QUICK, "{}")?;
    }
    Ok(())
}

#[test]
fn a_stream_that_runs_out_of_time_says_so_after_its_rows() -> Result<()> {
    let naps = naps()?;
    for database in Database::both_for(naps.path())? {
        let stack = Stack::over(database).catalog(naps.path()).pool(1).start()?;
        let client = stack.client()?;
        let answer = client.call_with(STREAM, &[SHORT], "{}")?;
        assert_failed(&answer, &[Code::DeadlineExceeded]);
        let first = answer.replies.first().context("the rows before the end")?;
        assert_eq!(client.decode(STREAM, first)?["done"], "1");
        wait_until_answered(&client, QUICK, "{}")?;
    }
    Ok(())
}
