//! The sample served twice side by side, as over SQLite and over PostgreSQL, each in processes of its own, and calls that must
//! have the same reply from both. The data services are called, for the gateway does not read what it forwards.

use std::collections::VecDeque;

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use http::HeaderValue;
use serde_json::Value;
use tonic::Code;

use crate::stack::{
    Database, Setup, Stack, sample,
    wire::{Answer, Running, Wire},
};

/// Calls under way at once, on each side. More would fill the pools' queues and nothing else.
const IN_FLIGHT: usize = 32;

/// The almanac's day, for requests that name none.
const TODAY: &str = "2024-06-20";

pub struct Pair {
    first: Side,
    second: Side,
}

struct Side {
    name: &'static str,
    wire: Wire,
    stack: Stack,
}

impl Side {
    fn start(name: &'static str, setup: Setup) -> Result<Self> {
        let stack = setup.today(TODAY).start()?;
        Ok(Self { name, wire: Wire::to(stack.data(), &sample())?, stack })
    }
}

impl Pair {
    /// Both over the seeded sample; `None` where there is no PostgreSQL.
    pub fn start() -> Result<Option<Self>> {
        Self::start_with(|_| Ok(()))
    }

    /// The same, with more in each database.
    pub fn start_with(fill: impl Fn(&Database) -> Result<()>) -> Result<Option<Self>> {
        let Some(postgres) = Database::postgres()? else { return Ok(None) };
        let start = |name, database: Database| {
            fill(&database)?;
            Side::start(name, Stack::over(database))
        };
        let first = start("SQLite", Database::sqlite()?)?;
        Ok(Some(Self { first, second: start("PostgreSQL", postgres)? }))
    }

    /// Both over PostgreSQL: calls go together where they can, and each by itself.
    pub fn start_together_and_alone() -> Result<Option<Self>> {
        let (Some(one), Some(other)) = (Database::postgres()?, Database::postgres()?) else {
            return Ok(None);
        };
        let alone = Stack::over(other).data_switch("--no-batch").data_switch("--no-share");
        let first = Side::start("together", Stack::over(one))?;
        Ok(Some(Self { first, second: Side::start("alone", alone)? }))
    }

    /// Calls a method with each message on both sides, many at a time. The answers in order of the messages, when each was
    /// the same from both, byte for byte.
    pub fn same(&self, method: &str, messages: &[Value]) -> Result<Vec<Answer>> {
        let mut answers = Vec::with_capacity(messages.len());
        let mut running = VecDeque::with_capacity(IN_FLIGHT);
        for message in messages {
            if running.len() == IN_FLIGHT {
                answers.extend(running.pop_front().map(|oldest| self.join(method, oldest)).transpose()?);
            }
            let start = |side: &Side| side.wire.start(&name(method), &[], &message.to_string());
            running.push_back((message, start(&self.first)?, start(&self.second)?));
        }
        for rest in running {
            answers.push(self.join(method, rest)?);
        }
        Ok(answers)
    }

    /// The same for answers that are all OK, with all their parts.
    pub fn same_and_whole(&self, method: &str, messages: &[Value]) -> Result<Vec<Answer>> {
        let answers = self.same(method, messages)?;
        let is_whole = |answer: &Answer| answer.code == Code::Ok && missing_parts(answer).is_none();
        let failed = messages.iter().zip(&answers).find(|(_, answer)| !is_whole(answer));
        ensure!(failed.is_none(), "{method} {failed:?}, the services saying\n{}", self.logs());
        Ok(answers)
    }

    /// One call with one answer.
    pub fn same_one(&self, method: &str, message: &Value) -> Result<Answer> {
        self.same(method, std::slice::from_ref(message))?.pop().context("an answer")
    }

    /// An answer's messages as protobuf's JSON.
    pub fn read(&self, method: &str, answer: &Answer) -> Result<Vec<Value>> {
        answer.replies.iter().map(|reply| self.first.wire.decode(&name(method), reply)).collect()
    }

    fn join(&self, method: &str, (message, first, second): (&Value, Running, Running)) -> Result<Answer> {
        let wait = |side: &Side, running| {
            side.wire
                .wait(running)
                .with_context(|| format!("{method} {message}, the services saying\n{}", self.logs()))
        };
        let (first, second) = (wait(&self.first, first)?, wait(&self.second, second)?);
        if told(&first) != told(&second) {
            let [one, other] = [&first, &second].map(|answer| self.read(method, answer));
            let (name, other_name) = (self.first.name, self.second.name);
            anyhow::bail!(
                "{method} {message}\n{name}: {one:?} {first:?}\n{other_name}: {other:?} {second:?}"
            );
        }
        Ok(first)
    }

    fn logs(&self) -> String {
        [self.first.stack.logs(), self.second.stack.logs()].concat().join("\n")
    }
}

fn name(method: &str) -> String {
    format!("cityscape.v1.Cities/{method}")
}

/// All that an answer tells a client.
fn told(answer: &Answer) -> (Code, &str, &[Bytes], Option<&HeaderValue>, Option<&HeaderValue>) {
    let details = answer.trailers.get("grpc-status-details-bin");
    (answer.code, &answer.message, &answer.replies, details, missing_parts(answer))
}

fn missing_parts(answer: &Answer) -> Option<&HeaderValue> {
    answer.trailers.get("meanwhile-missing-parts")
}
