//! What is known of a parameter's value before there is one: the field it comes from, and whether it is a list.

use prost_reflect::FieldDescriptor;

/// Where a parameter's value comes from.
#[derive(Debug, Clone)]
pub struct Given {
    /// The field of the request, or that of another part's row.
    pub field: FieldDescriptor,
    /// True for several values: of a repeated field, of a field of each message in one, or of many rows.
    pub is_list: bool,
}

impl Given {
    /// A field of a message by itself.
    pub fn of(field: &FieldDescriptor) -> Self {
        Self { field: field.clone(), is_list: field.is_list() }
    }

    /// The field that a way through the request leads to.
    pub fn at(path: &[FieldDescriptor]) -> Option<Self> {
        let is_list = path.iter().any(FieldDescriptor::is_list);
        path.last().map(|field| Self { field: field.clone(), is_list })
    }
}
