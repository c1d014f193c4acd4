//! Files that are missing, too many, misnamed, or cannot be read: contract, manifest, web calls, migrations.

use std::fs;

use anyhow::Result;

use super::{GET, assert_contract, assert_file, assert_found, broken};

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
        "sql/notes.v1.Notes/Page/notes.sql",
        "SELECT 1 AS id",
        "Page/notes.sql:1:1",
        &["Page.sql answers notes.v1.Notes/Page already", "keep the file or the folder"],
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
