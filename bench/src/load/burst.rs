//! All requests at once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use tokio::task::JoinSet;

use super::connection::Connections;
use super::http2::Reply;
use crate::requests::Requests;

/// A connection for each so many calls.
pub const CALLS_A_CONNECTION: usize = 250;

/// What became of calls that were sent at once.
#[derive(Debug, Default)]
pub struct Burst {
    /// From the first send to the end of the last reply.
    pub total: Duration,
    /// Calls that ended OK.
    pub ok: usize,
    /// Of these, replies that went without an optional part.
    pub incomplete: usize,
    /// What the first call said that did not.
    pub first_failure: Option<String>,
}

pub async fn run(connections: &Connections, requests: &Arc<Requests>) -> Result<Burst> {
    let callers = (0..requests.messages.len()).map(|lane| connections.caller(lane));
    let callers: Vec<_> = callers.collect();
    let mut calls = JoinSet::new();
    let start = Instant::now();
    for (mut caller, message) in callers.into_iter().zip(requests.messages.iter().cloned()) {
        calls.spawn(async move { (caller.call(&message).await, start.elapsed()) });
    }
    let mut burst = Burst::default();
    while let Some(call) = calls.join_next().await {
        let (result, done) = call?;
        burst.add(result, done);
    }
    Ok(burst)
}

impl Burst {
    fn add(&mut self, result: Result<Reply>, done: Duration) {
        self.total = self.total.max(done);
        match result {
            Ok(reply) => {
                self.ok += 1;
                self.incomplete += usize::from(!reply.is_complete);
            }
            Err(error) if self.first_failure.is_none() => self.first_failure = Some(format!("{error:#}")),
            Err(_) => {}
        }
    }

    /// An error unless every call was answered OK and in full.
    pub fn complete(self, sent: usize) -> Result<Self> {
        if self.ok < sent {
            let failure = self.first_failure.as_deref().unwrap_or("no reason");
            bail!("{} of {sent} calls failed, the first with {failure}", sent - self.ok);
        }
        anyhow::ensure!(self.incomplete == 0, "{} replies went without a part", self.incomplete);
        Ok(self)
    }
}
