//! Each kind of finding: check names file, line and column, says what is wrong, and how to mend it.

use std::{fs, path::Path, process::Output};

use anyhow::Result;
use meanwhile_testbed::postgres::Cluster;
use tempfile::TempDir;

use crate::stack::{Database, catalog, meanwhile, sample};

const CONTRACT: &str = r#"syntax = "proto3";
package notes.v1;
import "google/protobuf/empty.proto";
import "meanwhile/v1/options.proto";
service Notes {
  rpc Get(Key) returns (Note) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc Add(Note) returns (Note);
  rpc Page(Pages) returns (Paged) {
    option idempotency_level = NO_SIDE_EFFECTS;
    option (meanwhile.v1.page_by) = "id";
  }
  rpc Both(Key) returns (Pair) { option idempotency_level = NO_SIDE_EFFECTS; }
}
message Key { int64 id = 1; repeated int64 others = 2; Note note = 3; }
message Note { int64 id = 1; string text = 2; int32 size = 3; }
message Pages { int32 page_size = 1; string page_token = 2; }
message Paged { repeated Note notes = 1; string next_page_token = 2; }
message Pair { Note left = 1; Note right = 2; }
"#;

const GET: &str = "sql/notes.v1.Notes/Get.sql";
const LEFT: &str = "sql/notes.v1.Notes/Both/left.sql";
const RIGHT: &str = "sql/notes.v1.Notes/Both/right.sql";
const PROTO: &str = "proto/notes/v1/notes.proto";
const PAGE: &str = "sql/notes.v1.Notes/Page.sql";

/// A catalog without a finding.
const SOUND: &[(&str, &str)] = &[
    ("catalog.toml", "name = \"notes\"\n"),
    (PROTO, CONTRACT),
    (
        "migrations/0001_notes.sql",
        "CREATE TABLE notes (id bigint PRIMARY KEY, text text NOT NULL, size integer NOT NULL);",
    ),
    (GET, "SELECT id, text, size\nFROM notes\nWHERE id = :id\n"),
    (
        "sql/notes.v1.Notes/Add.sql",
        "INSERT INTO notes (id, text, size)\nVALUES (:id, :text, :size)\nRETURNING id, text, size\n",
    ),
    (
        PAGE,
        "SELECT id, text, size FROM notes\nWHERE (:after.id IS NULL OR id > :after.id)\nORDER BY id LIMIT :limit\n",
    ),
    (LEFT, "SELECT id, text FROM notes WHERE id = :id\n"),
    (RIGHT, "SELECT id, text FROM notes WHERE id = :left.id\n"),
];

fn broken(changes: &[(&str, &str)]) -> Result<TempDir> {
    let folder = catalog::folder(SOUND)?;
    catalog::write(folder.path(), changes)?;
    Ok(folder)
}

fn check(folder: &Path) -> Result<Output> {
    Ok(meanwhile(&["check"]).arg(folder).output()?)
}

/// What check prints, on lines as long as they come: the report breaks them for a terminal.
fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout);
    let words = text.split_whitespace().filter(|word| *word != "│");
    words.collect::<Vec<_>>().join(" ")
}

/// The finding is the only one, at this place, with these words and a mend.
#[track_caller]
fn assert_found(folder: &Path, place: &str, words: &[&str]) {
    assert_one(&check(folder).unwrap(), place, words);
}

#[track_caller]
fn assert_one(output: &Output, place: &str, words: &[&str]) {
    let said = said(output);
    assert_eq!(output.status.code(), Some(1), "{said}{output:?}");
    // A place that ends with a colon leaves open which column it is.
    let place = if place.ends_with(':') { place.to_owned() } else { format!("{place} ") };
    assert!(said.contains(&place), "{place} is not in {said}");
    for word in words {
        assert!(said.contains(word), "{word:?} is not in {said}");
    }
    let mend = said.split("help: ").nth(1).unwrap_or_default();
    assert!(mend.len() > 10, "no mend in {said}");
    assert!(said.ends_with("1 finding"), "{said}");
}

/// One changed file, and what is found.
#[track_caller]
fn assert_file(file: &str, text: &str, place: &str, words: &[&str]) {
    let folder = broken(&[(file, text)]).unwrap();
    println!("{file}: {text}");
    assert_found(folder.path(), place, words);
}

/// The sound contract with one thing replaced.
#[track_caller]
fn assert_contract(from: &str, to: &str, place: &str, words: &[&str]) {
    assert!(CONTRACT.contains(from), "{from}");
    assert_file(PROTO, &CONTRACT.replace(from, to), place, words);
}

#[test]
fn a_sound_catalog_has_no_finding() -> Result<()> {
    for folder in [catalog::folder(SOUND)?.path(), &sample()] {
        let output = check(folder)?;
        assert!(output.status.success(), "{}", said(&output));
        assert!(said(&output).contains("nothing found"), "{}", said(&output));
    }
    Ok(())
}

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
fn a_parameter_that_the_request_does_not_have() {
    let words = ["notes.v1.Key has no field key", "id"];
    assert_file(GET, "SELECT id FROM notes\nWHERE id = :key", "Get.sql:2:12", &words);
}

