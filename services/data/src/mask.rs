//! `read_mask` (AIP-157): a client names the fields it wants. Which parts then run, which are sent, and which of their
//! columns, is worked out once a mask and kept for the next call with the same one.

mod tree;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use meanwhile_catalog::{Method, Part, Role, Shape};
use prost_reflect::{FieldDescriptor, MessageDescriptor};

use crate::bind::{BoundPart, BoundSource};
use crate::fault::Fault;
use crate::rows::RowPlan;
use crate::value::Value;
pub use tree::Tree;

/// How many masks are kept: clients of a method have few.
const KEPT: usize = 64;

/// Masks of more bytes are not kept.
const KEPT_BYTES: usize = 4_096;

/// How one method's reply is cut down to what a client wants.
#[derive(Debug)]
pub struct Masking {
    /// The request's value that holds the mask's paths.
    slot: usize,
    reply: MessageDescriptor,
    /// The field of a list's elements, to which paths are relative.
    list: Option<FieldDescriptor>,
    /// The way to each part's field.
    ways: Vec<Vec<String>>,
    kept: Mutex<HashMap<String, Arc<Selection>>>,
}

/// What of a method's parts a client wants.
#[derive(Debug)]
pub struct Selection {
    parts: Vec<Selected>,
}

/// What of one part a client wants.
#[derive(Debug)]
pub struct Selected {
    /// False: it is left out.
    pub runs: bool,
    /// False: it runs for others alone.
    pub is_sent: bool,
    /// Its columns.
    pub rows: RowPlan,
    /// The fields of the message that it fills.
    pub fields: Tree,
}

impl Masking {
    /// The masking of a method whose mask's paths are the value in that slot.
    pub fn new(method: &Method, slot: usize) -> Self {
        let list = match &method.page {
            Some(page) => method.parts.get(page.part),
            None => method.parts.iter().find(|part| is_whole(method, part) && part.shape == Shape::Many),
        };
        Self {
            slot,
            reply: method.descriptor.output(),
            list: list.and_then(|part| part.target.field.clone()),
            ways: method.parts.iter().map(|part| way(method, part)).collect(),
            kept: Mutex::default(),
        }
    }

    /// What the request's mask selects; none where that is everything. `all_run`: what is not wanted runs all the same.
    ///
    /// # Errors
    /// FIELD_INVALID for a path that does not exist.
    pub fn selection(
        &self,
        values: &[Value],
        parts: &[BoundPart],
        all_run: bool,
    ) -> Result<Option<Arc<Selection>>, Fault> {
        let paths = match values.get(self.slot) {
            Some(Value::List(paths)) if !paths.is_empty() => paths,
            _ => return Ok(None),
        };
        let paths: Vec<&str> = paths.iter().filter_map(text).collect();
        // No path holds a NUL: a request's text has none.
        let key = paths.join("\0");
        if let Some(kept) = self.kept().get(&key) {
            return Ok(Some(kept.clone()));
        }
        let tree = match &self.list {
            Some(field) => Tree::of_list(&self.reply, field, &paths),
            None => Tree::new(&self.reply, &paths),
        }?;
        if tree == Tree::All {
            return Ok(None);
        }
        let selection = Arc::new(Selection::new(&tree, &self.ways, parts, all_run));
        let mut kept = self.kept();
        if kept.len() == KEPT {
            kept.clear();
        }
        if key.len() <= KEPT_BYTES {
            kept.insert(key, selection.clone());
        }
        Ok(Some(selection))
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<String, Arc<Selection>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn text(path: &Value) -> Option<&str> {
    if let Value::Text(path) = path { Some(path) } else { None }
}

/// True where the part is all of the reply, or its row.
fn is_whole(method: &Method, part: &Part) -> bool {
    part.role == Role::Reply && part.name == method.descriptor.name()
}

/// The way to what a part fills; none for what is the reply itself.
fn way(method: &Method, part: &Part) -> Vec<String> {
    match (&part.target.field, is_whole(method, part)) {
        (None, true) => Vec::new(),
        (Some(field), true) => vec![field.name().to_owned()],
        (_, false) => part.name.split('.').map(str::to_owned).collect(),
    }
}

impl Selection {
    fn new(tree: &Tree, ways: &[Vec<String>], parts: &[BoundPart], all_run: bool) -> Self {
        let select = |(part, way): (&BoundPart, &Vec<String>)| {
            let fields = tree.at(way.iter().map(String::as_str));
            // A single value's row is one of the reply, in which it fills its one field.
            let inside = if part.field.is_some() { fields } else { fields.map(|_| tree) };
            let inside = inside.unwrap_or(&Tree::None);
            let rows = match &part.source {
                BoundSource::Sql { rows, .. } => rows.only(&|column| inside.has(column)),
                BoundSource::Http { .. } => RowPlan::default(),
            };
            // The row that is the reply says whether there is one.
            let runs = all_run || fields.is_some() || way.is_empty();
            Selected { runs, is_sent: fields.is_some(), rows, fields: inside.clone() }
        };
        let mut selection = Self { parts: parts.iter().zip(ways).map(select).collect() };
        for index in 0..parts.len() {
            if selection.parts[index].runs {
                selection.run_needs(parts, index);
            }
        }
        selection
    }

    /// What a part needs runs too.
    fn run_needs(&mut self, parts: &[BoundPart], index: usize) {
        for &need in &parts[index].needs {
            if !std::mem::replace(&mut self.parts[need].runs, true) {
                self.run_needs(parts, need);
            }
        }
    }

    /// What of the part of that index is wanted.
    pub fn of(&self, part: usize) -> &Selected {
        &self.parts[part]
    }
}

#[cfg(test)]
mod tests;
