//! The same on PostgreSQL, which knows types and says where.

use std::{fs, process::Output};

use anyhow::Result;

use super::{GET, SOUND, assert_one, broken, check};
use crate::stack::{Database, catalog, meanwhile};

/// A PostgreSQL that was migrated by the sound catalog, and a broken one checked on it.
fn on_postgres(changes: &[(&str, &str)]) -> Result<Option<Output>> {
    let Some(database) = Database::postgres_for(catalog::folder(SOUND)?.path())? else { return Ok(None) };
    let folder = broken(changes)?;
    let mut command = meanwhile(&["check"]);
    command.arg(folder.path());
    database.name_to(&mut command);
    Ok(Some(command.output()?))
}

#[test]
fn postgresql_says_where_a_statement_does_not_fit() -> Result<()> {
    for (text, place, word) in [
        ("SELECT id, title AS text\nFROM notes WHERE id = :id", "Get.sql:1:12", "title"),
        ("SELECT id\nFROM memos\nWHERE id = :id", "Get.sql:2:6", "memos"),
        ("SELECT id FORM notes WHERE id = :id", "Get.sql:1:", "syntax error"),
        ("SELECT id\nFROM notes\nWHERE :id AND no_function(size)", "Get.sql:3:", "no_function"),
        (
            "SELECT id FROM notes\nWHERE text = :id AND :id = 7 AND size = lower(:id)",
            "Get.sql:2:",
            "operator",
        ),
    ] {
        println!("{text}");
        let Some(output) = on_postgres(&[(GET, text)])? else { return Ok(()) };
        assert_one(&output, place, &[word]);
    }
    Ok(())
}

#[test]
fn postgresqls_types_are_held_against_the_fields() -> Result<()> {
    for (text, place, words) in [
        ("SELECT id, size AS text FROM notes WHERE id = :id", "Get.sql:1:20", ["int4", "notes.v1.Note.text"]),
        ("SELECT id, id AS size FROM notes WHERE id = :id", "Get.sql:1:18", ["int8", "notes.v1.Note.size"]),
        (
            "SELECT id, now() AS size FROM notes WHERE id = :id",
            "Get.sql:1:21",
            ["timestamptz", "notes.v1.Note.size"],
        ),
        (
            "SELECT id, ARRAY[1] AS text FROM notes WHERE id = :id",
            "Get.sql:1:",
            ["int4[]", "notes.v1.Note.text"],
        ),
    ] {
        println!("{text}");
        let Some(output) = on_postgres(&[(GET, text)])? else { return Ok(()) };
        assert_one(&output, place, &words);
    }
    Ok(())
}

#[test]
fn a_method_without_sql_for_the_database_is_found_there() -> Result<()> {
    let Some(database) = Database::postgres_for(catalog::folder(SOUND)?.path())? else { return Ok(()) };
    let folder =
        broken(&[("sql/notes.v1.Notes/Get.sqlite.sql", "SELECT id, text, size FROM notes WHERE id = :id")])?;
    fs::remove_file(folder.path().join(GET))?;
    assert!(check(folder.path())?.status.success());
    let mut command = meanwhile(&["check"]);
    command.arg(folder.path());
    database.name_to(&mut command);
    assert_one(&command.output()?, "Get.sqlite.sql:1:1", &["there is no SQL for postgres"]);
    Ok(())
}
