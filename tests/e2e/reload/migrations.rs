//! `up --watch` runs a new migration before it serves what needs it.

use anyhow::Result;

use super::*;

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
