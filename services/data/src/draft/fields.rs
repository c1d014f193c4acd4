//! Which field of a message each column becomes, with what its type, its NULLs and its default say about the field.

use meanwhile_catalog::Dialect;

use super::default::insertable;
use super::kind::{FieldKind, Shared};
use super::model::{Column, ColumnKind, Origin, Table};
use super::quote::quoted;
use super::words::{Taken, snake, words};

/// A field of a resource's message, and its column.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: FieldKind,
    /// True where an absent value is not the same as its type's default.
    pub is_optional: bool,
    /// What `google.api.field_behavior` says of it.
    pub behaviors: &'static [&'static str],
    /// What the database says of its column.
    pub comment: Option<String>,
    /// The column as SQL names it.
    pub column: String,
    /// The type that text has to be cast to, where a parameter alone would be taken for something else.
    pub cast: Option<String>,
    /// What a new row has where the client says nothing, as SQL.
    pub default: Option<String>,
    /// True where it may be NULL.
    pub is_nullable: bool,
    /// True where the client may say what a new row has.
    pub is_created: bool,
    /// True where the client may change it.
    pub is_updated: bool,
    /// True where nought, false or an empty list is a value like any other: absent, it is that.
    pub is_zero_meant: bool,
}

/// The table's fields, in the order of its columns.
pub fn fields(table: &Table, dialect: Dialect, shared: &Shared) -> Vec<Field> {
    let names = names(table);
    let fields = table.columns.iter().zip(names).enumerate();
    fields.map(|(index, (column, name))| field(table, index, column, name, dialect, shared)).collect()
}

/// Names that need no change go first, so that a column added later takes none from one that is there.
fn names(table: &Table) -> Vec<String> {
    let mut taken = Taken::default();
    let wanted: Vec<String> = table
        .columns
        .iter()
        .enumerate()
        .map(|(index, column)| snake(&words(&column.name), &format!("column{}", index + 1)))
        .collect();
    let is_own = |index: &usize| wanted[*index] == table.columns[*index].name;
    let (own, others): (Vec<usize>, Vec<usize>) = (0..wanted.len()).partition(is_own);
    let mut names = wanted.clone();
    for index in own.into_iter().chain(others) {
        names[index] = taken.take(&wanted[index], "column");
    }
    names
}

fn field(
    table: &Table,
    index: usize,
    column: &Column,
    name: String,
    dialect: Dialect,
    shared: &Shared,
) -> Field {
    let kind = FieldKind::of(&column.kind, dialect, shared);
    let is_key = table.key.contains(&index);
    // An absent list is an empty one.
    let default = insertable(column, dialect).filter(|_| !kind.is_repeated);
    // A key that the database makes up need not be sent; a key with a plain value as its default is still the client's.
    let is_made = match &column.origin {
        Origin::Database => true,
        Origin::Default(expression) => is_key && expression.contains('('),
        Origin::Client => false,
    };
    let has_default = !is_made && default.is_some();
    let is_zero_meant = kind.is_repeated || kind.is_number && !is_made && !table.refers_by(index);
    let is_wanted = !column.nullable && !has_default && !is_zero_meant;
    let is_whole = matches!(column.kind, ColumnKind::Array(_) | ColumnKind::Composite(_));
    Field {
        name,
        is_optional: !kind.is_message && !kind.is_repeated && (column.nullable || has_default),
        behaviors: match (is_made, is_key) {
            (true, true) => &["IDENTIFIER"],
            (true, false) => &["OUTPUT_ONLY"],
            (false, true) if is_wanted => &["REQUIRED", "IMMUTABLE"],
            (false, true) => &["IMMUTABLE"],
            (false, false) if is_wanted => &["REQUIRED"],
            (false, false) => &[],
        },
        comment: column.comment.clone(),
        column: quoted(&column.name),
        cast: Some(&column.sql_type).filter(|_| kind.is_text && is_whole).cloned(),
        default: default.filter(|_| has_default),
        is_nullable: column.nullable,
        is_created: !is_made,
        is_updated: !is_made && !is_key,
        is_zero_meant,
        kind,
    }
}
