//! Blocks of fields, read.

use bytes::Bytes;
use http::HeaderValue;

use super::table::{Entry, SIZE, Table};
use super::{Name, huffman, integer};

/// Reads one side's blocks, all of them, in order.
#[derive(Debug)]
pub struct Decoder {
    table: Table,
    changes: u64,
}

/// A block that is no HPACK, or has a field with a name or value that no header has. The connection cannot go on.
#[derive(Debug, PartialEq, Eq)]
pub struct Malformed;

impl Decoder {
    /// With a table of 4,096 bytes.
    #[expect(clippy::new_without_default, reason = "a new connection's, and no default of anything")]
    pub fn new() -> Self {
        Self { table: Table::new(), changes: 0 }
    }

    /// How often the table has changed: while it has not, equal bytes are equal fields.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Gives every field of the block to `visit`.
    ///
    /// # Errors
    /// [`Malformed`]; fields before it have been visited.
    pub fn decode(
        &mut self,
        mut block: &[u8],
        mut visit: impl FnMut(&Name, HeaderValue),
    ) -> Result<(), Malformed> {
        let mut is_start = true;
        while let Some(&first) = block.first() {
            let is_size = first & 0xe0 == 0x20;
            if first & 0x80 != 0 {
                let entry =
                    self.table.get(integer::take(&mut block, 7).ok_or(Malformed)?).ok_or(Malformed)?;
                visit(&entry.name, entry.value.clone());
            } else if first & 0x40 != 0 {
                let entry = self.literal(&mut block, 6)?;
                visit(&entry.name, entry.value.clone());
                self.table.add(entry);
                self.changes += 1;
            } else if is_size {
                let size = integer::take(&mut block, 5).filter(|&size| is_start && size <= SIZE);
                self.table.resize(size.ok_or(Malformed)?);
                self.changes += 1;
            } else {
                let mut entry = self.literal(&mut block, 4)?;
                // One that is never to enter a table stays so on its way on (section 7.1.3).
                entry.value.set_sensitive(first & 0x10 != 0);
                visit(&entry.name, entry.value);
            }
            is_start &= is_size;
        }
        Ok(())
    }

    fn literal(&self, block: &mut &[u8], prefix: u32) -> Result<Entry, Malformed> {
        let name = match integer::take(block, prefix).ok_or(Malformed)? {
            0 => Name::read(&string(block).ok_or(Malformed)?),
            number => self.table.get(number).map(|entry| entry.name.clone()),
        };
        let value = HeaderValue::from_maybe_shared(string(block).ok_or(Malformed)?).map_err(|_| Malformed)?;
        Ok(Entry { name: name.ok_or(Malformed)?, value })
    }
}

fn string(block: &mut &[u8]) -> Option<Bytes> {
    let is_huffman = block.first()? & 0x80 != 0;
    let length = integer::take(block, 7)?;
    let (bytes, rest) = block.split_at_checked(length)?;
    *block = rest;
    match is_huffman {
        true => huffman::decode(bytes).map(Bytes::from),
        false => Some(Bytes::copy_from_slice(bytes)),
    }
}
