//! How a row of known columns becomes a message: worked out once, when the statement is prepared.

use std::collections::BTreeMap;

use prost::encoding::WireType;
use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};

use super::field::{FieldKind, Misfit};
use super::wire::{Key, with_length};
use super::{Columns, Scalar};

/// Writes a row's columns as a message's fields, in order of field number.
#[derive(Debug, Clone, Default)]
pub struct RowPlan {
    fields: Vec<FieldPlan>,
}

/// A column, by index, and the field it fills.
pub type Filled = (usize, FieldDescriptor);

#[derive(Debug, Clone)]
enum FieldPlan {
    Column { key: Key, column: usize, name: String, kind: FieldKind, presence: bool },
    Nested { key: Key, plan: RowPlan },
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
    /// A field that one value cannot fill.
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
}

/// A value at run time that its field cannot take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueFault {
    /// The column.
    pub column: String,
    /// What is wrong with its value.
    pub what: String,
}

impl RowPlan {
    /// The plan for columns of these names; a name that `skip` accepts need not be a field.
    ///
    /// # Errors
    /// Every column that cannot go where its name says.
    pub fn new(
        message: &MessageDescriptor,
        columns: &[String],
        skip: impl Fn(&str) -> bool,
    ) -> Result<(Self, Vec<Filled>), Vec<ColumnFault>> {
        let mut root = Node::default();
        let (mut faults, mut filled) = (Vec::new(), Vec::new());
        for (index, column) in columns.iter().enumerate() {
            match field_at(message, column) {
                Ok((numbers, field, kind)) => match root.insert(&numbers, index, column, &field, kind) {
                    true => filled.push((index, field)),
                    false => faults.push(ColumnFault::Twice { column: column.clone() }),
                },
                Err(ColumnFault::Unknown { .. }) if skip(column) => {}
                Err(fault) => faults.push(fault),
            }
        }
        if faults.is_empty() { Ok((root.plan(), filled)) } else { Err(faults) }
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
            any |= match field {
                FieldPlan::Column { key, column, name, kind, presence } => {
                    let value =
                        row.scalar(*column).map_err(|what| ValueFault { column: name.clone(), what })?;
                    let written = match presence {
                        _ if value == Scalar::Null => Ok(()),
                        true => kind.write_with_key(key, &value, out),
                        false => kind.write_unless_default(key, &value, out),
                    };
                    written.map_err(|misfit| ValueFault::new(name, misfit))?;
                    value != Scalar::Null
                }
                FieldPlan::Nested { key, plan } => {
                    let start = out.len();
                    key.write(out);
                    let any = with_length(out, |out| plan.write_fields(row, out))?;
                    if !any {
                        out.truncate(start);
                    }
                    any
                }
            };
        }
        Ok(any)
    }
}

impl ValueFault {
    fn new(column: &str, misfit: Misfit) -> Self {
        let what = match misfit {
            Misfit::Type => "its value is of another type than its field",
            Misfit::Range => "its value is outside its field's range",
        };
        Self { column: column.to_owned(), what: what.to_owned() }
    }
}

/// `"location.lat"` is field `lat` of field `location`.
fn field_at(
    message: &MessageDescriptor,
    column: &str,
) -> Result<(Vec<u32>, FieldDescriptor, FieldKind), ColumnFault> {
    let mut message = message.clone();
    let mut numbers = Vec::new();
    let mut steps = column.split('.').peekable();
    while let Some(step) = steps.next() {
        let unknown =
            || ColumnFault::Unknown { column: column.to_owned(), message: message.full_name().to_owned() };
        let field = message.get_field_by_name(step).ok_or_else(unknown)?;
        let unfillable =
            || ColumnFault::Unfillable { column: column.to_owned(), field: field.full_name().to_owned() };
        numbers.push(field.number());
        if steps.peek().is_none() {
            let kind = FieldKind::of(&field).ok_or_else(unfillable)?;
            return Ok((numbers, field, kind));
        }
        match field.kind() {
            Kind::Message(inner) if !field.is_list() && !field.is_map() => message = inner,
            _ => return Err(unfillable()),
        }
    }
    Err(ColumnFault::Unknown { column: column.to_owned(), message: message.full_name().to_owned() })
}

/// The plan while it is being built: fields by number, which is the order they are written in.
#[derive(Default)]
struct Node {
    fields: BTreeMap<u32, Entry>,
}

enum Entry {
    Column { column: usize, name: String, kind: FieldKind, presence: bool },
    Nested(Node),
}

impl Node {
    fn insert(
        &mut self,
        numbers: &[u32],
        column: usize,
        name: &str,
        field: &FieldDescriptor,
        kind: FieldKind,
    ) -> bool {
        match numbers {
            [] => false,
            [number] => {
                let presence = field.supports_presence();
                let entry = Entry::Column { column, name: name.to_owned(), kind, presence };
                self.fields.insert(*number, entry).is_none()
            }
            [number, rest @ ..] => {
                match self.fields.entry(*number).or_insert_with(|| Entry::Nested(Node::default())) {
                    Entry::Nested(node) => node.insert(rest, column, name, field, kind),
                    Entry::Column { .. } => false,
                }
            }
        }
    }

    fn plan(self) -> RowPlan {
        let fields = self.fields.into_iter().map(|(number, entry)| match entry {
            Entry::Column { column, name, kind, presence } => {
                FieldPlan::Column { key: Key::new(number, kind.wire_type()), column, name, kind, presence }
            }
            Entry::Nested(node) => {
                FieldPlan::Nested { key: Key::new(number, WireType::LengthDelimited), plan: node.plan() }
            }
        });
        RowPlan { fields: fields.collect() }
    }
}

/// The name less its enum's prefix, in lower case: `FLIGHT_STATUS_OPEN` of `FlightStatus` is `open`, and so is
/// `HTTP_STATUS_OPEN` of `HTTPStatus`.
pub fn short_enum_name(descriptor: &EnumDescriptor, name: &str) -> String {
    let letters: Vec<char> = descriptor.name().chars().collect();
    let mut prefix = String::new();
    for (index, letter) in letters.iter().enumerate() {
        let follows_lower = index > 0 && !letters[index - 1].is_uppercase();
        let starts_word = index > 0 && letters.get(index + 1).is_some_and(|next| next.is_lowercase());
        if letter.is_uppercase() && (follows_lower || starts_word) {
            prefix.push('_');
        }
        prefix.extend(letter.to_uppercase());
    }
    prefix.push('_');
    name.strip_prefix(&prefix).unwrap_or(name).to_lowercase()
}
