//! docs/catalog.md: its bookshop is checked and served over each database, and answers as the page says.

use std::fs;
use std::path::Path;

use anyhow::Result;
use meanwhile_testbed::{Tool, require};

use super::page::{Block, blocks};
use super::replay::{Replay, programs};
use crate::stack::{Database, Stack};

const PAGE: &str = "docs/catalog.md";

#[test]
fn every_example_of_the_reference_is_so() -> Result<()> {
    let Some(grpcurl) = require(Tool::Grpcurl) else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let catalog = folder.path().join("catalog");
    for block in blocks(PAGE) {
        if let Block::File { path, text } = block {
            write(&catalog.join(path), &text)?;
        }
    }
    let programs = programs(folder.path(), grpcurl)?;
    for database in Database::both_for(&catalog)? {
        let (name, password) = (database.to_string(), database.password());
        let stack = Stack::over(database).catalog(&catalog).start()?;
        let mut replay = Replay {
            folder: catalog.clone(),
            names: vec![("127.0.0.1:8080".to_owned(), stack.gateway().to_owned())],
            environment: vec![("MEANWHILE_DATABASE".to_owned(), name)],
            programs: programs.clone(),
        };
        replay.environment.extend(password.map(|password| (crate::stack::PASSWORD.to_owned(), password)));
        let checked = replay.execute("meanwhile check")?.success()?;
        assert!(checked.contains("nothing found"), "{checked}");
        answers(&replay, &catalog)?;
    }
    Ok(())
}

fn answers(replay: &Replay, catalog: &Path) -> Result<()> {
    let mut mended = Vec::new();
    for block in blocks(PAGE) {
        match block {
            Block::File { .. } => {}
            Block::Broken { path, text } => {
                mended.push((catalog.join(&path), fs::read(catalog.join(&path))?));
                write(&catalog.join(path), &text)?;
            }
            Block::Console(commands) => {
                commands.iter().try_for_each(|command| replay.run(command))?;
                for (path, text) in mended.drain(..) {
                    fs::write(path, text)?;
                }
            }
        }
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::create_dir_all(path.parent().unwrap_or(path))?;
    Ok(fs::write(path, text)?)
}

#[test]
fn no_file_of_the_reference_is_shown_twice() {
    let mut seen = std::collections::BTreeSet::new();
    for block in blocks(PAGE) {
        if let Block::File { path, .. } = block {
            assert!(seen.insert(path.clone()), "{path}");
        }
    }
    assert!(seen.len() > 20);
}
