//! A PostgreSQL that goes and comes back: calls say so, health says so, and everything recovers by itself.

use std::process::Command;

use anyhow::Result;
use meanwhile_testbed::{
    eventually,
    postgres::{Cluster, Settings},
    run::run,
};
use tonic::Code;

use super::{NAP, NAP_AND_NOTE, assert_failed, naps, seconds, wait_until_answered};
use crate::stack::{BOUND, Database, Stack, Wire};

const GET_CITY: &str = "cityscape.v1.Cities/GetCity";
const RECORD_VISIT: &str = "cityscape.v1.Cities/RecordVisit";
const BERLIN: &str = r#"{"id": 2950159}"#;
const VISIT: &str = r#"{"cityId": 2198148, "visitor": "Bo", "stars": 3}"#;

/// A cluster of the test's own. What was answered has to outlive a crash, which the testbed's default gives up for speed.
fn durable_cluster() -> Option<Cluster> {
    Cluster::start(&Settings::default().with("synchronous_commit", "on"))
}

/// Such a cluster, which outlives the stack, and the sample in it.
fn cluster() -> Result<Option<(Cluster, Database)>> {
    let Some(cluster) = durable_cluster() else { return Ok(None) };
    let database = Database::postgres_in(&cluster)?;
    Ok(Some((cluster, database)))
}

/// While the database is away, reads and writes fail with a reason that is true, and nothing hangs.
fn assert_away(client: &Wire) -> Result<()> {
    for _ in 0..12 {
        let read = client.call(GET_CITY, BERLIN)?;
        assert_failed(&read, &[Code::Unavailable]);
        let write = client.call(RECORD_VISIT, VISIT)?;
        // Only a write that was under way when its connection broke may not know.
        assert_failed(&write, &[Code::Unavailable, Code::Unknown]);
        if write.code == Code::Unknown {
            assert_eq!(write.reason.as_deref(), Some("WRITE_OUTCOME_UNKNOWN"));
        }
    }
    Ok(())
}

#[test]
fn a_database_that_goes_and_comes_back_is_served_again() -> Result<()> {
    let Some((cluster, database)) = cluster()? else { return Ok(()) };
    let stack = Stack::over(database).start()?;
    let client = stack.client()?;
    for end in [Cluster::stop, Cluster::kill] {
        end(&cluster)?;
        assert_away(&client)?;
        stack.wait_until_not_served()?;
        cluster.start_again()?;
        stack.wait_until_served()?;
        assert_eq!(client.call(GET_CITY, BERLIN)?.code, Code::Ok);
        assert_eq!(client.call(RECORD_VISIT, VISIT)?.code, Code::Ok);
    }
    assert_eq!(stack.database.count("visits")?, 2);
    Ok(())
}

#[test]
fn a_method_that_needs_no_database_is_served_without_it() -> Result<()> {
    let Some((cluster, database)) = cluster()? else { return Ok(()) };
    let stack = Stack::over(database).start()?;
    cluster.stop()?;
    let request = r#"{"location": {"latitude": 1, "longitude": 1}}"#;
    assert_eq!(stack.client()?.call("cityscape.v1.Cities/GetDaylight", request)?.code, Code::Ok);
    Ok(())
}

#[test]
fn a_restart_between_two_reads_is_not_seen() -> Result<()> {
    let Some((cluster, database)) = cluster()? else { return Ok(()) };
    let stack = Stack::over(database).start()?;
    let client = stack.client()?;
    for end in [Cluster::stop, Cluster::kill] {
        assert_eq!(client.call(GET_CITY, BERLIN)?.code, Code::Ok);
        end(&cluster)?;
        cluster.start_again()?;
        for _ in 0..20 {
            let read = client.call(GET_CITY, BERLIN)?;
            assert_eq!(read.code, Code::Ok, "{read:?}");
        }
    }
    Ok(())
}

#[test]
fn a_database_that_is_absent_at_start_is_waited_for() -> Result<()> {
    let Some((cluster, database)) = cluster()? else { return Ok(()) };
    cluster.stop()?;
    let stack = Stack::over(database).start_without_waiting()?;
    let client = stack.client()?;
    stack.data.wait_for_line("waiting for the database")?;
    let read = client.call(GET_CITY, BERLIN)?;
    assert_failed(&read, &[Code::Unavailable]);
    assert_eq!(read.reason.as_deref(), Some("DATABASE_UNREACHABLE"));
    assert!(!stack.serves("cityscape.v1.Cities")?);
    cluster.start_again()?;
    stack.wait_until_served()?;
    assert_eq!(client.call(GET_CITY, BERLIN)?.code, Code::Ok);
    Ok(())
}

