//! Catalogs that are not the sample's: small ones, none, and broken ones.

use anyhow::Result;
use tempfile::TempDir;

use crate::stack::up::{ADDRESSES, Up};
use crate::stack::{Wire, catalog, meanwhile};

#[test]
fn a_catalog_that_calls_no_almanac_gets_none() -> Result<()> {
    let (folder, catalog) = (tempfile::tempdir()?, hello()?);
    let mut command = meanwhile(&["up", "--catalog"]);
    command.arg(catalog.path()).args(ADDRESSES.iter().flat_map(|flag| [*flag, "127.0.0.1:0"]));
    command.arg("--database").arg(format!("sqlite:{}", folder.path().join("hello.sqlite").display()));
    let up = Up::start(command)?;
    assert!(up.address("almanac").is_err());
    let client = Wire::to(&up.gateway, catalog.path())?;
    let answer = client.call("hello.v1.Hello/Say", r#"{"text": "you"}"#)?;
    assert_eq!(client.decode("hello.v1.Hello/Say", &answer.replies[0])?["text"], "hello, you");
    Ok(())
}

#[test]
fn without_a_catalog_it_says_how_to_name_one() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let output = meanwhile(&["up"]).current_dir(folder.path()).output()?;
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("--catalog DIR"), "{said}");
    Ok(())
}

#[test]
fn a_broken_catalog_is_reported_and_not_served() -> Result<()> {
    let catalog = hello()?;
    catalog::write(catalog.path(), &[("sql/hello.v1.Hello/Say.sql", "SELECT :nothing AS text")])?;
    let output = meanwhile(&["up", "--catalog"]).arg(catalog.path()).output()?;
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("Say.sql:1:8"), "{said}");
    Ok(())
}

#[test]
fn a_migration_that_fails_is_named_and_its_fault_told_once() -> Result<()> {
    let (folder, catalog) = (tempfile::tempdir()?, hello()?);
    catalog::write(catalog.path(), &[("migrations/0002_more.sql", "CREATE TABLES more (x integer);")])?;
    let mut command = meanwhile(&["up", "--catalog"]);
    command.arg(catalog.path());
    command.arg("--database").arg(format!("sqlite:{}", folder.path().join("hello.sqlite").display()));
    let output = command.output()?;
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("migrations/0002_more.sql"), "{said}");
    assert_eq!(said.matches("syntax error").count(), 1, "{said}");
    Ok(())
}

/// The smallest catalog.
fn hello() -> Result<TempDir> {
    catalog::folder(&[
        ("catalog.toml", "name = \"hello\"\n"),
        ("migrations/0001_words.sql", "CREATE TABLE words (x integer);"),
        (
            "proto/hello/v1/hello.proto",
            r#"syntax = "proto3"; package hello.v1;
               service Hello { rpc Say(Words) returns (Words) { option idempotency_level = NO_SIDE_EFFECTS; } }
               message Words { string text = 1; }"#,
        ),
        ("sql/hello.v1.Hello/Say.sql", "SELECT 'hello, ' || :text AS text"),
    ])
}
