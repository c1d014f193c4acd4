//! Every command in the README runs.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use meanwhile_testbed::process::{Process, Signal, command};
use meanwhile_testbed::run::run;
use meanwhile_testbed::{Tool, require};

const BINARY: &str = env!("CARGO_BIN_EXE_meanwhile");
const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const BOUND: Duration = Duration::from_secs(60);

/// The README's commands, in order.
fn commands() -> Vec<String> {
    let readme = std::fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap();
    let blocks = readme.split("```sh\n").skip(1);
    blocks.flat_map(|block| block.split("```").next().unwrap().lines().map(str::to_owned)).collect()
}

/// With the settings under which two runs on one machine do not meet.
fn on_free_ports(mut command: Command, folder: &Path) -> Command {
    for name in ["LISTEN", "DATA_LISTEN", "ALMANAC_LISTEN", "ADMIN", "DATA_ADMIN", "DASHBOARD_LISTEN"] {
        command.env(format!("MEANWHILE_{name}"), "127.0.0.1:0");
    }
    command.env("MEANWHILE_DATABASE", format!("sqlite:{}", folder.join("readme.sqlite").display()));
    command.current_dir(ROOT);
    command
}

/// `make run` less the release build: with the binary that the tests use anyway.
fn make_run(folder: &Path) -> (Process, String) {
    let mut make = on_free_ports(command("make"), folder);
    make.args(["--old-file=build", "run", &format!("MEANWHILE={BINARY}")]);
    let process = Process::start(make).unwrap();
    process.wait_for_line("Ctrl-C ends it.", BOUND).unwrap();
    let gateway =
        process.lines().iter().find_map(|line| line.trim().strip_prefix("gateway").map(str::to_owned));
    let gateway = gateway.unwrap().split_whitespace().next().unwrap().to_owned();
    (process, gateway)
}

/// A folder in which the tools have the names that the README calls them by.
fn tools(folder: &Path, grpcurl: PathBuf) -> PathBuf {
    let tools = folder.join("bin");
    std::fs::create_dir(&tools).unwrap();
    std::os::unix::fs::symlink(grpcurl, tools.join("grpcurl")).unwrap();
    tools
}

#[test]
fn every_command_in_the_readme_runs() {
    let Some(grpcurl) = require(Tool::Grpcurl) else { return };
    let folder = tempfile::tempdir().unwrap();
    let tools = tools(folder.path(), grpcurl);
    let (mut served, gateway) = make_run(folder.path());
    assert!(served.lines().iter().any(|line| line.contains("replies left in the order 1, 3, 2")));
    for line in commands() {
        match line.as_str() {
            // The one that this test is part of, and the one that is running.
            "make test" | "make run" => {}
            up if up.starts_with("target/release/meanwhile up") => runs_until_told_to_end(up, folder.path()),
            _ => succeeds(&line, &gateway, &tools, folder.path()),
        }
    }
    served.signal(Signal::TERM).unwrap();
    served.wait(BOUND).unwrap();
}

fn succeeds(line: &str, gateway: &str, tools: &Path, folder: &Path) {
    let script = line.replace("target/release/meanwhile", BINARY).replace("127.0.0.1:8080", gateway);
    let mut shell = on_free_ports(command("bash"), folder);
    let path = format!("{}:{}", tools.display(), std::env::var("PATH").unwrap_or_default());
    shell.args(["-ec", &script]).env("PATH", path).env("MEANWHILE_GATEWAY", format!("http://{gateway}"));
    // The database is being served meanwhile; what the README checks is the catalog.
    shell.env_remove("MEANWHILE_DATABASE");
    let finished = run(&mut shell, b"", BOUND).unwrap();
    assert!(finished.status.success(), "{line}\n{}\n{}", finished.stdout, finished.stderr);
    assert!(!finished.stdout.is_empty(), "{line} says nothing");
}

fn runs_until_told_to_end(line: &str, folder: &Path) {
    let mut command = on_free_ports(command(BINARY), folder);
    command.args(line.split_whitespace().skip(1));
    let mut process = Process::start(command).unwrap();
    process.wait_for_line("Ctrl-C ends it.", BOUND).unwrap();
    process.signal(Signal::TERM).unwrap();
    assert!(process.wait(BOUND).unwrap().success());
}

#[test]
fn every_file_the_readme_links_to_is_there() {
    let readme = std::fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap();
    let links = readme.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    for link in links.filter(|link| !link.starts_with("http")) {
        assert!(Path::new(ROOT).join(link).exists(), "{link}");
    }
}
