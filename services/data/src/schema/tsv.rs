//! Tab-separated values: a header of column names, a line a row, no quotes and no escapes.

use std::path::Path;

use super::SeedError;

/// A table read from a file.
#[derive(Debug)]
pub(super) struct Table {
    pub columns: Vec<String>,
    text: String,
}

impl Table {
    pub fn read(path: &Path) -> Result<Self, SeedError> {
        Self::parse(std::fs::read_to_string(path)?)
    }

    fn parse(text: String) -> Result<Self, SeedError> {
        // Some editors begin a file with a byte order mark, which is no part of the first column's name.
        let header = text.trim_start_matches('\u{feff}').lines().next().unwrap_or_default();
        let columns: Vec<String> = header.split('\t').map(str::to_owned).collect();
        if columns.iter().any(String::is_empty) {
            return Err(SeedError::Line { line: 1, what: "the header names no column".to_owned() });
        }
        let table = Self { columns, text };
        for (index, row) in table.numbered() {
            let fields = row.split('\t').count();
            if fields != table.columns.len() {
                let what = format!("{fields} fields under {} columns", table.columns.len());
                return Err(SeedError::Line { line: index + 1, what });
            }
        }
        Ok(table)
    }

    /// The rows, each a line; its fields are between tabs. A line with nothing in it is none.
    pub fn rows(&self) -> impl Iterator<Item = &str> {
        self.numbered().map(|(_, row)| row)
    }

    /// The rows as they go into COPY.
    pub fn lines(&self) -> String {
        self.rows().flat_map(|row| [row, "\n"]).collect()
    }

    fn numbered(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().skip(1).filter(|(_, line)| !line.is_empty())
    }
}

/// An identifier as both databases quote it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table {
        Table::parse(text.to_owned()).unwrap()
    }

    fn refused(text: &str) -> String {
        Table::parse(text.to_owned()).unwrap_err().to_string()
    }

    #[test]
    fn lines_end_either_way_and_empty_ones_are_none() {
        for text in ["a\tb\n1\t2\n3\t\n", "a\tb\r\n1\t2\r\n\r\n3\t\r\n\r\n", "\u{feff}a\tb\n1\t2\n\n3\t"] {
            let table = table(text);
            assert_eq!(table.columns, ["a", "b"]);
            assert_eq!(table.rows().collect::<Vec<_>>(), ["1\t2", "3\t"]);
            assert_eq!(table.lines(), "1\t2\n3\t\n");
        }
    }

    #[test]
    fn a_header_alone_is_an_empty_table() {
        assert_eq!(table("a\tb").rows().count(), 0);
    }

    #[test]
    fn a_row_of_other_length_is_told_with_its_line() {
        assert_eq!(refused("a\tb\n\n1\t2\n3\n"), "line 4: 1 fields under 2 columns");
        assert_eq!(refused("a\n1\t2"), "line 2: 2 fields under 1 columns");
    }

    #[test]
    fn a_header_that_names_no_column_is_told() {
        for text in ["", "\n1", "a\t\tb\n"] {
            assert_eq!(refused(text), "line 1: the header names no column");
        }
    }

    #[test]
    fn a_quote_in_a_name_is_doubled() {
        assert_eq!(quoted("a\"b c"), "\"a\"\"b c\"");
    }
}
