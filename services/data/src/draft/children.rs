//! Which rows belong to a row, so that a reply with it has them too: an order's items, and not a customer's orders.
//!
//! A child is a table that nothing else refers to and that cannot be without its parent: its rows go with the parent's
//! (ON DELETE CASCADE), or its key begins with the parent's, or it has to refer to that parent and to no other, or is
//! called after it. Where one parent refers to the other, however far, the nearer one has the child: a comment belongs
//! to its issue and not to the tenant.

use std::collections::HashSet;

use super::fields::Field;
use super::model::{Reference, Schema, Table};
use super::resources::Names;
use super::words::{Taken, snake, words};

/// Children in a reply with one parent, at most.
pub const OF_ONE: usize = 1_000;

/// Children of each parent in a reply with many, at most.
pub const OF_EACH: usize = 100;

/// A parent's field of children.
#[derive(Debug, Clone)]
pub struct Child<'a> {
    /// The child's table, by index.
    pub table: usize,
    /// The field's name.
    pub field: String,
    /// By which the child refers to the parent.
    pub reference: &'a Reference,
}

impl Child<'_> {
    /// The parent's and the child's column that are equal, where it is one: a list's children are told apart by it.
    pub fn key(&self) -> Option<(usize, usize)> {
        match (self.reference.referenced.as_slice(), self.reference.columns.as_slice()) {
            ([parent], [child]) => Some((*parent, *child)),
            _ => None,
        }
    }
}

/// The children of `parent`, in order of their tables; `drafted` says which tables a reply may have.
pub fn children<'a>(
    schema: &'a Schema,
    names: &[Names],
    parent: usize,
    fields: &[Field],
    drafted: impl Fn(usize) -> bool,
) -> Vec<Child<'a>> {
    let mut taken = Taken::new(fields.iter().map(|field| field.name.as_str()));
    let mut children = Vec::new();
    for table in (0..schema.tables.len()).filter(|&table| drafted(table)) {
        let found = references(schema, table);
        let found: Vec<&Reference> =
            found.into_iter().filter(|reference| reference.table == parent).collect();
        for reference in &found {
            let mut name = short_name(&names[parent], &names[table]);
            if found.len() > 1 {
                name = format!("{name}_by_{}", by(&schema.tables[table], reference));
            }
            if !taken.has_room_for(&name) {
                name.clone_from(&names[table].many);
            }
            children.push(Child { table, field: taken.take(&name, "rows"), reference });
        }
    }
    children
}

/// The foreign keys by which the table is its parents' child.
fn references(schema: &Schema, index: usize) -> Vec<&Reference> {
    let table = &schema.tables[index];
    let refers_here = |reference: &Reference| reference.table == index;
    let others = schema.tables.iter().enumerate().filter(|(other, _)| *other != index);
    // Without a key of its own there is no order to have them in.
    if table.key.is_empty() || others.flat_map(|(_, other)| &other.references).any(refers_here) {
        return Vec::new();
    }
    let outward = || table.references.iter().filter(|reference| !refers_here(reference));
    let candidates: Vec<&Reference> =
        outward().filter(|reference| belongs(schema, table, reference)).collect();
    let is_farther = |reference: &&Reference| {
        let nearer = |other: &&Reference| {
            other.table != reference.table && reaches(schema, other.table, reference.table)
        };
        candidates.iter().any(nearer)
    };
    candidates.iter().copied().filter(|reference| !is_farther(reference)).collect()
}

fn belongs(schema: &Schema, table: &Table, reference: &Reference) -> bool {
    let columns = &reference.columns;
    let is_there = columns.iter().all(|&column| !table.columns[column].nullable);
    // One row at most: that is a part of the parent, and no list.
    if table.uniques.iter().any(|unique| unique.iter().all(|column| columns.contains(column))) || !is_there {
        return false;
    }
    let leads_key = table.key.len() > columns.len() && table.key.starts_with(columns);
    let must_refer = |other: &&Reference| other.columns.iter().all(|&column| !table.columns[column].nullable);
    let is_only = table.references.iter().filter(must_refer).count() == 1;
    reference.cascades || leads_key || is_only || is_called_after(table, &schema.tables[reference.table])
}

/// `order_items` is called after `orders`.
fn is_called_after(table: &Table, parent: &Table) -> bool {
    let (own, mut parents) = (words(&table.name.name), words(&parent.name.name));
    if let Some(last) = parents.last_mut() {
        *last = super::inflect::singular(last);
    }
    own.len() > parents.len() && own.starts_with(&parents)
}

/// True where `from` refers to `to`, itself or through others.
fn reaches(schema: &Schema, from: usize, to: usize) -> bool {
    let (mut seen, mut next) = (HashSet::new(), vec![from]);
    while let Some(table) = next.pop() {
        for reference in &schema.tables[table].references {
            if reference.table == to {
                return true;
            }
            if seen.insert(reference.table) {
                next.push(reference.table);
            }
        }
    }
    false
}

/// `items` of an order, where the table is `order_items`.
fn short_name(parent: &Names, child: &Names) -> String {
    let rest = child.many.strip_prefix(&parent.one).and_then(|rest| rest.strip_prefix('_'));
    let is_name = |rest: &&str| rest.starts_with(|letter: char| letter.is_ascii_lowercase());
    rest.filter(is_name).unwrap_or(&child.many).to_owned()
}

/// `sender` of the column `sender_id`.
fn by(table: &Table, reference: &Reference) -> String {
    let columns =
        reference.columns.iter().map(|&column| snake(&words(&table.columns[column].name), "column"));
    let columns: Vec<String> = columns.collect();
    let name = columns.join("_");
    name.strip_suffix("_id").unwrap_or(&name).to_owned()
}