/// Ends every session that serves this test.
fn terminate_sessions(database: &Database) -> Result<()> {
    let Database::Postgres(database) = database else { return Ok(()) };
    database.run_as_admin(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )?;
    Ok(())
}

#[test]
fn reads_survive_the_end_of_their_sessions() -> Result<()> {
    let Some(database) = Database::postgres()? else { return Ok(()) };
    let stack = Stack::over(database).pool(4).start()?;
    let client = stack.client()?;
    for _ in 0..5 {
        terminate_sessions(&stack.database)?;
        let calls = (0..16).map(|_| client.start(GET_CITY, &[], BERLIN)).collect::<Result<Vec<_>>>()?;
        for call in calls {
            let answer = client.wait(call)?;
            assert_eq!(answer.code, Code::Ok, "{answer:?}");
        }
    }
    Ok(())
}

#[test]
fn a_read_whose_session_ends_while_it_runs_is_run_again() -> Result<()> {
    let naps = naps()?;
    let Some(database) = Database::postgres_for(naps.path())? else { return Ok(()) };
    let stack = Stack::over(database).catalog(naps.path()).start()?;
    let client = stack.client()?;
    let call = client.start(NAP, &[], &seconds(2))?;
    wait_for_nap(&stack)?;
    terminate_sessions(&stack.database)?;
    let answer = client.wait(call)?;
    assert_eq!(answer.code, Code::Ok, "{answer:?}");
    Ok(())
}

#[test]
fn a_write_whose_session_ends_while_it_runs_is_run_once_at_most() -> Result<()> {
    let naps = naps()?;
    let Some(database) = Database::postgres_for(naps.path())? else { return Ok(()) };
    let stack = Stack::over(database).catalog(naps.path()).start()?;
    let client = stack.client()?;
    let call = client.start(NAP_AND_NOTE, &[], &seconds(2))?;
    wait_for_nap(&stack)?;
    terminate_sessions(&stack.database)?;
    let answer = client.wait(call)?;
    assert_failed(&answer, &[Code::Unavailable, Code::Unknown]);
    assert_eq!(stack.database.count("notes")?, 0);
    wait_until_answered(&client, NAP_AND_NOTE, &seconds(0))?;
    assert_eq!(stack.database.count("notes")?, 1);
    Ok(())
}

/// The server is killed, so nobody says how the write ended.
#[test]
fn a_write_whose_server_dies_under_it_has_an_unknown_outcome() -> Result<()> {
    let Some(cluster) = durable_cluster() else { return Ok(()) };
    let naps = naps()?;
    let database = Database::Postgres(cluster.database()?);
    database.migrate(naps.path())?;
    let stack = Stack::over(database).catalog(naps.path()).start()?;
    let client = stack.client()?;
    let call = client.start(NAP_AND_NOTE, &[], &seconds(600))?;
    wait_for_nap(&stack)?;
    let session = stack.database.number("SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'")?;
    cluster.kill()?;
    // A session's own process outlives its server, and sleeps on.
    run(Command::new("kill").args(["-KILL", &session.to_string()]), b"", BOUND)?.success()?;
    let answer = client.wait(call)?;
    assert_eq!((answer.code, answer.reason.as_deref()), (Code::Unknown, Some("WRITE_OUTCOME_UNKNOWN")));
    cluster.start_again()?;
    wait_until_answered(&client, NAP_AND_NOTE, &seconds(0))?;
    assert_eq!(stack.database.count("notes")?, 1);
    Ok(())
}

fn wait_for_nap(stack: &Stack) -> Result<()> {
    let running = "SELECT count(*) FROM pg_stat_activity
                   WHERE datname = current_database() AND state = 'active' AND wait_event = 'PgSleep'";
    eventually("a sleeping statement", BOUND, || {
        stack.database.number(running).is_ok_and(|count| count > 0).then_some(())
    })
}
