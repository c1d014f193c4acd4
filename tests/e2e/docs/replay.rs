//! Runs a document's commands and compares what they answer. JSON is compared as JSON, and `"..."` in it stands for any text;
//! elsewhere each line has to stand in the answer, in order, and a line `...` skips some.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use meanwhile_testbed::process::command;
use meanwhile_testbed::run::{Finished, run};
use serde_json::Value;

use super::page::Command;
use crate::stack::BOUND;

/// Where a document's commands run, and what they call by which name.
#[derive(Debug)]
pub struct Replay {
    pub folder: PathBuf,
    /// Names that the document uses for what has another one here.
    pub names: Vec<(String, String)>,
    pub environment: Vec<(String, String)>,
    /// A folder of programs by the names that the document calls them by.
    pub programs: PathBuf,
}

impl Replay {
    pub fn run(&self, told: &Command) -> Result<()> {
        let finished = self.execute(&told.line)?;
        let said = format!("{}{}", finished.stdout, finished.stderr);
        compare(&told.answer, &finished.stdout, &said)
            .with_context(|| format!("$ {}\nanswers\n{said}\nand not\n{}", told.line, told.answer))
    }

    pub fn execute(&self, line: &str) -> Result<Finished> {
        let script = self.names.iter().fold(line.to_owned(), |line, (name, here)| line.replace(name, here));
        let mut shell = command("bash");
        let path = format!("{}:{}", self.programs.display(), std::env::var("PATH").unwrap_or_default());
        shell.args(["-c", &script]).current_dir(&self.folder).env("PATH", path);
        shell.envs(self.environment.iter().map(|(name, value)| (name, value)));
        run(&mut shell, b"", BOUND)
    }
}

/// A folder with `meanwhile`, and grpcurl by its plain name.
pub fn programs(folder: &Path, grpcurl: PathBuf) -> Result<PathBuf> {
    let programs = folder.join("bin");
    std::fs::create_dir(&programs)?;
    std::os::unix::fs::symlink(grpcurl, programs.join("grpcurl"))?;
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_meanwhile"), programs.join("meanwhile"))?;
    Ok(programs)
}

fn compare(told: &str, stdout: &str, said: &str) -> Result<()> {
    match told.trim_start().starts_with('{') {
        true => {
            let read = |text: &str| {
                serde_json::Deserializer::from_str(text).into_iter().collect::<Result<Vec<Value>, _>>()
            };
            let (told, answered) = (read(told)?, read(stdout)?);
            ensure!(told.len() == answered.len(), "another number of messages");
            ensure!(told.iter().zip(&answered).all(|(told, value)| is_like(told, value)), "another message");
            Ok(())
        }
        false => has_lines(told, said),
    }
}

fn is_like(told: &Value, value: &Value) -> bool {
    match (told, value) {
        (Value::String(told), Value::String(_)) if told == "..." => true,
        (Value::Object(told), Value::Object(value)) => {
            let like =
                |(key, told): (&String, &Value)| value.get(key).is_some_and(|value| is_like(told, value));
            told.len() == value.len() && told.iter().all(like)
        }
        (Value::Array(told), Value::Array(value)) => {
            told.len() == value.len() && told.iter().zip(value).all(|(told, value)| is_like(told, value))
        }
        _ => told == value,
    }
}

fn has_lines(told: &str, said: &str) -> Result<()> {
    let mut rest = said;
    for line in told.lines().map(str::trim).filter(|line| !line.is_empty() && *line != "...") {
        let found = rest.find(line).with_context(|| format!("there is no {line}"))?;
        rest = &rest[found + line.len()..];
    }
    Ok(())
}

#[test]
fn an_answer_that_differs_is_seen() {
    assert!(compare("{\"a\": \"...\"}", "{\"a\": \"x\"}", "").is_ok());
    assert!(compare("{\"a\": 1}", "{\"a\": 2}", "").is_err());
    assert!(compare("{\"a\": 1}", "{\"a\": 1, \"b\": 2}", "").is_err());
    assert!(compare("{}", "", "").is_err());
    assert!(compare("one\n...\ntwo\n", "", "zero\none\nx\ntwo").is_ok());
    assert!(compare("two\none\n", "", "one\ntwo").is_err());
}
