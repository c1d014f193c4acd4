//! Streams hold a connection while they are read: they take half the pool at most, and one that nobody reads ends.

use anyhow::Result;
use meanwhile_testbed::{eventually, grpcurl::Grpcurl};
use tonic::Code;

use super::{
    FOR_EVER, NAP, QUICK, STREAM, assert_failed, ledger::sleepers, naps, seconds, wait_for_waiting,
    wait_until_answered,
};
use crate::stack::{BOUND, Database, Stack, wire::Running};

#[test]
fn streams_take_at_most_half_the_pool() -> Result<()> {
    let naps = naps()?;
    let (Some(grpcurl), Some(database)) = (Grpcurl::find(), Database::postgres_for(naps.path())?) else {
        return Ok(());
    };
    let stack = Stack::over(database).catalog(naps.path()).pool(4).start()?;
    let client = stack.client()?;
    let stream = || client.start_without_reading(STREAM, "{}");
    // Whoever came first has a place.
    let read = [stream()?, stream()?];
    let behind = (0..3).map(|_| client.start(STREAM, &[], "{}")).collect::<Result<Vec<_>>>()?;
    wait_for_waiting(&grpcurl, &stack, "queue", 3)?;
    // The other half is there for everybody else, all of it at the same time.
    let naps = (0..2).map(|nap| client.start(NAP, &[], &seconds(FOR_EVER + nap)));
    let naps = naps.collect::<Result<Vec<_>>>()?;
    eventually("two statements that sleep", BOUND, || (sleepers(&stack).ok()? == 2).then_some(()))?;
    naps.into_iter().for_each(Running::cancel);
    drop(read);
    wait_for_waiting(&grpcurl, &stack, "queue", 1)?;
    behind.into_iter().for_each(Running::cancel);
    wait_for_waiting(&grpcurl, &stack, "queue", 0)
}

#[test]
fn a_stream_that_nobody_reads_ends_and_gives_its_connection_back() -> Result<()> {
    let naps = naps()?;
    for database in Database::both_for(naps.path())? {
        let stack = Stack::over(database).catalog(naps.path()).pool(1).start()?;
        let client = stack.client()?;
        let unread = client.start_without_reading(STREAM, "{}")?;
        wait_until_answered(&client, QUICK, "{}")?;
        let answer = client.read(unread)?;
        assert_failed(&answer, &[Code::ResourceExhausted]);
        assert!(!answer.replies.is_empty());
    }
    Ok(())
}
