//! Whether a statement's rows differ in some of its columns, as far as the unique indexes of the columns' tables tell.
//! `check` asks; serving never does.

/// A unique index of a table.
#[derive(Debug, Clone)]
pub struct UniqueIndex {
    /// True for its primary key.
    pub is_primary: bool,
    /// The columns it is made of; an expression as the database writes it.
    pub columns: Vec<String>,
}

/// What is known of the table that a column is of.
#[derive(Debug, Clone)]
pub struct ColumnSource {
    /// The table's name.
    pub table: String,
    /// The column's.
    pub column: String,
    /// The table's unique indexes.
    pub indexes: Vec<UniqueIndex>,
}

impl UniqueIndex {
    /// True where two rows that agree in these columns cannot both be in the table. An expression counts as soon as one
    /// of the columns is in it.
    pub fn is_covered_by(&self, columns: &[&str]) -> bool {
        let has = |part: &String| {
            columns.iter().any(|column| part.eq_ignore_ascii_case(column))
                || words(part).any(|word| columns.iter().any(|column| word.eq_ignore_ascii_case(column)))
        };
        !self.columns.is_empty() && self.columns.iter().all(has)
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}
