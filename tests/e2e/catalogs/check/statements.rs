//! Statements that do not parse, do not prepare, do more than they may, or have other columns than the reply has fields.

use anyhow::Result;

use super::{GET, RIGHT, assert_file, broken, check, said};

#[test]
fn a_column_that_the_table_does_not_have() {
    assert_file(GET, "SELECT id, title AS text\nFROM notes\nWHERE id = :id\n", "Get.sql:1:12", &["title"]);
    assert_file(GET, "SELECT id\nFROM notes\nWHERE\n  key = :id\n", "Get.sql:4:3", &["key"]);
}

#[test]
fn a_table_that_is_not_there() {
    assert_file(GET, "SELECT id\nFROM memos\nWHERE id = :id\n", "Get.sql:2:6", &["memos"]);
}

#[test]
fn a_column_that_no_field_takes() {
    let words = ["notes.v1.Note has no field length"];
    assert_file(GET, "SELECT id,\n  size AS length\nFROM notes WHERE id = :id", "Get.sql:2:11", &words);
}

#[test]
fn two_columns_for_one_field() {
    assert_file(
        GET,
        "SELECT id, text, size AS text FROM notes WHERE id = :id",
        "Get.sql:1:",
        &["two columns fill text"],
    );
}

#[test]
fn a_placeholder_of_the_databases_own() {
    assert_file(GET, "SELECT id FROM notes WHERE id = $1", "Get.sql:1:33", &["placeholder", ":name"]);
    assert_file(GET, "SELECT id FROM notes WHERE id = ?", "Get.sql:1:", &[":name"]);
}

#[test]
fn text_that_is_no_sql() {
    assert_file(GET, "SELECT id FROM notes WHERE text = 'open", "Get.sql:1:35", &["nterminated"]);
    assert_file(GET, "SELECT id FORM notes WHERE id = :id", "Get.sql:1:", &["syntax error"]);
    assert_file(GET, "-- nothing but a comment\n", "Get.sql:1:1", &["no statement"]);
}

#[test]
fn more_than_one_statement() {
    assert_file(GET, "SELECT 1 AS id;\nDELETE FROM notes", "Get.sql:2:1", &["a second statement"]);
}

#[test]
fn a_statement_that_neither_reads_nor_writes() {
    assert_file(GET, "DROP TABLE notes", "Get.sql:1:1", &["neither reads nor changes rows"]);
    assert_file(GET, "BEGIN", "Get.sql:1:1", &["neither reads nor changes rows"]);
}

#[test]
fn a_write_in_a_method_without_side_effects() {
    let words = ["notes.v1.Notes.Get is NO_SIDE_EFFECTS", "take idempotency_level off"];
    assert_file(GET, "DELETE FROM notes\nWHERE id = :id\nRETURNING id", "Get.sql:1:1", &words);
    let hidden = "WITH gone AS (\n  DELETE FROM notes WHERE id = :id RETURNING id\n)\nSELECT id FROM gone";
    assert_file(GET, hidden, "Get.sql:2:3", &words);
}

#[test]
fn statements_that_do_not_prepare_are_told_together() -> Result<()> {
    let folder = broken(&[
        (RIGHT, "SELECT id FROM memos WHERE id = :left.id"),
        (GET, "SELECT id, title AS text FROM notes WHERE id = :id"),
    ])?;
    let said = said(&check(folder.path())?);
    assert!(said.contains("memos") && said.contains("title") && said.ends_with("2 findings"), "{said}");
    Ok(())
}
