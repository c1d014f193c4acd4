//! PostgreSQL behind PgBouncer in transaction mode: everything is answered, and what ends for one client of the pooler ends
//! for nobody else.

use anyhow::Result;
use meanwhile_testbed::{eventually, postgres::Pgbouncer};
use sqlx::{Connection as _, PgConnection};
use tonic::Code;

use super::{FOR_EVER, NAP, NAP_AND_NOTE, QUICK, assert_failed, naps, seconds, wait_until_answered};
use crate::stack::{BOUND, Database, Stack, meanwhile};

const SHORT: (&str, &str) = ("grpc-timeout", "500m");

const SERVERS: u32 = 3;

/// The sample behind a PgBouncer.
fn sample(settings: &str) -> Result<Option<(Database, Pgbouncer)>> {
    let Some(database) = Database::postgres()? else { return Ok(None) };
    before(database, settings)
}

fn before(database: Database, settings: &str) -> Result<Option<(Database, Pgbouncer)>> {
    let Database::Postgres(server) = &database else { return Ok(None) };
    let pgbouncer = Pgbouncer::start(server, SERVERS, settings)?;
    Ok(pgbouncer.map(|pgbouncer| (database, pgbouncer)))
}

fn assert_sessions_within(stack: &Stack) -> Result<()> {
    let sessions = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                    AND pid <> pg_backend_pid()";
    assert!(stack.database.number(sessions)? <= i64::from(SERVERS));
    Ok(())
}

fn reads_and_writes(settings: &str, query: &str) -> Result<()> {
    let Some((database, pgbouncer)) = sample(settings)? else { return Ok(()) };
    let url = format!("{}{query}", pgbouncer.url());
    let stack = Stack::over(database).through(&url).pool(8).data_switch("--no-share").start()?;
    stack.data.wait_for_line("the database is behind a pooler")?;
    let client = stack.client()?;
    let cities = [2950159, 2198148];
    for _ in 0..5 {
        let reads = (0..40).map(|index| {
            let id = cities[index % 2];
            Ok((id, client.start("cityscape.v1.Cities/GetCity", &[], &format!(r#"{{"id": {id}}}"#))?))
        });
        for (id, read) in reads.collect::<Result<Vec<_>>>()? {
            let answer = client.wait(read)?;
            assert_eq!(answer.code, Code::Ok, "{answer:?}");
            let city = client.decode("cityscape.v1.Cities/GetCity", &answer.replies[0])?;
            assert!(city.to_string().contains(&id.to_string()), "{id}: {city}");
        }
        let visit = r#"{"cityId": 2198148, "visitor": "Bo", "stars": 3}"#;
        let writes = (0..8).map(|_| client.start("cityscape.v1.Cities/RecordVisit", &[], visit));
        for write in writes.collect::<Result<Vec<_>>>()? {
            let answer = client.wait(write)?;
            assert_eq!(answer.code, Code::Ok, "{answer:?}");
        }
    }
    assert_eq!(stack.database.count("visits")?, 40);
    assert_sessions_within(&stack)
}

#[test]
fn a_pooler_is_recognised_by_what_it_refuses_and_serves() -> Result<()> {
    reads_and_writes("", "")
}

#[test]
fn a_pooler_that_drops_settings_is_recognised_and_serves() -> Result<()> {
    reads_and_writes("ignore_startup_parameters = options, extra_float_digits", "")
}

#[test]
fn a_pooler_that_is_declared_serves() -> Result<()> {
    reads_and_writes("", "?pooler=true")
}

#[test]
fn behind_a_pooler_no_other_clients_statement_is_cancelled() -> Result<()> {
    let naps = naps()?;
    let Some(database) = Database::postgres_for(naps.path())? else { return Ok(()) };
    let Some((database, pgbouncer)) = before(database, "")? else { return Ok(()) };
    let url = pgbouncer.url();
    let stack = Stack::over(database).catalog(naps.path()).through(&url).pool(2).start()?;
    let client = stack.client()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let others = runtime.spawn(other_client(format!("{url}?statement-cache-capacity=0"), ended));
    for round in 0..5 {
        for method in [NAP, NAP_AND_NOTE] {
            let answer = client.call_with(method, &[SHORT], &seconds(FOR_EVER))?;
            assert_failed(&answer, &[Code::DeadlineExceeded]);
            let call = client.start(method, &[], &seconds(FOR_EVER + round))?;
            wait_for_sleepers(&stack, 1)?;
            call.cancel();
            wait_for_sleepers(&stack, 0)?;
            wait_until_answered(&client, QUICK, "{}")?;
        }
    }
    let _ = end.send(());
    let statements = runtime.block_on(others)??;
    assert!(statements > 0);
    assert_eq!(stack.database.count("notes")?, 0);
    assert_sessions_within(&stack)
}

/// How many statements of Meanwhile sleep for ever; the other client's are short.
fn wait_for_sleepers(stack: &Stack, count: i64) -> Result<()> {
    let sleeping =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'
                    AND state = 'active' AND query NOT LIKE 'SELECT 7%'";
    eventually(&format!("{count} sleeping statements"), BOUND, || {
        stack.database.number(sleeping).is_ok_and(|found| found == count).then_some(())
    })
}

/// Runs one statement after the other until it is told to end: none may fail. Gives how many there were.
async fn other_client(url: String, mut ended: tokio::sync::oneshot::Receiver<()>) -> Result<u32> {
    let options: sqlx::postgres::PgConnectOptions = url.parse()?;
    let mut connection = PgConnection::connect_with(&options.extra_float_digits(None)).await?;
    let mut statements = 0;
    while ended.try_recv().is_err() {
        sqlx::raw_sql("SELECT 7 FROM pg_sleep(0.05)").execute(&mut connection).await?;
        statements += 1;
    }
    Ok(statements)
}

#[test]
fn check_says_that_a_pooler_is_there() -> Result<()> {
    let Some((database, pgbouncer)) = sample("")? else { return Ok(()) };
    let folder = crate::stack::sample();
    let mut check = meanwhile(&["check", "--database", &pgbouncer.url()]);
    let output = check.arg("--catalog").arg(folder).output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("behind a pooler") && output.status.success(), "{output:?}");
    drop(database);
    Ok(())
}
