//! SIGHUP, calls across swaps, and services in processes of their own.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use anyhow::Result;

use super::*;
use crate::stack::{Database, Stack};

#[test]
fn a_hundred_swaps_under_load_lose_no_call() -> Result<()> {
    let up = Edited::start(words()?, &[])?;
    let client = up.client()?;
    let (stop, calls) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        let load = scope.spawn(|| -> Result<()> {
            while !stop.load(Ordering::SeqCst) {
                let running = (0..8).map(|_| client.start(SAY, &[], "{}")).collect::<Result<Vec<_>>>()?;
                for call in running {
                    let answer = client.wait(call)?;
                    anyhow::ensure!(answer.code == Code::Ok, "{answer:?}");
                    calls.fetch_add(1, Ordering::SeqCst);
                }
            }
            Ok(())
        });
        let swapped = (0..100).try_for_each(|number| {
            up.write(&[("sql/words.v1.Words/Say.sql", &format!("SELECT 'word {number}' AS word"))])?;
            up.hang_up(number)
        });
        stop.store(true, Ordering::SeqCst);
        load.join().unwrap()?;
        swapped
    })?;
    assert_eq!(said(&client, SAY)?, "word 99");
    assert!(calls.load(Ordering::SeqCst) > 100);
    Ok(())
}

#[test]
fn a_call_that_runs_while_its_method_goes_is_answered() -> Result<()> {
    let folder = words()?;
    catalog::write(
        folder.path(),
        &[
            ("proto/words.proto", &contract("words.v1", &["Say", "More"])),
            ("sql/words.v1.Words/More.postgres.sql", "SELECT 'slept' AS word FROM pg_sleep(2)"),
            ("sql/words.v1.Words/More.sqlite.sql", "SELECT 'no sleep' AS word"),
        ],
    )?;
    let Some(database) = Database::postgres_for(folder.path())? else { return Ok(()) };
    let stack = Stack::over(database).catalog(folder.path()).start()?;
    let client = stack.client()?;
    let call = client.start(MORE, &[], "{}")?;
    let sleeping = "SELECT count(*) FROM pg_stat_activity
                    WHERE datname = current_database() AND wait_event = 'PgSleep'";
    eventually("the statement", BOUND, || {
        stack.database.number(sleeping).is_ok_and(|count| count == 1).then_some(())
    })?;
    for name in ["More.postgres.sql", "More.sqlite.sql"] {
        fs::remove_file(folder.path().join("sql/words.v1.Words").join(name))?;
    }
    catalog::write(folder.path(), &[("proto/words.proto", &contract("words.v1", &["Say"]))])?;
    stack.gateway.signal(Signal::HUP)?;
    stack.gateway.wait_for_line("the changed contract is served")?;
    stack.data.signal(Signal::HUP)?;
    stack.data.wait_for_line("the changed catalog is served")?;
    assert_eq!(client.call(MORE, "{}")?.code, Code::Unimplemented);
    let answer = client.wait(call)?;
    assert_eq!(answer.code, Code::Ok, "{answer:?}");
    assert_eq!(word(&client, MORE, &answer)?, "slept");
    Ok(())
}

/// In processes of their own nobody knows which is first: what the data service does not have is nobody's.
#[test]
fn a_gateway_that_is_ahead_of_its_data_service_says_unimplemented_for_so_long() -> Result<()> {
    let folder = words()?;
    let stack = Stack::over(Database::sqlite_for(folder.path())?).catalog(folder.path()).start()?;
    catalog::write(
        folder.path(),
        &[
            ("proto/words.proto", &contract("words.v1", &["Say", "More"])),
            ("sql/words.v1.Words/More.sql", "SELECT 'more' AS word"),
        ],
    )?;
    let client = stack.client()?;
    stack.gateway.signal(Signal::HUP)?;
    stack.gateway.wait_for_line("the changed contract is served")?;
    let answer = client.call(MORE, "{}")?;
    assert_eq!((answer.code, answer.reason.as_deref()), (Code::Unimplemented, Some("METHOD_UNKNOWN")));
    assert!(!stack.serves(MORE)?);
    stack.data.signal(Signal::HUP)?;
    stack.data.wait_for_line("the changed catalog is served")?;
    assert_eq!(said(&client, MORE)?, "more");
    assert!(stack.serves(MORE)?);
    Ok(())
}

#[test]
fn a_broken_catalog_is_told_by_each_service_on_a_signal() -> Result<()> {
    let folder = words()?;
    let stack = Stack::over(Database::sqlite_for(folder.path())?).catalog(folder.path()).start()?;
    let client = stack.client()?;
    catalog::write(folder.path(), &[("sql/words.v1.Words/Say.sql", "SELECT 'a")])?;
    for service in [&stack.gateway, &stack.data] {
        service.signal(Signal::HUP)?;
        service.wait_for_line("sql/words.v1.Words/Say.sql:1:8")?;
        service.wait_for_line("the changed catalog is not served; the one before it is")?;
    }
    assert_eq!(said(&client, SAY)?, "hello");
    Ok(())
}

#[test]
fn a_method_that_was_refused_is_served_after_a_migration_and_a_signal() -> Result<()> {
    let folder = words()?;
    let database = Database::sqlite_for(folder.path())?;
    catalog::write(
        folder.path(),
        &[
            ("migrations/0002_more.sql", "ALTER TABLE words ADD COLUMN more text DEFAULT 'more';"),
            ("proto/words.proto", &contract("words.v1", &["Say", "More"])),
            ("sql/words.v1.Words/More.sql", "SELECT more AS word FROM words"),
        ],
    )?;
    let stack = Stack::over(database).catalog(folder.path()).start()?;
    let client = stack.client()?;
    assert_eq!(client.call(MORE, "{}")?.reason.as_deref(), Some("METHOD_BROKEN"));
    assert!(!stack.serves(MORE)? && stack.serves(SAY)?);
    stack.database.migrate(folder.path())?;
    stack.data.signal(Signal::HUP)?;
    stack.data.wait_for_line("the changed catalog is served")?;
    assert_eq!(said(&client, MORE)?, "more");
    assert!(stack.serves(MORE)?);
    Ok(())
}
