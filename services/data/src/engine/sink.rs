//! Where rows go when the reply is one message.

use meanwhile_proto::errors::Reason;

use super::{Call, PartReply, not_found, reply_too_large};
use crate::database::RowSink;
use crate::fault::Fault;
use crate::rows::{Columns, Key, RowPlan, ValueFault, with_length};
use crate::value::Value;

/// Exactly one row, as the reply itself or as one of its fields.
pub(super) struct OneRow<'a> {
    plan: &'a RowPlan,
    field: Option<&'a Key>,
    exports: &'a [usize],
    max_bytes: usize,
    reply: Option<PartReply>,
}

impl<'a> OneRow<'a> {
    pub fn new(plan: &'a RowPlan, field: Option<&'a Key>, exports: &'a [usize], max_bytes: usize) -> Self {
        Self { plan, field, exports, max_bytes, reply: None }
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
        let mut reply = PartReply::default();
        write(self.plan, self.field, row, &mut reply.bytes)?;
        if reply.bytes.len() > self.max_bytes {
            return Err(reply_too_large());
        }
        reply.exports = values(row, self.exports)?;
        self.reply = Some(reply);
        Ok(())
    }

    fn is_untouched(&self) -> bool {
        self.reply.is_none()
    }
}

/// Any number of rows, each a message of one repeated field; where the list is paged, the page's and one more.
pub(super) struct ManyRows<'a> {
    plan: &'a RowPlan,
    field: Option<&'a Key>,
    max_bytes: usize,
    call: &'a Call<'a>,
    bytes: Vec<u8>,
    rows: usize,
    last: Vec<Value>,
}

impl<'a> ManyRows<'a> {
    pub fn new(plan: &'a RowPlan, field: Option<&'a Key>, max_bytes: usize, call: &'a Call<'a>) -> Self {
        Self { plan, field, max_bytes, call, bytes: Vec::new(), rows: 0, last: Vec::new() }
    }

    pub fn finish(mut self) -> PartReply {
        if let (Some(paging), Some(page)) = (&self.call.method.paging, &self.call.page)
            && self.rows > page.size
        {
            paging.next.write(&mut self.bytes);
            let token = page.next_token(&self.last);
            with_length(&mut self.bytes, |bytes| bytes.extend_from_slice(token.as_bytes()));
        }
        PartReply { bytes: self.bytes, exports: Vec::new() }
    }
}

impl RowSink for ManyRows<'_> {
    fn row(&mut self, row: &impl Columns) -> Result<(), Fault> {
        self.rows += 1;
        if let (Some(paging), Some(page)) = (&self.call.method.paging, &self.call.page) {
            match self.rows.cmp(&page.size) {
                std::cmp::Ordering::Less => {}
                std::cmp::Ordering::Equal => self.last = last_values(row, &paging.columns)?,
                // The row that only shows that another page follows.
                std::cmp::Ordering::Greater => return Ok(()),
            }
        }
        write(self.plan, self.field, row, &mut self.bytes)?;
        if self.bytes.len() > self.max_bytes { Err(reply_too_large()) } else { Ok(()) }
    }

    fn is_untouched(&self) -> bool {
        self.rows == 0
    }
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

pub(super) fn write(
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
    values.map_err(|what| {
        Fault::new(Reason::ReplyInvalid, "a column that another part needs cannot be read").detail(what)
    })
}
