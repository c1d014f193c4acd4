//! The rows of a composite's parts, put together: each child's rows go into their parents' as bytes. How long each
//! message becomes is worked out first, from the leaves up, so that nothing is moved and nothing too large is built.

use prost::encoding::{encode_varint, encoded_len_varint};

use super::PartReply;
use crate::bind::BoundPart;
use crate::rows::Key;

/// What the parts gave, as far as they gave something.
pub(super) struct Tree<'a> {
    parts: &'a [BoundPart],
    replies: &'a [Option<PartReply>],
    /// How its rows go together, for each part whose rows are kept apart.
    branches: Vec<Branch>,
}

/// The rows of one part whose rows are kept apart.
#[derive(Default)]
struct Branch {
    /// The parts whose rows go into these.
    children: Vec<usize>,
    /// How many bytes each row has, with what goes into it.
    lengths: Vec<u64>,
    /// The rows of each family, one family behind the other, in the order they came in.
    rows: Vec<u32>,
    /// Where each family's rows end in `rows`.
    ends: Vec<usize>,
    /// How many bytes each family's rows are within a parent.
    family_lengths: Vec<u64>,
}

impl<'a> Tree<'a> {
    pub fn new(parts: &'a [BoundPart], replies: &'a [Option<PartReply>]) -> Self {
        let mut tree = Self { parts, replies, branches: parts.iter().map(|_| Branch::default()).collect() };
        // A child stands behind its parent, so that what goes into a row is known before the row.
        for index in (0..parts.len()).rev() {
            let (Some(reply), Some(key)) = (&replies[index], &parts[index].field) else { continue };
            if !parts[index].apart {
                continue;
            }
            if let Some(child) = &parts[index].child {
                tree.branches[child.parent].children.push(index);
            }
            tree.branches[index].children.reverse();
            let lengths = (0..reply.ends.len()).map(|row| tree.length(index, reply, row)).collect();
            tree.branches[index].grow(key, lengths, &reply.families);
        }
        tree
    }

    fn length(&self, index: usize, reply: &PartReply, row: usize) -> u64 {
        let children = self.branches[index].children.iter().map(|&child| match self.family(child, row) {
            Some(family) => self.branches[child].family_lengths.get(family).copied().unwrap_or(0),
            None => 0,
        });
        children.fold(reply.row(row).len() as u64, u64::saturating_add)
    }

    /// The family of that child's rows that go into the parent's row of that index.
    fn family(&self, child: usize, row: usize) -> Option<usize> {
        let reply = self.replies[child].as_ref()?;
        match self.parts[child].child.as_ref()?.key {
            Some(_) => reply.of_parents.get(row).copied().flatten().map(|family| family as usize),
            None => Some(0),
        }
    }

    /// How many bytes a part of the reply itself has.
    pub fn len(&self, index: usize) -> u64 {
        match (&self.replies[index], &self.parts[index].field) {
            (Some(reply), Some(key)) if self.parts[index].apart => {
                let rows = self.branches[index].lengths.iter().map(|length| enclosed(key, *length));
                rows.fold(reply.behind.len() as u64, u64::saturating_add)
            }
            (Some(reply), _) => reply.bytes.len() as u64,
            (None, _) => 0,
        }
    }

    /// Writes a part of the reply itself, with all that goes into it.
    pub fn write(&self, index: usize, out: &mut Vec<u8>) {
        match &self.replies[index] {
            Some(reply) if self.parts[index].apart => {
                (0..reply.ends.len()).for_each(|row| self.write_row(index, reply, row, out));
                out.extend_from_slice(&reply.behind);
            }
            Some(reply) => out.extend_from_slice(&reply.bytes),
            None => {}
        }
    }

    fn write_row(&self, index: usize, reply: &PartReply, row: usize, out: &mut Vec<u8>) {
        let branch = &self.branches[index];
        if let Some(key) = &self.parts[index].field {
            key.write(out);
        }
        encode_varint(branch.lengths[row], out);
        out.extend_from_slice(reply.row(row));
        for &child in &branch.children {
            let Some((family, reply)) = self.family(child, row).zip(self.replies[child].as_ref()) else {
                continue;
            };
            for &row in self.branches[child].family(family) {
                self.write_row(child, reply, row as usize, out);
            }
        }
    }
}

impl Branch {
    /// Sorts the rows by family; all are of the first where `families` says nothing.
    fn grow(&mut self, key: &Key, lengths: Vec<u64>, families: &[u32]) {
        let family = |row: usize| families.get(row).map_or(0, |family| *family as usize);
        let count = (0..lengths.len()).map(|row| family(row) + 1).max().unwrap_or(0);
        let mut starts = vec![0; count + 1];
        (0..lengths.len()).for_each(|row| starts[family(row) + 1] += 1);
        (0..count).for_each(|family| starts[family + 1] += starts[family]);
        self.rows = vec![0; lengths.len()];
        self.family_lengths = vec![0; count];
        for (row, length) in lengths.iter().enumerate() {
            let family = family(row);
            self.rows[starts[family]] = row as u32;
            starts[family] += 1;
            let sum = &mut self.family_lengths[family];
            *sum = sum.saturating_add(enclosed(key, *length));
        }
        // Each start has moved on to where its family ends.
        starts.truncate(count);
        self.ends = starts;
        self.lengths = lengths;
    }

    fn family(&self, family: usize) -> &[u32] {
        let Some(&end) = self.ends.get(family) else { return &[] };
        let start = family.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.rows[start..end]
    }
}

/// The length of a message with its key and its own length.
fn enclosed(key: &Key, length: u64) -> u64 {
    length.saturating_add((key.len() + encoded_len_varint(length)) as u64)
}
