//! `request_id` (AIP-155): a call that is sent again is not executed again, but given the reply that it got. Id and reply
//! are kept in a table of ours, in the transaction of the write itself; whoever sends the same id meanwhile waits for it.

mod fingerprint;
mod sweep;
pub mod table;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use meanwhile_catalog::{Finding, Method, RequestId, Statement};
use meanwhile_proto::errors::Reason;
use meanwhile_telemetry::RequestContext;
use prost_reflect::{DynamicMessage, MessageDescriptor};

use crate::database::{Database, PrepareError, Prepared, RowSink, Transaction, Trip, Trips};
use crate::fault::Fault;
use crate::rows::Columns;
use crate::value::Value;
use fingerprint::fingerprint;
pub use sweep::keep_swept;

/// The most bytes of an id.
const LONGEST_ID: usize = 128;

/// How one method's calls are executed once.
#[derive(Debug)]
pub struct Once {
    method: String,
    request: MessageDescriptor,
    id: RequestId,
    /// The request's value that is its id.
    slot: usize,
    summary: Arc<str>,
    claim: Prepared,
    stored: Prepared,
    keep: Prepared,
}

/// A call that is to be executed once.
#[derive(Debug)]
pub struct Ticket {
    id: String,
    fingerprint: Vec<u8>,
}

impl Once {
    /// Has the database accept what it takes; the inner error is a table that is not there.
    ///
    /// # Errors
    /// The database could not be asked.
    pub async fn bind(
        method: &Method,
        id: &RequestId,
        slot: usize,
        database: &Database,
    ) -> Result<Result<Self, Finding>, Fault> {
        let mut prepared = Vec::new();
        for text in table::statements(database.dialect()) {
            let statement = Statement::own(text, database.dialect()).map_err(|finding| {
                Fault::new(Reason::Internal, "a statement of ours is none").detail(finding)
            })?;
            let sources = vec![None; statement.params.len()];
            match database.prepare(&statement, &sources, false).await {
                Ok(accepted) => prepared.push(accepted),
                Err(PrepareError::Unfit { .. }) => return Ok(Err(not_migrated(id))),
                Err(PrepareError::Unreachable(fault)) => return Err(fault),
            }
        }
        let Ok([claim, stored, keep]) = <[Prepared; 3]>::try_from(prepared) else {
            return Err(Fault::new(Reason::Internal, "three statements of ours are not three"));
        };
        Ok(Ok(Self {
            method: method.full_name().to_owned(),
            request: method.descriptor.input(),
            id: id.clone(),
            slot,
            summary: format!("{}/{}", method.descriptor.name(), id.field.name()).into(),
            claim,
            stored,
            keep,
        }))
    }

    /// The call's ticket; none where it has no id.
    ///
    /// # Errors
    /// FIELD_INVALID for an id that is too long.
    pub fn ticket(&self, values: &[Value], request: &[u8]) -> Result<Option<Ticket>, Fault> {
        let id = match &values[self.slot] {
            Value::Text(id) if !id.is_empty() => id,
            _ => return Ok(None),
        };
        if id.len() > LONGEST_ID {
            return Err(self.fault(format!("an id has at most {LONGEST_ID} bytes")));
        }
        let message = DynamicMessage::decode(self.request.clone(), request).map_err(|error| {
            Fault::new(Reason::RequestMalformed, "the request cannot be read").detail(error)
        })?;
        Ok(Some(Ticket { id: id.clone(), fingerprint: fingerprint(&message, self.id.field.number()) }))
    }

    /// Takes the id for this transaction, once whoever has it is done. Gives the reply that the call got before.
    ///
    /// # Errors
    /// FIELD_INVALID for the id of another request.
    pub async fn claim(
        &self,
        ticket: &Ticket,
        transaction: &mut Transaction,
        request: &RequestContext,
    ) -> Result<Option<Vec<u8>>, Fault> {
        let key = [Value::Text(self.method.clone()), Value::Text(ticket.id.clone())];
        let fingerprint = Value::Bytes(ticket.fingerprint.clone());
        let row = [key[0].clone(), key[1].clone(), fingerprint.clone()];
        if transaction.run(&self.trip(&self.claim, &row, request), &mut Stored::default()).await? > 0 {
            return Ok(None);
        }
        let mut stored = Stored::default();
        transaction.run(&self.trip(&self.stored, &key, request), &mut stored).await?;
        match stored.row {
            Some((before, reply)) if before == fingerprint => Ok(Some(reply)),
            Some(_) => Err(self.fault("this id was used for another request".to_owned())),
            None => Err(Fault::new(
                Reason::SerializationFailure,
                "another call with this id was under way; send it again",
            )),
        }
    }

    /// Keeps the reply, for whoever sends the call again.
    ///
    /// # Errors
    /// What the database had to say.
    pub async fn keep(
        &self,
        ticket: &Ticket,
        reply: &[u8],
        transaction: &mut Transaction,
        request: &RequestContext,
    ) -> Result<(), Fault> {
        let values =
            [Value::Bytes(reply.to_vec()), Value::Text(self.method.clone()), Value::Text(ticket.id.clone())];
        transaction.run(&self.trip(&self.keep, &values, request), &mut Stored::default()).await.map(drop)
    }

    fn trip<'a>(
        &'a self,
        prepared: &'a Prepared,
        values: &'a [Value],
        request: &'a RequestContext,
    ) -> Trip<'a> {
        Trip { prepared, values, summary: &self.summary, part: None, request }
    }

    fn fault(&self, description: String) -> Fault {
        Fault::field(self.id.field.name(), description)
    }
}

fn not_migrated(id: &RequestId) -> Finding {
    let message = format!("{} is not there, which keeps what became of each request_id", table::NAME);
    let mend = "run meanwhile migrate, or name :request_id in the method's SQL";
    let finding = Finding::error(&id.file, message, mend);
    match &id.place {
        Some(place) => finding.at(place.clone()),
        None => finding,
    }
}

/// The row of a call that was made before: its fingerprint and its reply.
#[derive(Default)]
struct Stored {
    row: Option<(Value, Vec<u8>)>,
}

impl RowSink for Stored {
    fn row(&mut self, row: &impl Columns) -> Result<(), Fault> {
        let value = |index| {
            let value = row.scalar(index).and_then(|scalar| scalar.to_value());
            value.map_err(|what| {
                Fault::new(Reason::Internal, "what became of this id cannot be read").detail(what)
            })
        };
        let reply = match value(1)? {
            Value::Bytes(reply) => reply,
            _ => Vec::new(),
        };
        self.row = Some((value(0)?, reply));
        Ok(())
    }

    fn is_untouched(&self) -> bool {
        self.row.is_none()
    }
}
