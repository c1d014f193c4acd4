//! SQL's text in pieces, by the rules of PostgreSQL's scan.l and SQLite's tokenize.c: where strings, quoted names and
//! comments begin and end, and what stands between them. None for a text that the database itself cannot read so far.

mod cursor;
mod postgres;
mod sqlite;

use std::ops::Range;

use meanwhile_catalog::Dialect;

/// What a piece of the text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// White space.
    Space,
    /// A comment.
    Comment,
    /// A string, also one in dollars.
    Quoted,
    /// A name in quotes or brackets.
    QuotedName,
    /// A word.
    Word,
    /// A number.
    Number,
    /// A parameter by number: `$1`, `?1`.
    Placeholder(usize),
    /// A parameter without a number, as SQLite has them: `?`, `@name`, `$name`, `#name`, and `:1`, which is none of ours.
    Variable,
    /// A colon by itself.
    Colon,
    /// Anything else: one character of an operator or a parenthesis.
    Sign(u8),
}

/// A piece, and the bytes it stands at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub range: Range<usize>,
}

/// The text in pieces, without a gap.
pub fn scan(text: &str, dialect: Dialect) -> Option<Vec<Piece>> {
    let mut cursor = cursor::Cursor::new(text);
    let mut pieces = Vec::new();
    while !cursor.is_at_end() {
        let start = cursor.at;
        let kind = match dialect {
            Dialect::Postgres => postgres::piece(&mut cursor)?,
            Dialect::Sqlite => sqlite::piece(&mut cursor)?,
        };
        pieces.push(Piece { kind, range: start..cursor.at });
    }
    Some(pieces)
}

/// Where a `:name` stands in SQL that Meanwhile is given, in order: a colon with a word right behind it. In PostgreSQL's
/// brackets a colon right behind a value divides a slice.
pub fn names(text: &str, pieces: &[Piece]) -> Vec<Range<usize>> {
    let kind = |index: usize| pieces.get(index).map(|piece| piece.kind);
    let (mut found, mut brackets, mut index) = (Vec::new(), 0_usize, 0);
    while index < pieces.len() {
        let before = index.checked_sub(1).and_then(kind);
        match pieces[index].kind {
            Kind::Sign(b'[') => brackets += 1,
            Kind::Sign(b']') => brackets = brackets.saturating_sub(1),
            Kind::Colon if kind(index + 1) == Some(Kind::Word) && !(brackets > 0 && is_value(before)) => {
                let start = pieces[index].range.start;
                index += 1;
                while kind(index + 1) == Some(Kind::Sign(b'.')) && kind(index + 2) == Some(Kind::Word) {
                    index += 2;
                }
                found.push(start..pieces[index].range.end);
            }
            _ => {}
        }
        index += 1;
    }
    debug_assert!(found.iter().all(|range| text[range.clone()].starts_with(':')));
    found
}

fn is_value(before: Option<Kind>) -> bool {
    matches!(before, Some(Kind::Word | Kind::QuotedName | Kind::Number | Kind::Sign(b')') | Kind::Sign(b']')))
}

#[cfg(test)]
mod tests;
