//! One service as a process: where it listens, and its end and return.

use std::{
    ffi::OsString,
    process::{Command, ExitStatus},
};

use anyhow::{Context as _, Result};
use meanwhile_testbed::process::{self, Process, Signal};

use super::BOUND;

/// A service that was started, and how.
#[derive(Debug)]
pub struct Service {
    process: Process,
    command: Vec<OsString>,
    settings: Vec<(OsString, OsString)>,
    address: String,
    probes: Option<String>,
}

impl Service {
    /// Starts it on a port of the system's choice, and waits until it says which.
    pub fn start(command: Command) -> Result<Self> {
        let words = std::iter::once(command.get_program()).chain(command.get_args());
        let settings = command.get_envs().filter_map(|(name, value)| Some((name.into(), value?.into())));
        let mut this = Self {
            command: words.map(Into::into).collect(),
            settings: settings.collect(),
            process: listening(command, "127.0.0.1:0")?,
            address: String::new(),
            probes: None,
        };
        this.read_addresses()?;
        Ok(this)
    }

    /// HOST:PORT.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// HOST:PORT where probes are answered.
    pub fn probes(&self) -> &str {
        self.probes.as_deref().unwrap_or_default()
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Every line it has written since it was last started.
    pub fn lines(&self) -> Vec<String> {
        self.process.lines()
    }

    /// The first line with this text, past or to come.
    pub fn wait_for_line(&self, text: &str) -> Result<String> {
        self.process.wait_for_line(text, BOUND)
    }

    /// Sends a signal that does not end it.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        self.process.signal(signal)
    }

    /// Sends a signal and waits for the end.
    pub fn end(&mut self, signal: Signal) -> Result<ExitStatus> {
        self.process.signal(signal)?;
        self.process.wait(BOUND)
    }

    /// Waits for an end of its own accord.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        self.process.wait(BOUND)
    }

    /// Starts it again on the same port, after [`Service::end`].
    pub fn start_again(&mut self) -> Result<()> {
        let (program, arguments) = self.command.split_first().context("a program")?;
        let mut command = process::command(program);
        command.args(arguments).envs(self.settings.iter().cloned());
        self.process = listening(command, &self.address)?;
        self.read_addresses()
    }

    /// Services say it in one line: `… on ADDRESS`, and where they have probes `, probes on ADDRESS`.
    fn read_addresses(&mut self) -> Result<()> {
        let line = self.process.wait_for_line(" on 127.0.0.1:", BOUND)?;
        let mut addresses = line.split(" on ").filter(|text| text.starts_with("127.0.0.1:"));
        let mut next = || addresses.next().and_then(|text| text.split(',').next()).map(str::to_owned);
        self.address = next().with_context(|| line.clone())?;
        self.probes = next();
        Ok(())
    }
}

fn listening(mut command: Command, address: &str) -> Result<Process> {
    command.args(["--listen", address]);
    Process::start(command)
}
