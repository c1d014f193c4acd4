//! Where rows go when the reply is one message.

use meanwhile_proto::errors::Reason;

use super::kin::Kin;
use super::{Call, PartReply, not_found, reply_too_large};
use crate::bind::BoundPart;
use crate::database::RowSink;
use crate::fault::Fault;
use crate::page::{Paging, Wanted};
use crate::rows::{Columns, Key, RowPlan, ValueFault, with_length};
use crate::value::Value;

/// Room for most rows, so that their bytes are not moved while they are written.
const TYPICAL_ROW: usize = 256;

/// Exactly one row, as the reply itself or as one of its fields.
pub(super) struct OneRow<'a> {
    part: &'a BoundPart,
    plan: Option<&'a RowPlan>,
    exports: &'a [usize],
    max_bytes: usize,
    reply: Option<PartReply>,
}

impl<'a> OneRow<'a> {
    pub fn new(
        part: &'a BoundPart,
        plan: Option<&'a RowPlan>,
        exports: &'a [usize],
        max_bytes: usize,
    ) -> Self {
        Self { part, plan, exports, max_bytes, reply: None }
    }

    pub fn finish(self) -> Result<PartReply, Fault> {
        self.reply.ok_or_else(not_found)
    }
}

impl RowSink for OneRow<'_> {
    fn row(&mut self, row: &impl Columns) -> Result<(), Fault> {
        if self.reply.is_some() {
            return Err(Fault::new(
                Reason::RowsAmbiguous,
                "the statement gave several rows where one was expected",
            ));
        }
        let values = values(row, self.exports)?;
        let exports = values.into_iter().map(|value| vec![value]).collect();
        let bytes = Vec::with_capacity(TYPICAL_ROW);
        let mut reply = PartReply { bytes, exports, ..PartReply::default() };
        write_row(self.part, self.plan, row, &mut reply)?;
        if reply.bytes.len() > self.max_bytes {
            return Err(reply_too_large());
        }
        self.reply = Some(reply);
        Ok(())
    }

    fn is_untouched(&self) -> bool {
        self.reply.is_none()
    }
}

/// Any number of rows, each a message of one repeated field; where the list is paged, the page's and one more.
pub(super) struct ManyRows<'a> {
    part: &'a BoundPart,
    plan: Option<&'a RowPlan>,
    exports: &'a [usize],
    /// The most bytes that the messages may have, and what others need of the rows.
    max_bytes: usize,
    page: Option<(&'a Paging, &'a Wanted)>,
    kin: Option<Kin>,
    reply: PartReply,
    exported_bytes: usize,
    rows: usize,
    last: Vec<Value>,
}

impl<'a> ManyRows<'a> {
    pub fn new(
        part: &'a BoundPart,
        plan: Option<&'a RowPlan>,
        exports: &'a [usize],
        max_bytes: usize,
        call: &'a Call<'a>,
        kin: Option<Kin>,
    ) -> Self {
        let page = call.method.paging.as_ref().zip(call.page.as_ref()).filter(|_| part.paged);
        let reply = PartReply { exports: vec![Vec::new(); exports.len()], ..PartReply::default() };
        let (exported_bytes, rows, last) = (0, 0, Vec::new());
        Self { part, plan, exports, max_bytes, page, kin, reply, exported_bytes, rows, last }
    }

    pub fn finish(mut self) -> Result<PartReply, Fault> {
        if let Some((paging, page)) = self.page
            && self.rows > page.size
        {
            let next = if self.part.apart { &mut self.reply.behind } else { &mut self.reply.bytes };
            let token = page.next_token(&self.last)?;
            paging.next.write(next);
            with_length(next, |bytes| bytes.extend_from_slice(token.as_bytes()));
        }
        self.reply.of_parents = self.kin.map(Kin::into_parents).unwrap_or_default();
        Ok(self.reply)
    }

