//! Arrays and composite values: values with their lengths in front, one after the other.

use super::read;
use crate::rows::column::{ColumnType, CompositeType};
use crate::rows::{Columns, Scalar};

/// An array of one dimension.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Array<'a> {
    element: &'a ColumnType,
    /// The elements, each behind its length.
    bytes: &'a [u8],
}

impl<'a> Array<'a> {
    /// How many dimensions, whether there are NULLs, the elements' type, then how many elements there are, and the
    /// number of the first.
    pub(super) fn read(element: &'a ColumnType, bytes: &'a [u8]) -> Result<Self, String> {
        let cut = || format!("its value is not a valid {element}[]");
        match int4(bytes).ok_or_else(cut)? {
            0 => Ok(Self { element, bytes: &[] }),
            1 => Ok(Self { element, bytes: bytes.get(20..).ok_or_else(cut)? }),
            _ => Err("its array has more than one dimension".to_owned()),
        }
    }

    /// The elements, in order.
    pub fn elements(self) -> impl Iterator<Item = Result<Scalar<'a>, String>> {
        let mut rest = self.bytes;
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let element = match next(&mut rest) {
                Some(Some(bytes)) => read(self.element, bytes),
                Some(None) => Err("its array has a NULL element".to_owned()),
                None => {
                    rest = &[];
                    Err("its array is cut off".to_owned())
                }
            };
            Some(element)
        })
    }
}

/// A composite type's value, whose attributes are columns of their own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Composite<'a> {
    kind: &'a CompositeType,
    /// The attributes, each behind its type's number and its length.
    bytes: &'a [u8],
}

impl<'a> Composite<'a> {
    pub(super) fn read(kind: &'a CompositeType, bytes: &'a [u8]) -> Result<Self, String> {
        let altered = || format!("the type {} was altered", kind.name);
        let count = int4(bytes).and_then(|count| usize::try_from(count).ok());
        if count != Some(kind.attributes.len()) {
            return Err(altered());
        }
        let mut rest = &bytes[4..];
        for attribute in &kind.attributes {
            if rest.get(..4) != Some(&attribute.oid.to_be_bytes()) {
                return Err(altered());
            }
            rest = &rest[4..];
            next(&mut rest).ok_or("its value is cut off")?;
        }
        Ok(Self { kind, bytes: &bytes[4..] })
    }
}

impl Columns for Composite<'_> {
    fn scalar(&self, index: usize) -> Result<Scalar<'_>, String> {
        let attribute = self.kind.attributes.get(index).ok_or("an attribute is missing")?;
        let mut rest = self.bytes;
        for place in 0..=index {
            rest = rest.get(4..).ok_or("its value is cut off")?;
            let value = next(&mut rest).ok_or("its value is cut off")?;
            if place == index {
                return value.map_or(Ok(Scalar::Null), |bytes| read(&attribute.kind, bytes));
            }
        }
        Ok(Scalar::Null)
    }
}

fn int4(bytes: &[u8]) -> Option<i32> {
    bytes.first_chunk().map(|chunk| i32::from_be_bytes(*chunk))
}

/// Takes a value behind its length, which is -1 for NULL.
pub(super) fn next<'a>(rest: &mut &'a [u8]) -> Option<Option<&'a [u8]>> {
    let (length, after) = rest.split_first_chunk()?;
    match i32::from_be_bytes(*length) {
        -1 => {
            *rest = after;
            Some(None)
        }
        length => {
            let (value, after) = after.split_at_checked(usize::try_from(length).ok()?)?;
            *rest = after;
            Some(Some(value))
        }
    }
}
