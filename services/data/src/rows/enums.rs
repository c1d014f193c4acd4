//! An enum's values by the names that a column may have for them.

use std::sync::Arc;

use meanwhile_catalog::short_enum_name;
use prost_reflect::EnumDescriptor;

/// The numbers of an enum's values by name, and by the name less the enum's prefix in lower case: `STATUS_OPEN` is
/// `open`. Cheap to clone.
#[derive(Debug, Clone)]
pub struct EnumNames(Arc<[(String, i32)]>);

impl EnumNames {
    /// The names of that enum. Where a short name is another value's full one, that one has it.
    pub fn new(descriptor: &EnumDescriptor) -> Self {
        let full = descriptor.values().map(|value| (value.name().to_owned(), value.number()));
        let short =
            descriptor.values().map(|value| (short_enum_name(descriptor, value.name()), value.number()));
        let mut names: Vec<(String, i32)> = full.chain(short).collect();
        // Of equal names the first stays, as sorting keeps their order.
        names.sort_by(|(one, _), (other, _)| one.cmp(other));
        names.dedup_by(|(one, _), (other, _)| one == other);
        Self(names.into())
    }

    /// The value's number.
    pub fn number(&self, name: &str) -> Option<i32> {
        let found = self.0.binary_search_by(|(known, _)| known.as_str().cmp(name)).ok()?;
        Some(self.0[found].1)
    }
}
