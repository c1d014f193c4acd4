//! Why a column cannot go where its name says, and what to do about it.

use prost_reflect::{FieldDescriptor, Kind};

use crate::rows::column::ColumnType;
use crate::rows::field::FieldKind;

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
    pub(in crate::rows) fn misfit(column: &str, kind: &ColumnType, field: &FieldDescriptor) -> Self {
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
