//! `meanwhile doctor`: what this machine has and lacks. Serving needs nothing but this binary; the list is of what
//! tests and benchmarks use.

use std::io::Write;
use std::process::{Command, ExitCode, Stdio};

use anyhow::Context;
use clap::Args as ClapArgs;

/// The one home of the tools' names, versions and places.
const STATUS: &str = include_str!("../../tools/status.sh");

#[derive(Debug, ClapArgs)]
pub struct Args {}

pub fn run(Args {}: Args) -> anyhow::Result<ExitCode> {
    let status = status()?;
    let mut missing = 0;
    println!("Serving a catalog needs this binary alone. Tests and benchmarks use these:\n");
    for line in status.lines() {
        let mut words = line.split('\t');
        let (Some(name), Some(version), Some(needed_by)) = (words.next(), words.next(), words.next()) else {
            continue;
        };
        match words.next().filter(|program| !program.is_empty()) {
            Some(program) => println!("  found    {name} {version}: {program}"),
            None => {
                missing += 1;
                println!("  missing  {name} {version}: left out are {needed_by}");
            }
        }
    }
    println!("\n{}", if missing == 0 { "Nothing is missing." } else { "`make tools` installs what it may." });
    Ok(if missing == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn status() -> anyhow::Result<String> {
    let mut shell = Command::new("sh")
        .arg("-s")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("doctor needs sh")?;
    if let Some(mut input) = shell.stdin.take() {
        input.write_all(STATUS.as_bytes())?;
    }
    Ok(String::from_utf8(shell.wait_with_output()?.stdout)?)
}