#[test]
fn a_parameter_that_is_not_one_value() {
    assert_file(GET, "SELECT id FROM notes WHERE id = :others", "Get.sql:1:33", &["repeated"]);
    assert_file(GET, "SELECT id FROM notes WHERE id = :note", "Get.sql:1:33", &["is a message"]);
    assert_file(GET, "SELECT id FROM notes WHERE id = :id.more", "Get.sql:1:33", &["no fields of its own"]);
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
fn a_write_inside_a_composite() -> Result<()> {
    let contract = CONTRACT.replace(
        "rpc Both(Key) returns (Pair) { option idempotency_level = NO_SIDE_EFFECTS; }",
        "rpc Both(Key) returns (Pair);",
    );
    let folder =
        broken(&[(PROTO, &contract), (RIGHT, "INSERT INTO notes VALUES (:id, '', 0) RETURNING id")])?;
    assert_found(folder.path(), "Both/right.sql:1:1", &["a write inside a composite reply"]);
    Ok(())
}

#[test]
fn a_file_that_answers_nothing() {
    let words = ["notes.v1.Notes has no method Gte", "Add, Both, Get, Page"];
    assert_file("sql/notes.v1.Notes/Gte.sql", "SELECT 1 AS id", "Gte.sql:1:1", &words);
    let words = ["the contract has no service notes.v2.Notes", "notes.v1.Notes"];
    assert_file("sql/notes.v2.Notes/Get.sql", "SELECT 1 AS id", "Get.sql:1:1", &words);
    assert_file("sql/notes.v1.Notes/readme.txt", "hello", "readme.txt:1:1", &["answers no method"]);
    assert_file(
        "sql/notes.v1.Notes/Both/middle.sql",
        "SELECT 1 AS id",
        "middle.sql:1:1",
        &["notes.v1.Pair has no field middle", "left, right"],
    );
}

#[test]
fn a_method_that_nothing_answers() -> Result<()> {
    let folder = broken(&[])?;
    fs::remove_file(folder.path().join(GET))?;
    assert_found(
        folder.path(),
        "notes.proto:6:3",
        &["nothing answers notes.v1.Notes/Get", "write sql/notes.v1.Notes/Get.sql"],
    );
    Ok(())
}

#[test]
fn two_files_for_one_method() {
    assert_file(
        "sql/notes.v1.Notes/Get/left.sql",
        "SELECT 1 AS id",
        "Get/left.sql:1:1",
        &["Get.sql answers notes.v1.Notes/Get already", "keep the file or the folder"],
    );
    let http = "GET {almanac}/x";
    assert_file(
        "sql/notes.v1.Notes/Get.http",
        http,
        "Get.http:1:1",
        &["Get.sql answers the same", "keep one of the two"],
    );
}

#[test]
fn parts_that_need_each_other() {
    let circle = "SELECT id, text FROM notes WHERE id = :right.id\n";
    assert_file(LEFT, circle, "Both/left.sql:1:39", &["a circle", "left needs right", "right needs left"]);
    assert_file(
        LEFT,
        "SELECT id FROM notes WHERE id = :left.id",
        "Both/left.sql:1:33",
        &["left needs itself"],
    );
}

#[test]
fn a_part_that_needs_a_column_that_is_not_selected() {
    let words = ["the part left has no column size", "select it there, AS size"];
    assert_file(RIGHT, "SELECT id FROM notes WHERE size = :left.size", "Both/right.sql:1:35", &words);
    assert_file(RIGHT, "SELECT id FROM notes WHERE id = :left", "Both/right.sql:1:33", &["names a part"]);
}

#[test]
fn a_list_that_is_not_paged() {
    let words = ["Page has page_by, and this statement does not use :limit"];
    assert_file(PAGE, "SELECT id FROM notes WHERE id > :after.id", "Page.sql:1:1", &words);
    let words = ["page_by does not name size"];
    let other = "SELECT id FROM notes\nWHERE id > :after.id OR size > :after.size LIMIT :limit";
    assert_file(PAGE, other, "Page.sql:2:32", &words);
    let words = ["page_by"];
    assert_file(PAGE, "SELECT text FROM notes WHERE id > :after.id LIMIT :limit", "Page.sql:1:", &words);
}

#[test]
fn a_contract_that_does_not_compile() {
    assert_contract("returns (Pair)", "returns (Nobody)", "notes.proto:12:", &["Nobody"]);
    assert_contract("message Note {", "message Note ", "notes.proto:15:", &["expected"]);
    assert_contract(
        "google/protobuf/empty.proto",
        "google/protobuf/nothing.proto",
        "notes.proto:3:",
        &["nothing.proto"],
    );
}

#[test]
fn a_contract_that_cannot_be_served() {
    assert_contract(
        "rpc Add(Note)",
        "rpc Add(stream Note)",
        "notes.proto:7:3",
        &["client streaming is not served"],
    );
    assert_contract("int32 page_size = 1; ", "", "notes.proto:8:3", &["page_size"]);
    assert_contract(
        "Note right = 2;",
        "repeated string right = 2;",
        "notes.proto:18:",
        &["is repeated, but not of messages"],
    );
}

#[test]
fn a_manifest_that_cannot_be_read() {
    assert_file("catalog.toml", "name = \"notes\"\ndatabase = 7\n", "catalog.toml:2:12", &["string"]);
    assert_file("catalog.toml", "name = \"notes\"\nupstream = 1\n", "catalog.toml:2:1", &["upstream"]);
    assert_file("catalog.toml", "", "catalog.toml:1:1", &["name"]);
    let upstream = "name = \"notes\"\n[upstreams.a]\nurl = \"ftp://host\"\n";
    assert_file("catalog.toml", upstream, "catalog.toml:3:", &["is not an http:// or https:// URL"]);
}

#[test]
fn a_folder_that_is_no_catalog() -> Result<()> {
    let folder = tempfile::tempdir()?;
    assert_found(folder.path(), "catalog.toml:1:1", &["cannot be read"]);
    Ok(())
}

#[test]
fn a_web_call_that_cannot_be_made() -> Result<()> {
    let file = "sql/notes.v1.Notes/Get.http";
    let manifest = "name = \"notes\"\n[upstreams.almanac]\nurl = \"http://127.0.0.1:8082\"\n";
    for (call, place, words) in [
        ("GET {nobody}/day\n", "Get.http:1:", "catalog.toml names no upstream nobody"),
        ("POST {almanac}/day\n", "Get.http:1:1", "only GET is known"),
        ("GET http://host/day\n", "Get.http:1:1", "does not start with an {upstream}"),
        ("GET {almanac}/day/:day\n", "Get.http:1:19", "notes.v1.Key has no field day"),
        ("GET {almanac}/day\nno header\n", "Get.http:2:1", "this is not a header"),
    ] {
        let folder = broken(&[("catalog.toml", manifest), (file, call)])?;
        fs::remove_file(folder.path().join(GET))?;
        println!("{call}");
        assert_found(folder.path(), place, &[words]);
    }
    Ok(())
}

#[test]
fn a_web_call_in_a_method_that_may_write() -> Result<()> {
    let manifest = "name = \"notes\"\n[upstreams.almanac]\nurl = \"http://127.0.0.1:8082\"\n";
    let folder =
        broken(&[("catalog.toml", manifest), ("sql/notes.v1.Notes/Add.http", "GET {almanac}/day\n")])?;
    fs::remove_file(folder.path().join("sql/notes.v1.Notes/Add.sql"))?;
    assert_found(folder.path(), "Add.http:1:1", &["a web call in a method that may write"]);
    Ok(())
}

#[test]
fn a_migration_or_a_seed_that_is_not_named_as_one() {
    assert_file("migrations/notes.sql", "SELECT 1", "migrations/notes.sql:1:1", &["not a migration's name"]);
    assert_file(
        "migrations/0001_again.sql",
        "SELECT 1",
        "migrations/0001_notes.sql:1:1",
        &["0001_again.sql has the number 1 too"],
    );
    assert_file(
        "seed/notes.oracle.sql",
        "SELECT 1",
        "seed/notes.oracle.sql:1:1",
        &["not a seed file's name"],
    );
}

#[test]
fn a_migration_that_does_not_run() {
    let words = ["does not run on SQLite", "syntax error"];
    assert_file("migrations/0002_more.sql", "CREATE TABLES more (x integer);", "0002_more.sql:1:1", &words);
}

#[test]
fn findings_are_told_together_in_the_order_of_their_files() -> Result<()> {
    let folder = broken(&[
        (RIGHT, "SELECT id FROM notes WHERE id = :nobody"),
        (GET, "SELECT id FROM notes WHERE id = :one AND size = :two"),
        (PAGE, "SELECT id FROM notes WHERE id > :after.id"),
    ])?;
    let output = check(folder.path())?;
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1));
    let at = |place: &str| said.find(place).unwrap_or_else(|| panic!("{place} is not in {said}"));
    let places = ["Both/right.sql:1:33", "Get.sql:1:33", "Get.sql:1:49", "Page.sql:1:1"].map(at);
    assert!(places.is_sorted() && said.ends_with("4 findings"), "{said}");
    Ok(())
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

/// A PostgreSQL that was migrated by the sound catalog, and a broken one checked on it.
fn on_postgres(changes: &[(&str, &str)]) -> Result<Option<Output>> {
    let Some(cluster) = Cluster::shared() else { return Ok(None) };
    let database = Database::Postgres(cluster.database()?);
    database.migrate(catalog::folder(SOUND)?.path())?;
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
            "SELECT id, now() - now() AS text FROM notes WHERE id = :id",
            "Get.sql:1:",
            ["interval", "CAST(... AS text)"],
        ),
        (
            "SELECT id, ARRAY[1] AS text FROM notes WHERE id = :id",
            "Get.sql:1:",
            ["int4[]", "CAST(... AS text)"],
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
    let Some(cluster) = Cluster::shared() else { return Ok(()) };
    let database = Database::Postgres(cluster.database()?);
    database.migrate(catalog::folder(SOUND)?.path())?;
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
