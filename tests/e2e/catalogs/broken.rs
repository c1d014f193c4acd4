//! What check says of each fault of a table; and that the commands that start something show the same and end.

mod at_once;
mod depot;
mod faults;

use std::{fs, path::Path, process::Command};

use anyhow::{Context as _, Result};
use meanwhile_testbed::run::{Finished, run};
use tempfile::TempDir;

use self::{
    depot::{CONTRACT, PROTO, SOUND},
    faults::{Change, Fault, IN_FILES, IN_STATEMENTS, ON_POSTGRES, ON_SQLITE},
};
use crate::stack::{BOUND, Database, catalog, meanwhile};

impl Fault {
    fn folder(&self) -> Result<TempDir> {
        let folder = catalog::folder(&SOUND)?;
        for change in self.changes {
            match change {
                Change::File(path, text) => catalog::write(folder.path(), &[(path, text)])?,
                Change::Gone(path) => fs::remove_file(folder.path().join(path))?,
                Change::Contract(old, new) => {
                    assert!(CONTRACT.contains(old), "{old} is not in the contract");
                    catalog::write(folder.path(), &[(PROTO, &CONTRACT.replace(old, new))])?;
                }
            }
        }
        Ok(folder)
    }

    /// What is amiss in check's answer; none where all is as it is to be.
    fn misses(&self, folder: &Path, finished: &Finished) -> Option<String> {
        let place = format!("{}/{}", folder.display(), self.at);
        let said = unwrapped(&finished.stdout);
        let (what, mend) = said.split_once("help: ").unwrap_or((&said, ""));
        let as_it_is = finished.status.code() == Some(1)
            && finished.stdout.lines().any(|line| line == place)
            && what.contains(self.says)
            && mend.contains(self.mend)
            && said.ends_with(" 1 finding");
        (!as_it_is).then(|| format!("{}, at {}\n{}{}", self.name, self.at, finished.stdout, finished.stderr))
    }
}

/// A report's words in one line, as they were before they were broken into lines for a terminal.
fn unwrapped(report: &str) -> String {
    report.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ")
}

fn check(folder: &Path, name_database: impl Fn(&mut Command)) -> Result<Finished> {
    let mut command = meanwhile(&["check"]);
    command.arg(folder);
    name_database(&mut command);
    run(&mut command, b"", BOUND)
}

/// Checks every fault of a table, and shows all that is not as it is to be at once.
fn assert_told(faults: &[Fault], name_database: impl Fn(&mut Command)) -> Result<()> {
    let mut misses = Vec::new();
    for fault in faults {
        let folder = fault.folder().context(fault.name)?;
        misses.extend(fault.misses(folder.path(), &check(folder.path(), &name_database)?));
    }
    assert!(misses.is_empty(), "\n{}", misses.join("\n"));
    Ok(())
}

/// A PostgreSQL that the sound catalog has migrated.
fn postgres() -> Result<Option<Database>> {
    Database::postgres_for(catalog::folder(&SOUND)?.path())
}

#[test]
fn a_sound_catalog_is_sound_on_either_database() -> Result<()> {
    let folder = catalog::folder(&SOUND)?;
    for database in Database::both_for(folder.path())? {
        let said = check(folder.path(), |command| database.name_to(command))?.success()?;
        assert!(said.contains(": 4 methods, checked against ") && said.contains(": nothing found"), "{said}");
    }
    Ok(())
}

#[test]
fn a_fault_of_the_files_is_told_at_its_place_with_its_mend() -> Result<()> {
    assert_told(IN_FILES, |_| {})
}

#[test]
fn a_fault_of_a_statement_is_told_at_its_place_with_its_mend() -> Result<()> {
    assert_told(ON_SQLITE, |_| {})?;
    assert_told(IN_STATEMENTS, |_| {})
}

#[test]
fn postgresql_tells_a_fault_at_its_place_with_its_mend() -> Result<()> {
    let Some(database) = postgres()? else { return Ok(()) };
    assert_told(IN_STATEMENTS, |command| database.name_to(command))?;
    assert_told(ON_POSTGRES, |command| database.name_to(command))
}

#[test]
fn a_catalog_for_postgresql_alone_is_not_checked_without_one() -> Result<()> {
    let folder = catalog::folder(&SOUND)?;
    fs::rename(
        folder.path().join("migrations/0001_items.sql"),
        folder.path().join("migrations/0001_items.postgres.sql"),
    )?;
    let finished = check(folder.path(), |_| {})?;
    assert_eq!(finished.status.code(), Some(2));
    assert!(finished.stderr.contains("name one with --database URL"), "{}", finished.stderr);
    Ok(())
}

/// A command that would start something, on a catalog with a fault, ends and shows it.
#[test]
fn nothing_starts_on_a_broken_catalog() -> Result<()> {
    let folder = IN_FILES[0].folder()?;
    let scratch = tempfile::tempdir()?;
    for name in ["up", "data", "gateway", "migrate"] {
        let mut command = meanwhile(&[name, "--catalog"]);
        command.arg(folder.path()).current_dir(scratch.path());
        if name != "gateway" {
            command.args(["--database", "sqlite:made.sqlite"]);
        }
        let finished = run(&mut command, b"", BOUND)?;
        assert_eq!(finished.status.code(), Some(1), "{name}");
        let (told, place) = (unwrapped(&finished.stderr), format!("/{} ", IN_FILES[0].at));
        assert!(told.contains(&place) && told.contains(IN_FILES[0].says), "{name}: {told}");
        assert!(told.contains(IN_FILES[0].mend) && told.contains("has findings"), "{name}: {told}");
        assert!(!scratch.path().join("made.sqlite").exists(), "{name} made a database");
    }
    Ok(())
}

#[test]
fn up_ends_with_the_file_of_a_migration_that_does_not_run() -> Result<()> {
    let folder = ON_SQLITE[0].folder()?;
    let mut command = meanwhile(&["up", "--database", "sqlite:made.sqlite", "--catalog"]);
    let finished = run(command.arg(folder.path()).current_dir(folder.path()), b"", BOUND)?;
    assert_eq!(finished.status.code(), Some(1));
    let told = finished.stderr;
    assert!(told.contains("migrations/0002_more.sql failed: ") && told.contains("syntax error"), "{told}");
    assert_eq!(told.matches("syntax error").count(), 1, "{told}");
    Ok(())
}
