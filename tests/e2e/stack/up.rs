//! `meanwhile up` in a process of its own: everything at once, on ports of the system's choice.

use std::{path::Path, process::Command};

use anyhow::{Context as _, Result};
use meanwhile_testbed::process::Process;

use super::{BOUND, Wire, meanwhile, sample};

/// The flags that say where it listens.
pub const ADDRESSES: [&str; 6] =
    ["--listen", "--data-listen", "--almanac-listen", "--admin", "--data-admin", "--dashboard-listen"];

/// One that is up.
pub struct Up {
    pub process: Process,
    pub gateway: String,
}

/// A command that serves the sample on ports of the system's choice.
pub fn anywhere() -> Command {
    let mut command = meanwhile(&["up", "--catalog"]);
    command.arg(sample()).args(ADDRESSES.iter().flat_map(|flag| [*flag, "127.0.0.1:0"]));
    command
}

/// The same over a SQLite file in `folder`.
pub fn command(folder: &Path) -> Command {
    let mut command = anywhere();
    command.arg("--database").arg(format!("sqlite:{}", folder.join("up/first.sqlite").display()));
    command
}

impl Up {
    pub fn start(command: Command) -> Result<Self> {
        let process = Process::start(command)?;
        process.wait_for_line("Ctrl-C ends it.", BOUND)?;
        let mut this = Self { process, gateway: String::new() };
        this.gateway = this.address("gateway")?;
        Ok(this)
    }

    /// The address after a word of the list that it prints.
    pub fn address(&self, name: &str) -> Result<String> {
        let lines = self.process.lines();
        let line =
            lines.iter().find_map(|line| line.trim().strip_prefix(name)).with_context(|| lines.join("\n"))?;
        let address = line.split([' ', ',', '/']).find(|word| word.starts_with("127.0.0.1:"));
        Ok(address.with_context(|| line.to_owned())?.to_owned())
    }

    pub fn client(&self) -> Result<Wire> {
        Wire::to(&self.gateway, &sample())
    }

    pub fn says(&self, text: &str) -> bool {
        self.process.lines().iter().any(|line| line.contains(text))
    }
}
