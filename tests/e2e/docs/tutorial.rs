//! docs/tutorial.md, from `createdb` on: every command is run, on a PostgreSQL of the test's own.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use meanwhile_testbed::postgres::{Cluster, Settings};
use meanwhile_testbed::process::{Process, Signal};
use meanwhile_testbed::{Tool, eventually, require};

use super::page::{Block, Command, blocks};
use super::replay::{Replay, programs};
use crate::stack::{BOUND, meanwhile};

const PAGE: &str = "docs/tutorial.md";

/// What the page says of its reader's server, and of the gateway.
const SERVER: &str = "postgres://me@127.0.0.1/tickets";
const GATEWAY: &str = "127.0.0.1:8080";

#[test]
fn every_command_of_the_tutorial_answers_as_it_says() -> Result<()> {
    let (Some(grpcurl), Some(cluster)) = (require(Tool::Grpcurl), Cluster::start(&Settings::default()))
    else {
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    let programs = programs(folder.path(), grpcurl)?;
    for program in ["createdb", "psql"] {
        let there = Cluster::program(program).context("PostgreSQL's programs")?;
        std::os::unix::fs::symlink(there, programs.join(program))?;
    }
    let replay = replay(&cluster, folder.path(), programs)?;
    Reader { replay, served: None, mended: Vec::new() }.read()
}

/// A reader's environment: who they are to the server, as PostgreSQL's programs and as Meanwhile take it.
fn replay(cluster: &Cluster, folder: &Path, programs: std::path::PathBuf) -> Result<Replay> {
    let database = cluster.database()?;
    let url = database.url_without_password();
    let (user, address) = url.trim_start_matches("postgres://").split_once('@').context("a user")?;
    let port = address.split([':', '/']).nth(1).context("a port")?;
    cluster.run_as_admin(&format!("ALTER ROLE {user} CREATEDB"))?;
    let password = database.password();
    let says = [
        ("PGHOST", "127.0.0.1"),
        ("PGPORT", port),
        ("PGUSER", user),
        ("PGPASSWORD", &password),
        (crate::stack::PASSWORD, &password),
    ];
    Ok(Replay {
        folder: folder.to_owned(),
        names: vec![(SERVER.to_owned(), format!("postgres://{user}@127.0.0.1:{port}/tickets"))],
        environment: says.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        programs,
    })
}

/// Somebody who reads the page and does what it says.
struct Reader {
    replay: Replay,
    served: Option<Process>,
    /// Files with a fault, as they were before.
    mended: Vec<(std::path::PathBuf, Vec<u8>)>,
}

impl Reader {
    fn read(mut self) -> Result<()> {
        for block in blocks(PAGE) {
            match block {
                Block::File { path, text } => write(&self.replay.folder.join(path), text.as_bytes())?,
                Block::Broken { path, text } => {
                    let path = self.replay.folder.join(path);
                    self.mended.push((path.clone(), fs::read(&path)?));
                    write(&path, text.as_bytes())?;
                }
                Block::Console(commands) => {
                    commands.iter().try_for_each(|command| self.enter(command))?;
                    for (path, text) in self.mended.drain(..) {
                        fs::write(path, text)?;
                    }
                }
            }
        }
        let mut served = self.served.context("the page serves")?;
        served.signal(Signal::TERM)?;
        assert!(served.wait(BOUND)?.success());
        Ok(())
    }

    fn enter(&mut self, command: &Command) -> Result<()> {
        if command.line.starts_with("meanwhile up ") {
            return self.serve(&command.line);
        }
        // What is watched is there in a moment.
        let mut last = self.replay.run(command);
        if self.served.is_some() && last.is_err() {
            let done = || {
                last = self.replay.run(command);
                last.is_ok().then_some(())
            };
            let _ = eventually(&command.line, BOUND / 4, done);
        }
        last
    }

    fn serve(&mut self, line: &str) -> Result<()> {
        let line =
            self.replay.names.iter().fold(line.to_owned(), |line, (name, here)| line.replace(name, here));
        let mut command = meanwhile(&line.split_whitespace().skip(1).collect::<Vec<_>>());
        command.current_dir(&self.replay.folder);
        command.envs(self.replay.environment.iter().map(|(name, value)| (name, value)));
        for name in ["LISTEN", "DATA_LISTEN", "ALMANAC_LISTEN", "ADMIN", "DATA_ADMIN"] {
            command.env(format!("MEANWHILE_{name}"), "127.0.0.1:0");
        }
        let process = Process::start(command)?;
        process.wait_for_line("Ctrl-C ends it.", BOUND)?;
        let lines = process.lines();
        let gateway = lines.iter().find_map(|line| line.trim().strip_prefix("gateway"));
        let gateway = gateway.and_then(|rest| rest.split_whitespace().next()).context("an address")?;
        self.replay.names.push((GATEWAY.to_owned(), gateway.to_owned()));
        self.served = Some(process);
        Ok(())
    }
}

fn write(path: &Path, text: &[u8]) -> Result<()> {
    fs::create_dir_all(path.parent().unwrap_or(path))?;
    Ok(fs::write(path, text)?)
}
