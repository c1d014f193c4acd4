//! Blocks of fields, written.

use bytes::{BufMut, BytesMut};
use http::HeaderValue;

use super::table::{Entry, SIZE, Table};
use super::{Name, integer};

/// Fields of a name that entered the table in vain, after which that name's enter it no more: they would only drive out
/// those that are sent again.
const VAIN: u8 = 8;
/// Names that are watched for it.
const WATCHED: usize = 64;

/// Writes one side's blocks, all of them, in order.
#[derive(Debug)]
pub struct Encoder {
    table: Table,
    /// Of each name, how often a field of it entered less how often one was found.
    vain: Vec<(Name, u8)>,
    /// The table's size as the peer wants it, where it has not been told that this is done.
    resized: Option<usize>,
}

impl Encoder {
    /// With a table of 4,096 bytes.
    #[expect(clippy::new_without_default, reason = "a new connection's, and no default of anything")]
    pub fn new() -> Self {
        Self { table: Table::new(), vain: Vec::new(), resized: None }
    }

    /// The peer keeps so much, of which no more than 4,096 bytes are used.
    pub fn resize(&mut self, most: usize) {
        let most = most.min(SIZE);
        self.table.resize(most);
        self.resized = Some(most);
    }

    /// Comes before a block's first field.
    pub fn begin(&mut self, out: &mut BytesMut) {
        if let Some(size) = self.resized.take() {
            // Where it shrank and grew again, the smallest would have to be said as well (section 4.2). Said as empty it is.
            integer::put(out, 0x20, 5, 0);
            integer::put(out, 0x20, 5, size);
            self.table.resize(0);
            self.table.resize(size);
        }
    }

    /// Writes a field.
    pub fn encode(&mut self, name: &Name, value: &[u8], out: &mut BytesMut) {
        if let Some(number) = self.table.find(name, value) {
            self.found(name);
            return integer::put(out, 0x80, 7, number);
        }
        if !self.table.is_worth(name, value) || !self.enters(name) {
            return literal(out, 0, 4, name, value);
        }
        // Whoever has bytes that no header has sends them, and they enter nothing.
        let Ok(entry) = HeaderValue::from_bytes(value) else { return literal(out, 0, 4, name, value) };
        literal(out, 0x40, 6, name, value);
        self.table.add(Entry { name: name.clone(), value: entry });
    }

    /// Writes a field that enters no table, here or further on.
    pub fn encode_sensitive(&self, name: &Name, value: &[u8], out: &mut BytesMut) {
        literal(out, 0x10, 4, name, value);
    }

    fn found(&mut self, name: &Name) {
        if let Some((_, vain)) = self.vain.iter_mut().find(|(watched, _)| watched == name) {
            *vain = 0;
        }
    }

    fn enters(&mut self, name: &Name) -> bool {
        match self.vain.iter_mut().find(|(watched, _)| watched == name) {
            Some((_, vain)) => {
                *vain = vain.saturating_add(1);
                *vain <= VAIN
            }
            None => {
                let is_watched = self.vain.len() < WATCHED;
                if is_watched {
                    self.vain.push((name.clone(), 1));
                }
                is_watched
            }
        }
    }
}

fn literal(out: &mut BytesMut, first: u8, prefix: u32, name: &Name, value: &[u8]) {
    match Table::find_name(name) {
        Some(number) => integer::put(out, first, prefix, number),
        None => {
            out.put_u8(first);
            string(out, name.as_str().as_bytes());
        }
    }
    string(out, value);
}

fn string(out: &mut BytesMut, bytes: &[u8]) {
    integer::put(out, 0, 7, bytes.len());
    out.put_slice(bytes);
}
