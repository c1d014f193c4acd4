//! Rows become protobuf's wire bytes, straight: column by column, no message in between.

mod binary;
mod column;
mod convert;
mod enums;
mod field;
mod fits;
mod json;
mod plan;
mod scalar;
#[cfg(test)]
mod tests;
mod wire;
mod writer;

pub use binary::read as read_binary;
pub use column::{Attribute, ColumnType, CompositeType};
pub use meanwhile_catalog::short_enum_name;
pub use plan::{ColumnFault, Filled, RowPlan, ValueFault};
pub use scalar::Scalar;
pub use wire::{Key, with_length};

/// A row that can be asked for its columns, from 0.
pub trait Columns {
    /// The column's value.
    ///
    /// # Errors
    /// A description of a value that cannot be read as what its type promises.
    fn scalar(&self, index: usize) -> Result<Scalar<'_>, String>;
}
