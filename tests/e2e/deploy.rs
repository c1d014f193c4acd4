//! What deploy/ runs is what the binary knows.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};
use meanwhile_testbed::{Tool, require, run::run};
use serde_json::json;
use tonic::Code;

use crate::stack::{BOUND, Database, Stack, meanwhile};

const SUBCOMMANDS: [&str; 5] = ["gateway", "data", "migrate", "almanac", "healthcheck"];

fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy")
}

/// Whether the binary takes these arguments; what is before `--help` is read and held against their types first.
fn takes(arguments: &[String]) -> Result<bool> {
    let words: Vec<_> = arguments.iter().map(String::as_str).chain(["--help"]).collect();
    Ok(meanwhile(&words).output()?.status.success())
}

/// The argument list of every container of ours, rendered by kustomize and read out of the compose file.
fn commands() -> Result<Vec<Vec<String>>> {
    let mut check = Command::new("bash");
    check.arg(deploy().join("check.sh")).arg("--commands");
    let lines = run(&mut check, b"", BOUND)?.success()?;
    lines.lines().map(|line| serde_json::from_str(line).with_context(|| line.to_owned())).collect()
}

#[test]
fn every_container_has_arguments_that_the_binary_takes() -> Result<()> {
    if require(Tool::KubernetesValidate).is_none() || require(Tool::Kustomize).is_none() {
        return Ok(());
    }
    let commands = commands()?;
    let services: BTreeSet<_> =
        commands.iter().filter_map(|command| command.first()).map(String::as_str).collect();
    assert_eq!(services, BTreeSet::from(["almanac", "data", "gateway", "migrate"]));
    for command in commands {
        assert!(takes(&command)?, "{command:?}");
        let misspelt = command.iter().map(|word| word.replace("--", "--no-such-")).collect::<Vec<_>>();
        assert!(!takes(&misspelt)?, "{misspelt:?}");
    }
    Ok(())
}

/// They are lists in JSON wherever they are: `["CMD", "/meanwhile", …]`.
#[test]
fn every_probe_by_command_is_one_that_the_binary_takes() -> Result<()> {
    let mut probes = 0;
    for file in files(&deploy())? {
        for line in fs::read_to_string(&file)?.lines().filter(|line| line.contains("\"/meanwhile\"")) {
            let list = line.find('[').zip(line.rfind(']')).map(|(start, end)| &line[start..=end]);
            let words: Vec<String> =
                serde_json::from_str(list.context("a list")?).with_context(|| line.to_owned())?;
            let ours: Vec<_> = words.into_iter().skip_while(|word| word != "/meanwhile").skip(1).collect();
            if !ours.is_empty() {
                assert!(takes(&ours)?, "{}: {ours:?}", file.display());
                probes += 1;
            }
        }
    }
    assert!(probes > 0, "no probe was found");
    Ok(())
}

#[test]
fn every_setting_by_the_environment_is_one_that_the_binary_reads() -> Result<()> {
    let mut known = String::from("MEANWHILE_LEFT_OUT ");
    for subcommand in SUBCOMMANDS {
        known += &String::from_utf8_lossy(&meanwhile(&[subcommand, "--help"]).output()?.stdout);
    }
    let is_name = |c: char| c.is_ascii_uppercase() || c == '_';
    let mut found = 0;
    for file in files(&deploy())? {
        let text = fs::read_to_string(&file)?;
        for name in text.split(|c| !is_name(c)).filter(|name| name.starts_with("MEANWHILE_")) {
            let is_known = known.split(|c| !is_name(c)).any(|it| it == name);
            assert!(is_known, "{} sets {name}", file.display());
            found += 1;
        }
    }
    assert!(found > 1, "no setting was found");
    Ok(())
}

#[test]
fn the_catalog_that_an_overlay_mounts_is_served() -> Result<()> {
    let catalog = deploy().join("kubernetes/overlays/own-catalog/catalog");
    let Some(database) = Database::postgres_for(&catalog)? else { return Ok(()) };
    let stack = Stack::over(database).catalog(&catalog).start()?;
    let client = stack.client()?;
    let (add, get) = ("notes.v1.Notes/AddNote", "notes.v1.Notes/GetNote");
    let note = json!({"key": "today", "body": "bring tea"});
    let added = client.call(add, &note.to_string())?;
    assert_eq!(added.code, Code::Ok, "{added:?}");
    let found = client.call(get, r#"{"key": "today"}"#)?;
    assert_eq!(client.decode(get, &found.replies[0])?, note);
    Ok(())
}

/// Every file under a folder that is text.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        match path.is_dir() {
            true => found.append(&mut files(&path)?),
            false if fs::read_to_string(&path).is_ok() => found.push(path),
            false => {}
        }
    }
    Ok(found)
}
