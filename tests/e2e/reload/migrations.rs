//! `up --watch` runs a new migration before it serves what needs it.

use anyhow::Result;

use super::*;
use crate::stack::{Database, Stack};

const MIGRATION: &str = "migrations/0002_more.sql";

#[test]
fn a_new_migration_runs_before_what_needs_it_is_served() -> Result<()> {
    let up = Edited::start(words()?, &["--watch"])?;
    let client = up.client()?;
    up.write(&[
        (MIGRATION, "ALTER TABLE words ADD COLUMN more text; UPDATE words SET more = 'migrated';"),
        ("sql/words.v1.Words/Say.sql", "SELECT more AS word FROM words"),
    ])?;
    up.wait_until_said(&client, SAY, "migrated")
}

#[test]
fn a_failing_migration_is_told_and_the_last_good_catalog_is_served_until_it_is_mended() -> Result<()> {
    let up = Edited::start(words()?, &["--watch"])?;
    let client = up.client()?;
    up.write(&[
        (MIGRATION, "ALTER TABLE nowhere ADD COLUMN more text;"),
        ("sql/words.v1.Words/Say.sql", "SELECT more AS word FROM words"),
    ])?;
    let told = up.wait_for_line(MIGRATION)?;
    assert!(told.contains("nowhere"), "{told}");
    up.wait_for_line("the changed catalog is not served; the one before it is")?;
    assert_eq!(said(&client, SAY)?, "hello");
    up.write(&[(MIGRATION, "ALTER TABLE words ADD COLUMN more text DEFAULT 'mended';")])?;
    up.wait_until_said(&client, SAY, "mended")
}

/// It cannot be undone, and the database would not be what the files say.
#[test]
fn a_migration_that_ran_and_is_edited_then_is_told() -> Result<()> {
    let up = Edited::start(words()?, &["--watch"])?;
    let client = up.client()?;
    up.write(&[("migrations/0001_words.sql", "CREATE TABLE words (word text);")])?;
    up.wait_for_line("the changed catalog is not served; the one before it is")?;
    assert_eq!(said(&client, SAY)?, "hello");
    Ok(())
}

const ADD: &str = "words.v1.Words/Add";

/// The catalog with a write that executes once for each `request_id`.
const WITH_IDS: &str = "syntax = \"proto3\";
package words.v1;
service Words {
  rpc Say(Word) returns (Word) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc Add(AddRequest) returns (Word);
}
message Word { string word = 1; }
message AddRequest { string word = 1; string request_id = 2; }
";

const NEWLY_ONCE: [(&str, &str); 3] = [
    ("proto/words.proto", WITH_IDS),
    (
        "sql/words.v1.Words/Add.sql",
        "INSERT INTO words (word) VALUES (:word || CAST(random() AS text)) RETURNING word",
    ),
    ("sql/words.v1.Words/Say.sql", "SELECT CAST(count(*) AS text) AS word FROM words"),
];

#[test]
fn a_changed_catalog_whose_calls_are_newly_executed_once_gets_the_table_for_it() -> Result<()> {
    let up = Edited::start(words()?, &["--watch"])?;
    up.write(&NEWLY_ONCE)?;
    up.wait_for_line("the changed contract is served")?;
    let client = up.client()?;
    let add = || {
        let answer = client.call(ADD, r#"{"word": "a", "requestId": "one"}"#)?;
        anyhow::ensure!(answer.code == Code::Ok, "{answer:?}");
        word(&client, ADD, &answer)
    };
    assert_eq!(add()?, add()?);
    assert_eq!(said(&client, SAY)?, "2");
    Ok(())
}

/// The data service migrates nothing: it says what has to be done, and serves the method once it is.
#[test]
fn a_data_service_says_that_migrate_makes_the_table_and_serves_the_method_then() -> Result<()> {
    let folder = words()?;
    let stack = Stack::over(Database::sqlite_for(folder.path())?).catalog(folder.path()).start()?;
    catalog::write(folder.path(), &NEWLY_ONCE)?;
    stack.gateway.signal(Signal::HUP)?;
    stack.gateway.wait_for_line("the changed contract is served")?;
    stack.data.signal(Signal::HUP)?;
    let told = stack.data.wait_for_line("meanwhile_requests is not there")?;
    assert!(told.contains("run meanwhile migrate"), "{told}");
    let client = stack.client()?;
    let once = r#"{"word": "a", "requestId": "one"}"#;
    assert_eq!(client.call(ADD, once)?.reason.as_deref(), Some("METHOD_BROKEN"));
    assert_eq!(said(&client, SAY)?, "1");
    stack.database.migrate(folder.path())?;
    eventually("the method", BOUND, || (client.call(ADD, once).ok()?.code == Code::Ok).then_some(()))
}
