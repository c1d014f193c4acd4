//! A write of several parts is one transaction: its parts run one after the other, each when what it needs is there, else
//! in the order of the plan. Whatever goes wrong, nothing of it happened.

use std::pin::pin;

use super::parts::{Progress, at_start, join, next};
use super::{Call, Engine, PartReply, Reply, in_time};
use crate::database::Transaction;
use crate::fault::Fault;
use crate::value::Value;
use meanwhile_proto::errors::Reason;

/// What a write's transaction came to.
enum Outcome {
    /// It did what there is to do, and is to be committed.
    Ran(Reply),
    /// An earlier one did, with this reply.
    RanBefore(Reply),
}

impl Engine {
    pub(super) async fn write(&self, call: &Call<'_>) -> Result<Reply, Fault> {
        let mut transaction = self.database.begin(call.request).await?;
        let mut outcome = self.run_once(call, &mut transaction).await;
        if outcome.is_err() && transaction.is_stale() {
            transaction = transaction.again(call.request).await?;
            outcome = self.run_once(call, &mut transaction).await;
        }
        match outcome? {
            Outcome::Ran(reply) => {
                transaction.commit(call.request).await?;
                Ok(reply)
            }
            Outcome::RanBefore(reply) => Ok(reply),
        }
    }

    /// The parts, unless the call was executed before.
    async fn run_once(&self, call: &Call<'_>, transaction: &mut Transaction) -> Result<Outcome, Fault> {
        let (Some(once), Some(ticket)) = (&call.method.once, &call.ticket) else {
            return self.run_all(call, transaction).await.map(Outcome::Ran);
        };
        if let Some(bytes) = once.claim(ticket, transaction, call.request).await? {
            return Ok(Outcome::RanBefore(Reply { bytes, missing: Vec::new() }));
        }
        let reply = self.run_all(call, transaction).await?;
        once.keep(ticket, &reply.bytes, transaction, call.request).await?;
        Ok(Outcome::Ran(reply))
    }

    /// Every part, up to the reply as it will be sent.
    async fn run_all(&self, call: &Call<'_>, transaction: &mut Transaction) -> Result<Reply, Fault> {
        let parts = &call.method.parts;
        let mut progress = at_start(call);
        let mut replies: Vec<Option<PartReply>> = parts.iter().map(|_| None).collect();
        while let Some(index) = next(parts, &progress) {
            let part = &parts[index];
            let given = call.given(part, &replies);
            let given = in_time(part, pin!(self.statement(call, part, given, transaction))).await?;
            if let Some(etag) = part.etag {
                check_etag(&call.values[etag], &given)?;
            }
            replies[index] = Some(given);
            progress[index] = Progress::Done;
        }
        join(call, &progress, &replies, self.max_reply)
    }
}

/// A client that sends an etag wants its write only if the row is still as the client knows it (AIP-154).
fn check_etag(known: &Value, given: &PartReply) -> Result<(), Fault> {
    let known = match known {
        Value::Text(known) if !known.is_empty() => known,
        _ => return Ok(()),
    };
    let now = given.exports.first().and_then(|rows| rows.first()?.to_text());
    match now.as_ref() == Some(known) {
        true => Ok(()),
        false => {
            Err(Fault::new(Reason::EtagMismatch, "the row was changed since it was read; read it again"))
        }
    }
}
