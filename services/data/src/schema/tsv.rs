//! Tab-separated values: a header of column names, a line a row, no quotes and no escapes.

use std::path::Path;

use super::SeedError;

/// A table read from a file.
pub(super) struct Table {
    pub columns: Vec<String>,
    pub text: String,
}

impl Table {
    pub fn read(path: &Path) -> Result<Self, SeedError> {
        let text = std::fs::read_to_string(path)?;
        let header = text.lines().next().unwrap_or_default();
        let columns: Vec<String> = header.split('\t').map(str::to_owned).collect();
        if columns.iter().any(String::is_empty) {
            return Err(SeedError::Line { line: 1, what: "the header names no column".to_owned() });
        }
        let table = Self { columns, text };
        for (index, row) in table.rows().enumerate() {
            let fields = row.split('\t').count();
            if fields != table.columns.len() {
                let what = format!("{fields} fields under {} columns", table.columns.len());
                return Err(SeedError::Line { line: index + 2, what });
            }
        }
        Ok(table)
    }

    /// The rows, each a line; its fields are between tabs.
    pub fn rows(&self) -> impl Iterator<Item = &str> {
        self.text.lines().skip(1).filter(|line| !line.is_empty())
    }
}

/// An identifier as both databases quote it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
