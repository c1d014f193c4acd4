//! A schema that changed under the catalog: what no longer fits is refused alone.

use std::process::Output;

use anyhow::Result;
use meanwhile_testbed::{eventually, process::Signal};
use tonic::Code;

use super::wait_until_answered;
use crate::stack::{BOUND, Database, Stack, meanwhile, sample};

const LIST_VISITS: &str = "cityscape.v1.Cities/ListVisits";
const RECORD_VISIT: &str = "cityscape.v1.Cities/RecordVisit";
const GET_CITY: &str = "cityscape.v1.Cities/GetCity";
const KYOTO: &str = r#"{"cityId": 1857910}"#;
const VISIT: &str = r#"{"cityId": 1857910, "visitor": "Bo", "stars": 3}"#;

/// Whether the data service says that it serves this method, and the gateway with it.
fn serves(stack: &Stack, method: &str) -> Result<[bool; 2]> {
    let url = format!("http://{}", stack.data());
    let served = meanwhile(&["healthcheck", "--service", method, &url]).output()?.status.success();
    Ok([served, stack.serves(method)?])
}

/// What `check` says of the sample over this database.
fn check(database: &Database) -> Result<Output> {
    let mut command = meanwhile(&["check"]);
    command.arg(sample());
    database.name_to(&mut command);
    Ok(command.output()?)
}