    /// Keeps what other parts need of the row, and whose it is.
    fn keep(&mut self, row: &impl Columns) -> Result<(), Fault> {
        for (kept, value) in self.reply.exports.iter_mut().zip(values(row, self.exports)?) {
            self.exported_bytes += value_bytes(&value);
            kept.push(value);
        }
        let key = self.part.child.as_ref().and_then(|child| child.key.as_ref());
        if let (Some(kin), Some(key)) = (&self.kin, key) {
            let value = row.scalar(key.column).map_err(unreadable)?;
            self.reply.families.push(kin.family(&value).map_err(|fault| fault.with("column", &*key.name))?);
        }
        Ok(())
    }

    /// At least this long the part is in the reply.
    fn length(&self) -> usize {
        self.reply.bytes.len() + 2 * self.reply.ends.len()
    }
}

impl RowSink for ManyRows<'_> {
    fn row(&mut self, row: &impl Columns) -> Result<(), Fault> {
        self.rows += 1;
        if let Some((paging, page)) = self.page {
            match self.rows.cmp(&page.size) {
                std::cmp::Ordering::Less => {}
                std::cmp::Ordering::Equal => self.last = last_values(row, &paging.columns)?,
                // The row that only shows that another page follows.
                std::cmp::Ordering::Greater => return Ok(()),
            }
        }
        self.keep(row)?;
        write_row(self.part, self.plan, row, &mut self.reply)?;
        match self.length().max(self.exported_bytes) > self.max_bytes {
            true => Err(reply_too_large()),
            false => Ok(()),
        }
    }

    fn is_untouched(&self) -> bool {
        self.rows == 0
    }
}

/// What a value takes, about.
fn value_bytes(value: &Value) -> usize {
    8 + match value {
        Value::Text(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        _ => 0,
    }
}

/// Writes a row, unless it is only there for what others need of it.
fn write_row(
    part: &BoundPart,
    plan: Option<&RowPlan>,
    row: &impl Columns,
    reply: &mut PartReply,
) -> Result<(), Fault> {
    let Some(plan) = plan else { return Ok(()) };
    write(plan, part.field.as_ref().filter(|_| !part.apart), row, &mut reply.bytes)?;
    if part.apart {
        reply.ends.push(reply.bytes.len());
    }
    Ok(())
}

/// Rows that nobody reads: the reply is empty.
pub(super) struct NoRows;

impl RowSink for NoRows {
    fn row(&mut self, _row: &impl Columns) -> Result<(), Fault> {
        Ok(())
    }

    fn is_untouched(&self) -> bool {
        false
    }
}

pub(crate) fn write(
    plan: &RowPlan,
    field: Option<&Key>,
    row: &impl Columns,
    out: &mut Vec<u8>,
) -> Result<(), Fault> {
    let written = match field {
        Some(key) => {
            key.write(out);
            with_length(out, |out| plan.write(row, out))
        }
        None => plan.write(row, out),
    };
    written.map_err(misfit)
}

fn misfit(fault: ValueFault) -> Fault {
    let said = Fault::new(Reason::ReplyInvalid, fault.to_string()).with("column", fault.column);
    match fault.what.detail() {
        Some(detail) => said.detail(detail),
        None => said,
    }
}

/// The values that the next page comes after. A NULL among them would lead back to the first page, for ever.
fn last_values(row: &impl Columns, columns: &[usize]) -> Result<Vec<Value>, Fault> {
    let last = values(row, columns)?;
    match last.contains(&Value::Null) {
        true => Err(Fault::new(Reason::ReplyInvalid, "a column that orders the pages is NULL")),
        false => Ok(last),
    }
}

fn values(row: &impl Columns, columns: &[usize]) -> Result<Vec<Value>, Fault> {
    let value = |&index: &usize| row.scalar(index)?.to_value();
    let values: Result<Vec<Value>, String> = columns.iter().map(value).collect();
    values.map_err(unreadable)
}

fn unreadable(what: String) -> Fault {
    Fault::new(Reason::ReplyInvalid, "a column that another part needs cannot be read").detail(what)
}
