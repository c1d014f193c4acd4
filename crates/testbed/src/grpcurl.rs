//! The real grpcurl against a server, as a user would run it: without TLS, the contract by reflection.

use std::{path::PathBuf, process::Command, time::Duration};

use anyhow::{Context as _, Result};

use crate::{
    run::{Finished, run},
    tools::{Tool, require},
};

/// Longer than any deadline that a test gives a call.
const BOUND: Duration = Duration::from_secs(60);

/// grpcurl's exit status for a failed call is this plus the gRPC code.
const STATUS_OFFSET: i32 = 64;

/// A grpcurl on this machine.
#[derive(Clone, Debug)]
pub struct Grpcurl {
    program: PathBuf,
}

impl Grpcurl {
    /// `None` where there is no grpcurl; see [`require`].
    pub fn find() -> Option<Self> {
        require(Tool::Grpcurl).map(|program| Self { program })
    }

    /// `grpcurl -plaintext FLAGS... ADDRESS WORDS...`, with nothing on standard input: `words` is `list`, `describe SYMBOL`
    /// or a method.
    pub fn run(&self, address: &str, flags: &[&str], words: &[&str]) -> Result<Reply> {
        self.run_with_input(address, flags, words, "")
    }

    /// Calls `method` ("package.Service/Method") with `data`, a JSON message (several, one after the other, for a client
    /// stream). Data goes by standard input, so it may be large.
    pub fn call(&self, address: &str, flags: &[&str], method: &str, data: &str) -> Result<Reply> {
        let flags = [flags, &["-d", "@"]].concat();
        self.run_with_input(address, &flags, &[method], data)
    }

    fn run_with_input(&self, address: &str, flags: &[&str], words: &[&str], input: &str) -> Result<Reply> {
        let mut command = Command::new(&self.program);
        command.arg("-plaintext").args(flags).arg(address).args(words);
        run(&mut command, input.as_bytes(), BOUND).map(Reply)
    }
}

/// What grpcurl answered.
#[derive(Debug)]
pub struct Reply(pub Finished);

impl Reply {
    /// The gRPC code: 0 when the call succeeded, `None` when grpcurl failed before there was an answer.
    pub fn code(&self) -> Option<i32> {
        match self.0.status.code()? {
            0 => Some(0),
            exit if exit > STATUS_OFFSET => Some(exit - STATUS_OFFSET),
            _ => None,
        }
    }

    /// The replies, each read as JSON. An error where grpcurl failed.
    pub fn messages(self) -> Result<Vec<serde_json::Value>> {
        let stdout = self.0.success()?;
        let messages = serde_json::Deserializer::from_str(&stdout).into_iter();
        messages.collect::<Result<_, _>>().with_context(|| stdout.clone())
    }

    /// The one reply of a unary call, as JSON.
    pub fn message(self) -> Result<serde_json::Value> {
        let mut messages = self.messages()?;
        anyhow::ensure!(messages.len() == 1, "{} messages, not one", messages.len());
        Ok(messages.remove(0))
    }
}
