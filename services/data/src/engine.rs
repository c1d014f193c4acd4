//! The engine: runs a bound method. Parts that do not need each other run at the same time, each starts the moment
//! what it needs is there, and no part holds a connection while it waits for another.

mod kin;
mod parts;
mod sink;
mod stream;
mod tree;
mod web;
mod write;

use std::pin::pin;
use std::sync::Arc;

use meanwhile_telemetry::RequestContext;

use crate::bind::{Argument, BoundMethod, BoundPart, BoundSource};
use crate::database::{Database, Trip, Trips};
use crate::fault::Fault;
use crate::mask::{Selected, Selection};
use crate::once::Ticket;
use crate::page::Wanted;
use crate::rows::RowPlan;
use crate::upstream::Upstreams;
use crate::value::Value;
use kin::Kin;
use meanwhile_catalog::Shape;
use meanwhile_proto::errors::Reason;
pub(crate) use sink::write as write_row;
use sink::{ManyRows, OneRow};

pub use stream::StreamSink;

/// What methods run on. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Engine {
    /// The database.
    pub database: Database,
    /// The web services.
    pub upstreams: Upstreams,
    /// True: a composite's parts run one after the other, as a synchronous server's would.
    pub one_at_a_time: bool,
    /// The most bytes a reply may have.
    pub max_reply: usize,
}

/// One call under way.
#[derive(Debug)]
pub struct Call<'a> {
    /// The method.
    pub method: &'a BoundMethod,
    /// The request's values.
    pub values: Vec<Value>,
    /// The page it asks for, where it is a list.
    pub page: Option<Wanted>,
    /// What it wants of the reply; none where that is everything.
    pub selection: Option<Arc<Selection>>,
    /// The id by which it is executed once, where it has one.
    pub ticket: Option<Ticket>,
    /// Its spans.
    pub request: &'a RequestContext,
}

/// A reply's message.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    /// Its bytes on the wire.
    pub bytes: Vec<u8>,
    /// The optional parts it goes without.
    pub missing: Vec<Arc<str>>,
}

/// What one part gave.
#[derive(Debug, Default)]
pub(crate) struct PartReply {
    /// Of a part whose rows are kept apart, their messages, one behind the other; of others the reply's fields that it
    /// fills, keys included.
    bytes: Vec<u8>,
    /// Where each row ends that is kept apart.
    ends: Vec<usize>,
    /// What comes into the reply behind rows that are kept apart.
    behind: Vec<u8>,
    /// The family of each row of a child, and of each of its parent's rows.
    families: Vec<u32>,
    of_parents: Vec<Option<u32>>,
    /// The columns that other parts use, of each row.
    exports: Vec<Vec<Value>>,
}

impl PartReply {
    /// The message of a row that is kept apart.
    fn row(&self, row: usize) -> &[u8] {
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start..self.ends[row]]
    }
}

/// What a part gets to work with.
#[derive(Debug)]
struct Given {
    arguments: Vec<Value>,
    /// The parents that its rows go to, where it is a child of many.
    kin: Option<Kin>,
}

impl<'a> Call<'a> {
    /// Reads the request.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(method: &'a BoundMethod, message: &[u8], request: &'a RequestContext) -> Result<Self, Fault> {
        let values = method.layout.read(message)?;
        let method = method.in_order(&values)?;
        let page = method.paging.as_ref().map(|paging| paging.wanted(&values)).transpose()?;
        let masking = method.masking.as_ref();
        let selection = masking.map(|masking| masking.selection(&values, &method.parts, method.writes));
        let ticket = method.once.as_ref().map(|once| once.ticket(&values, message)).transpose()?.flatten();
        Ok(Self { method, values, page, selection: selection.transpose()?.flatten(), ticket, request })
    }

    /// True where equal calls at the same time may be one.
    pub fn is_shared(&self) -> bool {
        !self.method.writes
    }

    fn argument(&self, argument: Argument, replies: &[Option<PartReply>]) -> Value {
        match argument {
            Argument::Slot(slot) => self.values[slot].clone(),
            Argument::After(column) => {
                self.page.as_ref().map_or(Value::Null, |page| page.after[column].clone())
            }
            Argument::Limit => {
                self.page.as_ref().map_or(Value::Null, |page| Value::Int(page.size as i64 + 1))
            }
            Argument::Export { part, export } => {
                exported(replies, part, export).first().cloned().unwrap_or(Value::Null)
            }
            Argument::Exports { part, export } => Value::List(kin::distinct(exported(replies, part, export))),
        }
    }

    /// What is wanted of a part; none where that is everything.
    fn selected(&self, part: &BoundPart) -> Option<&Selected> {
        self.selection.as_ref().map(|selection| selection.of(part.index))
    }

    fn runs(&self, part: &BoundPart) -> bool {
        self.selected(part).is_none_or(|selected| selected.runs)
    }

    fn sends(&self, part: &BoundPart) -> bool {
        self.selected(part).is_none_or(|selected| selected.is_sent)
    }

    /// How a part's rows are written; none where they are not sent.
    fn rows<'r>(&'r self, part: &BoundPart, all: &'r RowPlan) -> Option<&'r RowPlan> {
        let selected = self.selected(part);
        selected.map_or(Some(all), |selected| selected.is_sent.then_some(&selected.rows))
    }

    fn given(&self, part: &BoundPart, replies: &[Option<PartReply>]) -> Given {
        let key = part.child.as_ref().and_then(|child| Some((child.parent, child.key.as_ref()?)));
        Given {
            arguments: part.arguments.iter().map(|argument| self.argument(*argument, replies)).collect(),
            kin: key.map(|(parent, key)| Kin::of(exported(replies, parent, key.export), key.form)),
        }
    }
}