#[test]
fn a_method_that_no_longer_fits_is_refused_alone() -> Result<()> {
    for database in Database::both()? {
        let mut stack = Stack::over(database).start()?;
        stack.data.end(Signal::TERM)?;
        stack.database.run("ALTER TABLE visits DROP COLUMN note")?;
        stack.data.start_again()?;
        stack.wait_until_served()?;
        let client = stack.client()?;
        for (method, request) in [(LIST_VISITS, KYOTO), (RECORD_VISIT, VISIT)] {
            let answer = client.call(method, request)?;
            let outcome = (answer.code, answer.reason.as_deref());
            assert_eq!(outcome, (Code::FailedPrecondition, Some("METHOD_BROKEN")), "{answer:?}");
            assert!(!answer.message.contains("note"), "{}", answer.message);
            assert_eq!(serves(&stack, method)?, [false; 2]);
            let told = stack.data.lines();
            assert!(told.iter().any(|line| line.contains(method) && line.contains("note")), "{told:?}");
        }
        assert_eq!(client.call(GET_CITY, r#"{"id": 2950159}"#)?.code, Code::Ok);
        assert_eq!(serves(&stack, GET_CITY)?, [true; 2]);
        let checked = check(&stack.database)?;
        let told = String::from_utf8_lossy(&checked.stdout);
        assert_eq!(checked.status.code(), Some(1), "{told}");
        assert!(told.contains("ListVisits.sql:") && told.contains("RecordVisit.sql:"), "{told}");
        assert!(!told.contains("GetCity.sql"), "{told}");
    }
    Ok(())
}

#[test]
fn with_strict_a_method_that_no_longer_fits_ends_the_service() -> Result<()> {
    for database in Database::both()? {
        database.run("ALTER TABLE visits DROP COLUMN note")?;
        let mut stack = Stack::over(database).data_switch("--strict").start_without_waiting()?;
        assert_eq!(stack.data.wait()?.code(), Some(1));
        let told = stack.data.lines().join("\n");
        assert!(told.contains("ListVisits.sql") && told.contains("RecordVisit.sql"), "{told}");
    }
    Ok(())
}

#[test]
fn a_column_that_goes_while_it_is_served_breaks_its_methods_alone_until_it_is_back() -> Result<()> {
    for database in Database::both()? {
        let stack = Stack::over(database).start()?;
        let client = stack.client()?;
        assert_eq!(client.call(RECORD_VISIT, VISIT)?.code, Code::Ok);
        stack.database.run("ALTER TABLE visits DROP COLUMN note")?;
        for (method, request) in [(LIST_VISITS, KYOTO), (RECORD_VISIT, VISIT)] {
            let answer = client.call(method, request)?;
            let outcome = (answer.code, answer.reason.as_deref());
            assert_eq!(outcome, (Code::FailedPrecondition, Some("METHOD_BROKEN")), "{answer:?}");
        }
        assert_eq!(client.call(GET_CITY, r#"{"id": 2950159}"#)?.code, Code::Ok);
        assert_eq!(stack.database.count("visits")?, 1);
        stack.data.wait_for_line("the method is refused")?;
        eventually("the methods' health", BOUND, || {
            let refused = [LIST_VISITS, RECORD_VISIT].map(|method| serves(&stack, method).ok());
            (refused == [Some([false; 2]); 2]).then_some(())
        })?;
        assert_eq!(serves(&stack, GET_CITY)?, [true; 2]);
        stack.database.run("ALTER TABLE visits ADD COLUMN note text")?;
        stack.data.wait_for_line("the method fits the database now, and is served")?;
        wait_until_answered(&client, LIST_VISITS, KYOTO)?;
        wait_until_answered(&client, RECORD_VISIT, VISIT)?;
    }
    Ok(())
}

/// "cached plan must not change result type" is PostgreSQL's word for it.
#[test]
fn a_column_that_changes_its_type_while_it_is_served_is_read_as_what_it_is() -> Result<()> {
    let Some(database) = Database::postgres()? else { return Ok(()) };
    let stack = Stack::over(database).pool(1).start()?;
    let client = stack.client()?;
    assert_eq!(client.call(RECORD_VISIT, VISIT)?.code, Code::Ok);
    let stars = || -> Result<serde_json::Value> {
        let answer = client.call(LIST_VISITS, KYOTO)?;
        assert_eq!(answer.code, Code::Ok, "{answer:?}");
        Ok(client.decode(LIST_VISITS, &answer.replies[0])?["visits"][0]["stars"].clone())
    };
    for kind in ["smallint", "integer", "bigint"] {
        stack.database.run(&format!("ALTER TABLE visits ALTER COLUMN stars TYPE {kind}"))?;
        assert_eq!(stars()?, 3, "{kind}");
    }
    // As many bytes as a bigint, and another meaning.
    stack.database.run("ALTER TABLE visits ALTER COLUMN stars TYPE double precision")?;
    let answer = client.call(LIST_VISITS, KYOTO)?;
    assert_eq!(answer.reason.as_deref(), Some("REPLY_INVALID"), "{answer:?}");
    assert_eq!(answer.metadata, [("column".to_owned(), "stars".to_owned())]);
    Ok(())
}

#[test]
fn a_column_that_is_added_breaks_nothing() -> Result<()> {
    for database in Database::both()? {
        let stack = Stack::over(database).start()?;
        let client = stack.client()?;
        assert_eq!(client.call(RECORD_VISIT, VISIT)?.code, Code::Ok);
        stack.database.run("ALTER TABLE visits ADD COLUMN weather text")?;
        assert_eq!(client.call(RECORD_VISIT, VISIT)?.code, Code::Ok);
        assert_eq!(client.call(LIST_VISITS, KYOTO)?.code, Code::Ok);
    }
    Ok(())
}

#[test]
fn a_database_that_was_never_migrated_breaks_every_method_that_needs_it() -> Result<()> {
    let Some(cluster) = meanwhile_testbed::postgres::Cluster::shared() else { return Ok(()) };
    let stack = Stack::over(Database::Postgres(cluster.database()?)).start_without_waiting()?;
    stack.data.wait_for_line("the catalog is bound to its database")?;
    let client = stack.client()?;
    let broken = eventually("a refusal", BOUND, || {
        client.call(GET_CITY, r#"{"id": 1}"#).ok().filter(|answer| answer.code != Code::Unavailable)
    })?;
    assert_eq!(broken.reason.as_deref(), Some("METHOD_BROKEN"));
    let daylight = r#"{"location": {"latitude": 1, "longitude": 1}}"#;
    assert_eq!(client.call("cityscape.v1.Cities/GetDaylight", daylight)?.code, Code::Ok);
    Ok(())
}
