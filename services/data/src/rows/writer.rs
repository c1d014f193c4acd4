//! How a column of one type fills one field, worked out when the statement is prepared: as one value, an array's
//! elements, a composite type's attributes, or JSON.

use prost::encoding::WireType;
use prost_reflect::{FieldDescriptor, Kind};

use super::column::ColumnType;
use super::convert::Misfit;
use super::field::FieldKind;
use super::fits::fits;
use super::json::{Items, JsonField};
use super::plan::{ColumnFault, RowPlan};
use super::scalar::Scalar;
use super::wire::{Key, with_length};

/// Writes a column's values as one field.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    key: Key,
    form: Form,
}

#[derive(Debug, Clone)]
enum Form {
    /// One value; without presence a default is left out.
    Value { kind: FieldKind, presence: bool },
    /// A composite type's attributes.
    Message(RowPlan),
    /// Whatever the JSON has.
    Json(JsonField),
    /// The items of SQLite's JSON.
    Items(Items),
    /// An array's elements, in one run of bytes.
    Packed(FieldKind),
    /// An array's elements, each with the key.
    Each(Box<Writer>),
}

impl Writer {
    /// The writer of a column that goes into that field.
    ///
    /// # Errors
    /// Why it cannot; several faults where a composite type's attributes do not meet a message's fields.
    pub fn new(column: &str, kind: &ColumnType, field: &FieldDescriptor) -> Result<Self, Vec<ColumnFault>> {
        let is_one = !field.is_list() && !field.is_map();
        let takes_one = is_one && FieldKind::of(&field.kind()).is_some();
        match kind {
            ColumnType::Any if let Some(items) = Items::new(field) => {
                Ok(Self::delimited(field, Form::Items(items)))
            }
            ColumnType::Any if !takes_one => Self::json(column, kind, field, false),
            ColumnType::Json | ColumnType::Jsonb if !is_one => Self::json(column, kind, field, false),
            ColumnType::Array(element) if field.is_list() => Self::array(column, kind, element, field),
            _ if is_one => Self::one(column, kind, field),
            _ => Err(vec![ColumnFault::misfit(column, kind, field)]),
        }
    }

    /// One value, which fills the field or adds to it.
    fn one(column: &str, kind: &ColumnType, field: &FieldDescriptor) -> Result<Self, Vec<ColumnFault>> {
        let of_field = FieldKind::of(&field.kind());
        let is_message = matches!(field.kind(), Kind::Message(_));
        let is_wrapper = matches!(of_field, Some(FieldKind::Wrapper(_)));
        match (kind, field.kind()) {
            (ColumnType::Composite(composite), Kind::Message(message)) => {
                let rows = RowPlan::of_composite(column, composite, &message)?;
                Ok(Self::delimited(field, Form::Message(rows)))
            }
            (ColumnType::Json | ColumnType::Jsonb, _) if is_message && !is_wrapper => {
                Self::json(column, kind, field, field.is_list())
            }
            _ => match of_field.filter(|of_field| fits(kind, of_field)) {
                Some(kind) => {
                    let presence = field.supports_presence() || field.is_list();
                    let key = Key::new(field.number(), kind.wire_type());
                    Ok(Self { key, form: Form::Value { kind, presence } })
                }
                None => Err(vec![ColumnFault::misfit(column, kind, field)]),
            },
        }
    }

    fn array(
        column: &str,
        kind: &ColumnType,
        element: &ColumnType,
        field: &FieldDescriptor,
    ) -> Result<Self, Vec<ColumnFault>> {
        let each = Self::one(column, element, field).map_err(|faults| match element {
            ColumnType::Composite(_) => faults,
            _ => vec![ColumnFault::misfit(column, kind, field)],
        })?;
        Ok(match each.form {
            Form::Value { kind, .. } if kind.is_packable() => Self::delimited(field, Form::Packed(kind)),
            _ => Self::delimited(field, Form::Each(Box::new(each))),
        })
    }

    fn json(
        column: &str,
        kind: &ColumnType,
        field: &FieldDescriptor,
        is_element: bool,
    ) -> Result<Self, Vec<ColumnFault>> {
        match JsonField::new(field, is_element) {
            Some(json) => Ok(Self::delimited(field, Form::Json(json))),
            None => Err(vec![ColumnFault::misfit(column, kind, field)]),
        }
    }

    fn delimited(field: &FieldDescriptor, form: Form) -> Self {
        Self { key: Key::new(field.number(), WireType::LengthDelimited), form }
    }

    /// Writes a value that is not NULL, with its key.
    pub fn write(&self, value: &Scalar<'_>, out: &mut Vec<u8>) -> Result<(), Misfit> {
        match (&self.form, value) {
            (Form::Value { kind, presence: true }, _) => kind.write_with_key(&self.key, value, out),
            (Form::Value { kind, presence: false }, _) => kind.write_unless_default(&self.key, value, out),
            (Form::Json(json), Scalar::Json(text)) => json.write(text, out),
            (Form::Json(json), Scalar::Text(text)) => json.write(text, out),
            (Form::Items(items), Scalar::Text(text)) => items.write(text, out),
            (Form::Message(rows), Scalar::Composite(composite)) => {
                self.key.write(out);
                with_length(out, |out| rows.write(composite, out)).map_err(Misfit::inner)
            }
            (Form::Packed(kind), Scalar::Array(array)) => {
                let start = out.len();
                self.key.write(out);
                let content = out.len();
                with_length(out, |out| {
                    array.elements().try_for_each(|element| kind.write(&element.map_err(Misfit::Other)?, out))
                })?;
                // An empty list is left out: its length is zero.
                if out[content..] == [0] {
                    out.truncate(start);
                }
                Ok(())
            }
            (Form::Each(writer), Scalar::Array(array)) => {
                array.elements().try_for_each(|element| writer.write(&element.map_err(Misfit::Other)?, out))
            }
            _ => Err(Misfit::Type),
        }
    }
}
