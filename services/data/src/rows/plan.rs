//! How a row of known columns becomes a message: worked out once, when the statement is prepared.

mod fault;
mod node;

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

use super::Columns;
use super::column::{ColumnType, CompositeType};
use super::convert::Misfit;
use super::scalar::Scalar;
use super::wire::{Key, with_length};
use super::writer::Writer;
pub use fault::ColumnFault;
use node::Node;

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
    ) -> Result<Self, Vec<ColumnFault>> {
        let mut root = Node::default();
        let mut faults = Vec::new();
        for (index, (column, kind)) in columns.iter().zip(types).enumerate() {
            let added = field_at(message, column).map_err(|fault| vec![fault]).and_then(|way| {
                if root.is_taken(&way.steps) {
                    return Err(vec![ColumnFault::Twice { column: column.clone() }]);
                }
                root.insert(&way.steps, index, column, Writer::new(column, kind, &way.field)?);
                Ok(())
            });
            match added {
                Err(reasons) if !(is_unknown(&reasons, column) && skip(column)) => faults.extend(reasons),
                _ => {}
            }
        }
        if faults.is_empty() { Ok(root.plan("")) } else { Err(faults) }
    }

    /// The columns that name a field, whether or not they can fill it.
    pub fn named(message: &MessageDescriptor, columns: &[String]) -> Vec<Filled> {
        let named = |(index, column): (usize, &String)| Some((index, field_at(message, column).ok()?.field));
        columns.iter().enumerate().filter_map(named).collect()
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
