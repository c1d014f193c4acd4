//! A table's part of a draft: its names, its fields, and which methods there can be.

use super::children::Child;
use super::fields::Field;
use super::model::Table;
use super::resources::Names;
use super::words::Taken;

/// A table on its way to proto and SQL.
#[derive(Debug, Clone)]
pub struct Resource<'a> {
    /// The table.
    pub table: &'a Table,
    /// What it is called.
    pub names: Names,
    /// Its columns' fields, in order.
    pub fields: Vec<Field>,
    /// The tables whose rows belong to its rows.
    pub children: Vec<Child<'a>>,
}

/// A filter of a list: the request's field, and the column's.
#[derive(Debug, Clone)]
pub struct Filter<'a> {
    /// The request's field.
    pub name: String,
    /// The column's.
    pub field: &'a Field,
}

impl<'a> Resource<'a> {
    /// The fields of its key; none where its rows cannot be told apart.
    pub fn key(&self) -> Vec<&Field> {
        self.table.key.iter().map(|&column| &self.fields[column]).collect()
    }

    /// The fields that a client may give a new row.
    pub fn created(&self) -> Vec<&Field> {
        self.fields.iter().filter(|field| field.is_created).collect()
    }

    /// The fields that a client may change.
    pub fn updated(&self) -> Vec<&Field> {
        self.fields.iter().filter(|field| field.is_updated).collect()
    }

    /// True where one row can be got, changed and deleted, and many be paged through.
    pub fn has_key(&self) -> bool {
        !self.table.key.is_empty()
    }

    /// True where a row has anything that can be changed.
    pub fn can_update(&self) -> bool {
        self.has_key() && !self.updated().is_empty()
    }

    /// The children that a list can have: told apart by one column.
    pub fn listed_children(&self) -> Vec<(&Child<'a>, usize, usize)> {
        let with_key = |child| Child::key(child).map(|(parent, own)| (child, parent, own));
        self.children.iter().filter_map(with_key).collect()
    }

    /// True where a client may say which fields it wants: where there are any that cost more than a column.
    pub fn has_read_mask(&self) -> bool {
        !self.children.is_empty() && !self.key().iter().any(|field| field.name == "read_mask")
    }

    /// The list's filters: the columns that indexes begin with, less the key where it is one column.
    pub fn filters(&self) -> Vec<Filter<'_>> {
        let names = ["page_size", "page_token", "read_mask", "order_by", "limit", "after"];
        let mut taken = Taken::new(names.into_iter().chain([self.names.many.as_str()]));
        let mut columns: Vec<usize> =
            self.table.indexes.iter().filter_map(|index| index.first()).copied().collect();
        columns.sort_unstable();
        columns.dedup();
        columns.retain(|column| self.table.key != [*column] && self.fields[*column].kind.is_comparable);
        let fields = columns.into_iter().map(|column| &self.fields[column]);
        fields.map(|field| Filter { name: taken.take(&field.name, "filter"), field }).collect()
    }
}