/// A column that another part needs, of each row.
fn exported(replies: &[Option<PartReply>], part: usize, export: usize) -> &[Value] {
    replies
        .get(part)
        .and_then(Option::as_ref)
        .and_then(|reply| reply.exports.get(export))
        .map_or(&[], Vec::as_slice)
}

impl Engine {
    /// Answers a call with one message.
    ///
    /// # Errors
    /// The first fault of a part that is not optional; the others are ended with it.
    pub async fn answer(&self, call: &Call<'_>) -> Result<Reply, Fault> {
        let reply = match call.method.parts.as_slice() {
            [only] if !only.optional && only.etag.is_none() && call.ticket.is_none() && call.runs(only) => {
                let reply = self.part(call, only, call.given(only, &[])).await?;
                Reply { bytes: reply.bytes, missing: Vec::new() }
            }
            // In boxes: they are large, and most calls are a single read.
            _ if call.method.writes => Box::pin(self.write(call)).await?,
            _ => Box::pin(self.composite(call)).await?,
        };
        match reply.bytes.len() > self.max_reply {
            true => Err(reply_too_large()),
            false => Ok(reply),
        }
    }

    /// Answers a call with a stream: each row becomes a message.
    ///
    /// # Errors
    /// The statement's fault, after the rows that came before it.
    pub async fn stream(&self, call: &Call<'_>, sink: &mut StreamSink) -> Result<(), Fault> {
        let Some(part @ BoundPart { source: BoundSource::Sql { prepared, rows, .. }, .. }) =
            call.method.parts.first()
        else {
            return Err(Fault::new(Reason::Internal, "a stream needs a statement"));
        };
        let arguments = call.given(part, &[]).arguments;
        let trip = trip(call, part, prepared, &arguments);
        let rows = call.rows(part, rows).unwrap_or(rows);
        let run = self.database.run(&trip, &mut sink.rows(rows)).await;
        sink.flush().await?;
        run.map(|_| ())
    }

    /// One part, within its own time.
    async fn part(&self, call: &Call<'_>, part: &BoundPart, given: Given) -> Result<PartReply, Fault> {
        let run = pin!(async {
            match &part.source {
                BoundSource::Http { call: http, reply, exports } => {
                    let name = call.method.parts.len().gt(&1).then_some(&*part.name);
                    let message =
                        self.upstreams.get(http, &given.arguments, reply, name, call.request).await?;
                    Ok(web::from_message(part, message, exports, call.selected(part)))
                }
                BoundSource::Sql { .. } => self.statement(call, part, given, &mut &self.database).await,
            }
        });
        in_time(part, run).await
    }

    /// One part that is a statement.
    async fn statement(
        &self,
        call: &Call<'_>,
        part: &BoundPart,
        given: Given,
        trips: &mut impl Trips,
    ) -> Result<PartReply, Fault> {
        let BoundSource::Sql { prepared, rows, exports } = &part.source else {
            return Err(Fault::new(Reason::Internal, "a web service has no part in a transaction"));
        };
        let Given { arguments, kin } = given;
        let trip = trip(call, part, prepared, &arguments);
        let rows = call.rows(part, rows);
        match part.shape {
            // Where there is no parent, there is nothing to ask.
            _ if kin.as_ref().is_some_and(Kin::is_empty) => {
                ManyRows::new(part, rows, exports, self.max_reply, call, kin).finish()
            }
            Shape::One => {
                let mut sink = OneRow::new(part, rows, exports, self.max_reply);
                trips.run(&trip, &mut sink).await?;
                sink.finish()
            }
            Shape::Many | Shape::Stream => {
                let mut sink = ManyRows::new(part, rows, exports, self.max_reply, call, kin);
                let changed = trips.run(&trip, &mut sink).await?;
                if changed == 0 && prepared.changes_existing {
                    return Err(not_found());
                }
                sink.finish()
            }
            Shape::Nothing => match trips.run(&trip, &mut sink::NoRows).await? {
                0 if prepared.changes_existing => Err(not_found()),
                _ => Ok(PartReply::default()),
            },
        }
    }
}

/// Ends a part that takes longer than it may.
async fn in_time<T>(part: &BoundPart, run: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    match part.timeout {
        Some(timeout) => tokio::time::timeout(timeout, run).await.unwrap_or_else(|_| Err(Fault::deadline())),
        None => run.await,
    }
}

fn trip<'a>(
    call: &'a Call<'_>,
    part: &'a BoundPart,
    prepared: &'a crate::database::Prepared,
    values: &'a [Value],
) -> Trip<'a> {
    let name = (call.method.parts.len() > 1).then_some(&*part.name);
    Trip { prepared, values, summary: &part.summary, part: name, request: call.request }
}

fn not_found() -> Fault {
    Fault::new(Reason::ResourceNotFound, "there is no such row")
}

fn reply_too_large() -> Fault {
    Fault::new(Reason::ReplyTooLarge, "the reply is over the size limit; ask for less at once")
}

#[cfg(test)]
mod tests;
