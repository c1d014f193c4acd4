//! How a row of known columns becomes a message: worked out once, when the statement is prepared.

use std::collections::BTreeMap;

use prost::encoding::WireType;
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

use super::Columns;
use super::column::{ColumnType, CompositeType};
use super::convert::Misfit;
use super::field::FieldKind;
use super::scalar::Scalar;
use super::wire::{Key, with_length};
use super::writer::Writer;

/// Writes a row's columns as a message's fields, in order of field number; the members of a oneof stand together.
#[derive(Debug, Clone, Default)]
pub struct RowPlan {
    fields: Vec<FieldPlan>,
}

/// A column, by index, and the field it fills.
pub type Filled = (usize, FieldDescriptor);

#[derive(Debug, Clone)]
struct FieldPlan {
    /// The column; of a nested message the way to it.
    name: String,
    content: Content,
}

#[derive(Debug, Clone)]
enum Content {
    Column { column: usize, writer: Writer },
    Nested { key: Key, plan: RowPlan },
    OneOf(RowPlan),
}

/// Why a column cannot go where its name says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnFault {
    /// No such field.
    Unknown {
        /// The column.
        column: String,
        /// The message that has no such field.
        message: String,
    },
    /// A field that no column can fill by that name.
    Unfillable {
        /// The column.
        column: String,
        /// The field.
        field: String,
    },
    /// Two columns for one field.
    Twice {
        /// The column.
        column: String,
    },
    /// A column whose type does not fit the field's.
    Misfit {
        /// The column.
        column: String,
        /// The column's type.
        kind: String,
        /// The field.
        field: String,
        /// What would fit.
        mend: String,
    },
}

impl ColumnFault {
    pub(super) fn misfit(column: &str, kind: &ColumnType, field: &FieldDescriptor) -> Self {
        let (is_many, of) = (field.is_list() || field.is_map(), field.full_name().to_owned());
        if !is_many && matches!(field.kind(), Kind::Message(_)) && FieldKind::of(&field.kind()).is_none() {
            return Self::Unfillable { column: column.to_owned(), field: of };
        }
        let mend = match field.kind() {
            _ if field.is_map() => "select an object: CAST(... AS jsonb)".to_owned(),
            _ if field.is_list() => "select an array, or CAST(... AS jsonb)".to_owned(),
            _ => format!("make the field {}, or cast the column", kind.natural_field()),
        };
        Self::Misfit { column: column.to_owned(), kind: kind.to_string(), field: of, mend }
    }
}

/// A value at run time that its field cannot take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the column {column} cannot be sent: {what}")]
pub struct ValueFault {
    /// The column.
    pub column: String,
    /// What is wrong with its value.
    pub what: Misfit,
}

impl RowPlan {
    /// The plan for columns of these names and types; a name that `skip` accepts need not be a field.
    ///
    /// # Errors
    /// Every column that cannot go where its name says.
    pub fn new(
        message: &MessageDescriptor,
        columns: &[String],
        types: &[ColumnType],
        skip: impl Fn(&str) -> bool,
    ) -> Result<(Self, Vec<Filled>), Vec<ColumnFault>> {
        let mut root = Node::default();
        let (mut faults, mut filled) = (Vec::new(), Vec::new());
        for (index, (column, kind)) in columns.iter().zip(types).enumerate() {
            let added = field_at(message, column).map_err(|fault| vec![fault]).and_then(|way| {
                if root.is_taken(&way.steps) {
                    return Err(vec![ColumnFault::Twice { column: column.clone() }]);
                }
                root.insert(&way.steps, index, column, Writer::new(column, kind, &way.field)?);
                Ok(way.field)
            });
            match added {
                Ok(field) => filled.push((index, field)),
                Err(reasons) if is_unknown(&reasons, column) && skip(column) => {}
                Err(reasons) => faults.extend(reasons),
            }
        }
        if faults.is_empty() { Ok((root.plan(""), filled)) } else { Err(faults) }
    }

    /// The plan for a composite type's attributes, told as `column.attribute`.
    pub(super) fn of_composite(
        column: &str,
        composite: &CompositeType,
        message: &MessageDescriptor,
    ) -> Result<Self, Vec<ColumnFault>> {
        let mut root = Node::default();
        let mut faults = Vec::new();
        for (index, attribute) in composite.attributes.iter().enumerate() {
            let name = format!("{column}.{}", attribute.name);
            let Some(field) = message.get_field_by_name(&attribute.name) else {
                let message = message.full_name().to_owned();
                faults.push(ColumnFault::Unknown { column: name, message });
                continue;
            };
            match Writer::new(&name, &attribute.kind, &field) {
                Err(misfits) => faults.extend(misfits),
                Ok(writer) => root.insert(&[field], index, &name, writer),
            }
        }
        if faults.is_empty() { Ok(root.plan(column)) } else { Err(faults) }
    }

