//! A database that nobody knows: drafted, checked, served and read, by the commands that draft itself names.

use std::path::Path;

use anyhow::{Context as _, Result};
use meanwhile_catalog::Catalog;
use meanwhile_testbed::{
    grpcurl::Grpcurl,
    run::{Finished, run},
    schemas::{ROWS, Sql, generate},
};
use serde_json::Value;

use crate::stack::{BOUND, Database, Stack, catalog, meanwhile};

/// A schema of so many tables in each database there is, with rows.
fn databases(tables: usize) -> Result<Vec<Database>> {
    let (postgres, sqlite) = (generate(Sql::Postgres, tables), generate(Sql::Sqlite, tables));
    let schema = catalog::folder(&[
        ("catalog.toml", "name = \"schema\"\n"),
        ("migrations/1_all.postgres.sql", &postgres),
        ("migrations/1_all.sqlite.sql", &sqlite),
    ])?;
    Database::both_for(schema.path())
}

/// A subcommand on that folder and database.
fn command(subcommand: &str, folder: &Path, database: &Database, flags: &[&str]) -> Result<Finished> {
    let mut command = meanwhile(&[subcommand, "--catalog"]);
    command.arg(folder).args(flags);
    database.name_to(&mut command);
    run(&mut command, b"", BOUND)
}

/// The first row of each list by grpcurl, and what its Get says of it.
fn read_all(stack: &Stack, grpcurl: &Grpcurl, catalog: &Catalog) -> Result<usize> {
    let call = |path: &str, request: &Value| -> Result<Value> {
        let reply = grpcurl.call(stack.gateway(), &[], &path[1..], &request.to_string())?;
        reply.message().with_context(|| format!("{path} {request}"))
    };
    let mut read = 0;
    for list in catalog.methods.iter().filter(|method| method.page.is_some()) {
        let page = call(&list.path, &Value::Object(Default::default()))?;
        let (_, rows) = page.as_object().and_then(|page| page.iter().next()).context("a list")?;
        anyhow::ensure!(rows.as_array().is_some_and(|rows| rows.len() == ROWS), "{}: {page}", list.path);
        let service = list.path.rsplit_once('/').map_or("", |(service, _)| service);
        let get = catalog.methods.iter().find(|method| method.path.starts_with(&format!("{service}/Get")));
        let get = get.context("a method to get one")?;
        let names =
            get.descriptor.input().fields().map(|field| field.json_name().to_owned()).collect::<Vec<_>>();
        let key = names.into_iter().filter_map(|name| Some((name.clone(), rows[0].get(name)?.clone())));
        let row = call(&get.path, &Value::Object(key.collect()))?;
        anyhow::ensure!(row == rows[0], "{}: {row}, {}", get.path, rows[0]);
        read += 2;
    }
    Ok(read)
}

#[test]
fn what_is_drafted_is_clean_and_every_read_of_it_answers_by_grpcurl() -> Result<()> {
    let Some(grpcurl) = Grpcurl::find() else { return Ok(()) };
    for database in databases(40)? {
        let folder = tempfile::tempdir()?;
        let folder = folder.path().join("drafted");
        let told = command("draft", &folder, &database, &["--package", "own.v1"])?.success()?;
        assert!(told.contains("  meanwhile check --catalog "), "{told}");
        let told = command("check", &folder, &database, &[])?.success()?;
        assert!(told.contains("nothing found"), "{told}");
        let stack = Stack::over(database).catalog(&folder).start()?;
        let catalog = Catalog::load(&folder).map_err(|findings| anyhow::anyhow!("{findings}"))?;
        assert_eq!(read_all(&stack, &grpcurl, &catalog)?, 80);
    }
    Ok(())
}

#[test]
fn a_draft_says_what_it_did_and_a_second_one_does_nothing() -> Result<()> {
    for database in databases(2)? {
        let folder = tempfile::tempdir()?;
        let draft =
            || command("draft", folder.path(), &database, &["--table", "orders", "--package", "own.v1"]);
        let told = draft()?.success()?;
        assert!(told.contains("orders: own.v1.Orders with GetOrder, ListOrders, CreateOrder"), "{told}");
        assert!(!told.contains("categor"), "{told}");
        let told = draft()?.success()?;
        assert!(
            told.contains("kept as it is: proto/own/v1/orders.proto") && told.contains("0 files"),
            "{told}"
        );
    }
    Ok(())
}

#[test]
fn a_draft_without_a_folder_makes_one_named_after_the_database() -> Result<()> {
    for database in databases(1)? {
        let folder = tempfile::tempdir()?;
        let mut draft = meanwhile(&["draft"]);
        database.name_to(&mut draft);
        let told = run(draft.current_dir(folder.path()), b"", BOUND)?.success()?;
        let made = std::fs::read_dir(folder.path())?.next().context("a folder")??.file_name();
        let made = made.to_string_lossy();
        assert!(told.contains(&format!("files written to {made}")), "{told}");
        assert!(folder.path().join(&*made).join("catalog.toml").exists());
        // Inside a catalog it is that one.
        let mut again = meanwhile(&["draft", "--package", &format!("{made}.v1")]);
        database.name_to(&mut again);
        let told = run(again.current_dir(folder.path().join(&*made)), b"", BOUND)?.success()?;
        assert!(told.contains("0 files written to ."), "{told}");
    }
    Ok(())
}

#[test]
fn a_table_that_is_not_there_is_told_with_those_that_are() -> Result<()> {
    for database in databases(2)? {
        let folder = tempfile::tempdir()?;
        let refused = command("draft", folder.path(), &database, &["--table", "order"])?;
        assert!(!refused.status.success());
        assert!(refused.stderr.contains("there is no table order; there are: "), "{}", refused.stderr);
        assert!(refused.stderr.contains("orders"), "{}", refused.stderr);
        assert!(std::fs::read_dir(folder.path())?.next().is_none());
    }
    Ok(())
}
