//! Each kind of finding: check names file, line and column, says what is wrong, and how to mend it.

mod files;
mod json;
mod names;
mod postgres;
mod statements;

use std::{path::Path, process::Output};

use anyhow::Result;
use tempfile::TempDir;

use crate::stack::{catalog, meanwhile, sample};

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
