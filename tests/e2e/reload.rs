//! A catalog that is edited while it is served, as its author sees it.

mod migrations;
mod signals;
mod watching;

use std::{fs, path::Path, process::Command};

use anyhow::{Context as _, Result};
use meanwhile_testbed::{
    eventually,
    process::{Process, Signal},
};
use tempfile::TempDir;
use tonic::Code;

use crate::stack::{Answer, BOUND, Wire, catalog, meanwhile};

const SAY: &str = "words.v1.Words/Say";
const MORE: &str = "words.v1.Words/More";

/// The contract with these methods, each of one word to another.
fn contract(package: &str, methods: &[&str]) -> String {
    let rpc = |name: &&str| {
        format!("  rpc {name}(Word) returns (Word) {{ option idempotency_level = NO_SIDE_EFFECTS; }}\n")
    };
    let rpcs: String = methods.iter().map(rpc).collect();
    format!(
        "syntax = \"proto3\";\npackage {package};\nservice Words {{\n{rpcs}}}\nmessage Word {{ string word = 1; }}\n"
    )
}

/// A catalog with one method, which says what is in the only row of the only table.
fn words() -> Result<TempDir> {
    catalog::folder(&[
        ("catalog.toml", "name = \"words\"\n"),
        ("migrations/0001_words.sql", "CREATE TABLE words (word text); INSERT INTO words VALUES ('hello');"),
        ("proto/words.proto", &contract("words.v1", &["Say"])),
        ("sql/words.v1.Words/Say.sql", "SELECT word FROM words"),
    ])
}

/// `meanwhile up` over a catalog that its author edits.
struct Edited {
    process: Process,
    folder: TempDir,
    gateway: String,
    _database: TempDir,
}

impl Edited {
    fn start(folder: TempDir, flags: &[&str]) -> Result<Self> {
        let database = tempfile::tempdir()?;
        let mut command = command(folder.path(), flags);
        command.arg("--database").arg(format!("sqlite:{}", database.path().join("it.sqlite").display()));
        let process = Process::start(command)?;
        process.wait_for_line("Ctrl-C ends it.", BOUND)?;
        let lines = process.lines();
        let line = lines.iter().find_map(|line| line.trim().strip_prefix("gateway")).context("a gateway")?;
        let gateway = line.split_whitespace().next().context("an address")?.to_owned();
        Ok(Self { process, folder, gateway, _database: database })
    }

    fn write(&self, files: &[(&str, &str)]) -> Result<()> {
        catalog::write(self.folder.path(), files)
    }

    fn remove(&self, file: &str) -> Result<()> {
        Ok(fs::remove_file(self.folder.path().join(file))?)
    }

    /// A client that knows the contract as it is now.
    fn client(&self) -> Result<Wire> {
        Wire::to(&self.gateway, self.folder.path())
    }

    /// What a method says now.
    fn says(&self, method: &str) -> Result<String> {
        said(&self.client()?, method)
    }

    fn wait_for_line(&self, text: &str) -> Result<String> {
        self.process.wait_for_line(text, BOUND)
    }

    /// Waits until that many lines have this text.
    fn wait_for_lines(&self, text: &str, count: usize) -> Result<()> {
        eventually(&format!("{count} times {text:?}"), BOUND, || {
            (self.process.lines().iter().filter(|line| line.contains(text)).count() >= count).then_some(())
        })
    }

    /// Waits until a method answers this.
    fn wait_until_said(&self, client: &Wire, method: &str, word: &str) -> Result<()> {
        let mut last = None;
        let heard = eventually(&format!("{method} says {word}"), BOUND, || {
            last = Some(said(client, method));
            matches!(&last, Some(Ok(said)) if said == word).then_some(())
        });
        heard.with_context(|| format!("the last answer: {last:?}\n{}", self.process.lines().join("\n")))
    }

    /// Waits until a method is nobody's.
    fn wait_until_gone(&self, client: &Wire, method: &str) -> Result<()> {
        eventually(&format!("the end of {method}"), BOUND, || {
            let answer = client.call(method, "{}").ok()?;
            (answer.code == Code::Unimplemented && answer.reason.as_deref() == Some("METHOD_UNKNOWN"))
                .then_some(())
        })
    }

    /// Reads the catalog again by SIGHUP, and waits until what was read is served.
    fn hang_up(&self, times_before: usize) -> Result<()> {
        self.process.signal(Signal::HUP)?;
        self.wait_for_lines("the changed contract is served", times_before + 1)
    }

    /// Exit code of `meanwhile healthcheck` of a name at the gateway.
    fn serves(&self, name: &str) -> Result<bool> {
        let url = format!("http://{}", self.gateway);
        Ok(meanwhile(&["healthcheck", "--service", name, &url]).output()?.status.success())
    }
}

fn command(folder: &Path, flags: &[&str]) -> Command {
    let mut command = meanwhile(&["up", "--catalog"]);
    let addresses = ["--listen", "--data-listen", "--almanac-listen", "--admin", "--data-admin"];
    command.arg(folder).args(addresses.iter().flat_map(|flag| [*flag, "127.0.0.1:0"])).args(flags);
    command
}

fn said(client: &Wire, method: &str) -> Result<String> {
    let answer = client.call(method, "{}")?;
    anyhow::ensure!(answer.code == Code::Ok, "{answer:?}");
    word(client, method, &answer)
}

fn word(client: &Wire, method: &str, answer: &Answer) -> Result<String> {
    let reply = client.decode(method, answer.replies.first().context("a reply")?)?;
    Ok(reply["word"].as_str().unwrap_or_default().to_owned())
}
