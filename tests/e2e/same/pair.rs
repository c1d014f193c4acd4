//! The sample over SQLite and over PostgreSQL side by side, each in processes of its own, and calls that must have the same
//! reply from both. The data services are called, for the gateway does not read what it forwards.

use std::collections::VecDeque;

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use http::HeaderValue;
use serde_json::Value;
use tonic::Code;

use crate::stack::{
    Database, Stack, sample,
    wire::{Answer, Running, Wire},
};

/// Calls under way at once, on each side. More would fill the pools' queues and nothing else.
const IN_FLIGHT: usize = 32;

/// The almanac's day, for requests that name none.
const TODAY: &str = "2024-06-20";

pub struct Pair {
    sqlite: Side,
    postgres: Side,
}

struct Side {
    wire: Wire,
    stack: Stack,
}

impl Pair {
    /// Both over the seeded sample; `None` where there is no PostgreSQL.
    pub fn start() -> Result<Option<Self>> {
        Self::start_with(|_| Ok(()))
    }

    /// The same, with more in each database.
    pub fn start_with(fill: impl Fn(&Database) -> Result<()>) -> Result<Option<Self>> {
        let Some(postgres) = Database::postgres()? else { return Ok(None) };
        let start = |database: Database| {
            fill(&database)?;
            let stack = Stack::over(database).today(TODAY).start()?;
            anyhow::Ok(Side { wire: Wire::to(stack.data(), &sample())?, stack })
        };
        Ok(Some(Self { sqlite: start(Database::sqlite()?)?, postgres: start(postgres)? }))
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
            running.push_back((message, start(&self.sqlite)?, start(&self.postgres)?));
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
        answer.replies.iter().map(|reply| self.sqlite.wire.decode(&name(method), reply)).collect()
    }

    fn join(&self, method: &str, (message, sqlite, postgres): (&Value, Running, Running)) -> Result<Answer> {
        let wait = |side: &Side, running| {
            side.wire
                .wait(running)
                .with_context(|| format!("{method} {message}, the services saying\n{}", self.logs()))
        };
        let (sqlite, postgres) = (wait(&self.sqlite, sqlite)?, wait(&self.postgres, postgres)?);
        if told(&sqlite) != told(&postgres) {
            let [from_sqlite, from_postgres] = [&sqlite, &postgres].map(|answer| self.read(method, answer));
            anyhow::bail!(
                "{method} {message}\nSQLite: {from_sqlite:?} {sqlite:?}\nPostgreSQL: {from_postgres:?} {postgres:?}"
            );
        }
        Ok(sqlite)
    }

    fn logs(&self) -> String {
        [self.sqlite.stack.logs(), self.postgres.stack.logs()].concat().join("\n")
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
