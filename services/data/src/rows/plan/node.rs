//! A plan while it is being built: columns find their places by the fields they name.

use std::collections::BTreeMap;

use prost::encoding::WireType;
use prost_reflect::FieldDescriptor;

use super::{Content, FieldPlan, RowPlan};
use crate::rows::wire::Key;
use crate::rows::writer::Writer;

/// A message's fields by number, which is the order they are written in.
#[derive(Default)]
pub(super) struct Node {
    fields: BTreeMap<u32, Entry>,
}

struct Entry {
    field: FieldDescriptor,
    content: EntryContent,
}

enum EntryContent {
    Column { column: usize, name: String, writer: Writer },
    Nested(Node),
}

impl Node {
    /// True where the field is filled already, or a message around it is, or one of those in it.
    pub fn is_taken(&self, way: &[FieldDescriptor]) -> bool {
        let Some((field, rest)) = way.split_first() else { return true };
        match self.fields.get(&field.number()).map(|entry| &entry.content) {
            None => false,
            Some(EntryContent::Nested(node)) => node.is_taken(rest),
            Some(EntryContent::Column { .. }) => true,
        }
    }

    pub fn insert(&mut self, way: &[FieldDescriptor], column: usize, name: &str, writer: Writer) {
        let Some((field, rest)) = way.split_first() else { return };
        if rest.is_empty() {
            let content = EntryContent::Column { column, name: name.to_owned(), writer };
            self.fields.insert(field.number(), Entry { field: field.clone(), content });
            return;
        }
        let nested = || Entry { field: field.clone(), content: EntryContent::Nested(Node::default()) };
        let entry = self.fields.entry(field.number()).or_insert_with(nested);
        if let EntryContent::Nested(node) = &mut entry.content {
            node.insert(rest, column, name, writer);
        }
    }

    /// `way` leads to this message; it is empty for the row itself.
    pub fn plan(self, way: &str) -> RowPlan {
        let mut plan = RowPlan::default();
        let mut oneofs: BTreeMap<String, usize> = BTreeMap::new();
        for entry in self.fields.into_values() {
            let oneof = entry.field.containing_oneof().filter(|oneof| !oneof.is_synthetic());
            let member = entry.plan(way);
            let Some(oneof) = oneof else {
                plan.fields.push(member);
                continue;
            };
            let place = *oneofs.entry(oneof.name().to_owned()).or_insert(plan.fields.len());
            if place == plan.fields.len() {
                let name = oneof.name().to_owned();
                plan.fields.push(FieldPlan { name, content: Content::OneOf(RowPlan::default()) });
            }
            if let Content::OneOf(members) = &mut plan.fields[place].content {
                members.fields.push(member);
            }
        }
        plan
    }
}

impl Entry {
    fn plan(self, way: &str) -> FieldPlan {
        match self.content {
            EntryContent::Column { column, name, writer } => {
                FieldPlan { name, content: Content::Column { column, writer } }
            }
            EntryContent::Nested(node) => {
                let name = match way {
                    "" => self.field.name().to_owned(),
                    way => format!("{way}.{}", self.field.name()),
                };
                let key = Key::new(self.field.number(), WireType::LengthDelimited);
                let plan = node.plan(&name);
                FieldPlan { name, content: Content::Nested { key, plan } }
            }
        }
    }
}