    /// The same plan with those columns alone whose names `wanted` accepts.
    pub fn only(&self, wanted: &impl Fn(&str) -> bool) -> Self {
        let only = |field: &FieldPlan| {
            let content = match &field.content {
                Content::Column { .. } if !wanted(&field.name) => return None,
                Content::Column { column, writer } => {
                    Content::Column { column: *column, writer: writer.clone() }
                }
                Content::Nested { key, plan } => {
                    Content::Nested { key: key.clone(), plan: Some(plan.only(wanted)).filter(Self::has_any)? }
                }
                Content::OneOf(members) => Content::OneOf(Some(members.only(wanted)).filter(Self::has_any)?),
            };
            Some(FieldPlan { name: field.name.clone(), content })
        };
        Self { fields: self.fields.iter().filter_map(only).collect() }
    }

    fn has_any(&self) -> bool {
        !self.fields.is_empty()
    }

    /// Writes the row as the fields of a message, without key and length of the message itself.
    ///
    /// # Errors
    /// The first value that its field cannot take; what was written by then is of no use.
    pub fn write(&self, row: &impl Columns, out: &mut Vec<u8>) -> Result<(), ValueFault> {
        self.write_fields(row, out).map(|_| ())
    }

    /// True when any column had a value: a nested message of NULLs alone is absent.
    fn write_fields(&self, row: &impl Columns, out: &mut Vec<u8>) -> Result<bool, ValueFault> {
        let mut any = false;
        for field in &self.fields {
            any |= field.write(row, out)?;
        }
        Ok(any)
    }

    /// The same of a oneof's members, of which one may have a value.
    fn write_one(&self, row: &impl Columns, out: &mut Vec<u8>) -> Result<bool, ValueFault> {
        let mut set: Option<&str> = None;
        for field in &self.fields {
            if field.write(row, out)? {
                if let Some(other) = set {
                    let column = format!("{other} and {}", field.name);
                    return Err(ValueFault { column, what: Misfit::OneOf });
                }
                set = Some(&field.name);
            }
        }
        Ok(set.is_some())
    }
}

impl FieldPlan {
    fn write(&self, row: &impl Columns, out: &mut Vec<u8>) -> Result<bool, ValueFault> {
        match &self.content {
            Content::Column { column, writer } => {
                // Matched where it lies: a value that was just made is dear to move.
                match &row.scalar(*column) {
                    Ok(Scalar::Null) => Ok(false),
                    Ok(value) => match writer.write(value, out) {
                        Ok(()) => Ok(true),
                        Err(misfit) => Err(self.fault(misfit)),
                    },
                    Err(what) => Err(self.fault(Misfit::Other(what.clone()))),
                }
            }
            Content::Nested { key, plan } => {
                let start = out.len();
                key.write(out);
                let any = with_length(out, |out| plan.write_fields(row, out))?;
                if !any {
                    out.truncate(start);
                }
                Ok(any)
            }
            Content::OneOf(members) => members.write_one(row, out),
        }
    }

    #[cold]
    fn fault(&self, misfit: Misfit) -> ValueFault {
        match misfit {
            Misfit::Inner(fault) => *fault,
            what => ValueFault { column: self.name.clone(), what },
        }
    }
}

fn is_unknown(faults: &[ColumnFault], name: &str) -> bool {
    matches!(faults, [ColumnFault::Unknown { column, .. }] if column == name)
}

/// The way to a field from the message at hand.
struct Way {
    steps: Vec<FieldDescriptor>,
    field: FieldDescriptor,
}

/// `"location.lat"` is field `lat` of field `location`.
fn field_at(message: &MessageDescriptor, column: &str) -> Result<Way, ColumnFault> {
    let mut message = message.clone();
    let mut way = Vec::new();
    let mut names = column.split('.').peekable();
    while let Some(name) = names.next() {
        let unknown =
            || ColumnFault::Unknown { column: column.to_owned(), message: message.full_name().to_owned() };
        let field = message.get_field_by_name(name).ok_or_else(unknown)?;
        way.push(field.clone());
        if names.peek().is_none() {
            return Ok(Way { steps: way, field });
        }
        match field.kind() {
            Kind::Message(inner) if !field.is_list() && !field.is_map() => message = inner,
            _ => {
                let field = field.full_name().to_owned();
                return Err(ColumnFault::Unfillable { column: column.to_owned(), field });
            }
        }
    }
    Err(ColumnFault::Unknown { column: column.to_owned(), message: message.full_name().to_owned() })
}

/// The plan while it is being built: fields by number, which is the order they are written in.
#[derive(Default)]
struct Node {
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
    fn is_taken(&self, way: &[FieldDescriptor]) -> bool {
        let Some((field, rest)) = way.split_first() else { return true };
        match self.fields.get(&field.number()).map(|entry| &entry.content) {
            None => false,
            Some(EntryContent::Nested(node)) => node.is_taken(rest),
            Some(EntryContent::Column { .. }) => true,
        }
    }

    fn insert(&mut self, way: &[FieldDescriptor], column: usize, name: &str, writer: Writer) {
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
    fn plan(self, way: &str) -> RowPlan {
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
