//! Which column fits which field, when it is known before there is a value: where every value fits, or where
//! docs/types.md says that each is looked at. The table there and this one are the same.

use super::column::ColumnType as Column;
use super::field::FieldKind as Field;

/// True where a single value of such a column can go into such a field.
pub(super) fn fits(column: &Column, field: &Field) -> bool {
    if *column == Column::Any {
        return true;
    }
    match field {
        Field::Wrapper(inner) => fits(column, inner),
        Field::Int32 | Field::Sint32 | Field::Sfixed32 => matches!(column, Column::Int2 | Column::Int4),
        Field::Int64 | Field::Sint64 | Field::Sfixed64 => is_integer(column) || *column == Column::Numeric,
        // PostgreSQL has no unsigned type: the next larger one holds them all.
        Field::Uint32 | Field::Fixed32 => is_integer(column),
        Field::Uint64 | Field::Fixed64 => is_integer(column) || *column == Column::Numeric,
        Field::Float => matches!(column, Column::Float4 | Column::Int2),
        Field::Double => {
            matches!(column, Column::Float4 | Column::Float8 | Column::Int2 | Column::Int4)
        }
        Field::Bool => *column == Column::Bool,
        Field::Bytes => *column == Column::Bytea,
        Field::String => column.has_text(),
        Field::Enum(_) => matches!(column, Column::Text | Column::Char | Column::Int2 | Column::Int4),
        Field::Timestamp => matches!(column, Column::Timestamp | Column::Timestamptz),
        Field::Duration => *column == Column::Interval,
        Field::Date => *column == Column::Date,
        Field::TimeOfDay => *column == Column::Time,
        Field::Decimal => is_integer(column) || *column == Column::Numeric,
    }
}

fn is_integer(column: &Column) -> bool {
    matches!(column, Column::Int2 | Column::Int4 | Column::Int8)
}
