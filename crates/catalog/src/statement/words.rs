//! What `check` asks of a statement's words beyond its parameters: which columns are equal to something, whether rows are
//! made of several, where its order stands, and which words its conditions are made of. Nothing that is served hangs on it.

use std::ops::Range;

use sqlparser::keywords::Keyword;

use super::lexemes::{Kind, Lexeme};
use super::{Filter, Statement};
use crate::Place;

/// What is kept of a statement's words.
#[derive(Debug, Clone, Default)]
pub(super) struct Words {
    /// Columns that stand beside an equals sign, outside filters.
    equal: Vec<String>,
    /// True where several rows may become one.
    merges: bool,
    /// The bytes of its last ORDER BY outside parentheses.
    order: Option<Range<usize>>,
    /// Names that are no function's, and where they stand.
    names: Vec<(String, usize)>,
}

impl Words {
    pub fn of(lexemes: &[Lexeme], source: &str, filters: &[Filter]) -> Self {
        let mut words = Self::default();
        let text = |index: usize| lexemes.get(index).map(|lexeme| &source[lexeme.range.clone()]);
        let is_optional = |at: usize| filters.iter().any(|filter| filter.range.contains(&at));
        let mut depth = 0_usize;
        for (index, lexeme) in lexemes.iter().enumerate() {
            match lexeme.kind {
                Kind::Open(_) => depth += 1,
                Kind::Close => depth = depth.saturating_sub(1),
                Kind::Word(Keyword::GROUP | Keyword::UNION | Keyword::INTERSECT | Keyword::EXCEPT) => {
                    words.merges = true;
                }
                Kind::Word(Keyword::DISTINCT) if !is(lexemes, index + 1, Keyword::FROM) => {
                    words.merges = true
                }
                Kind::Word(Keyword::ORDER) if depth == 0 && is(lexemes, index + 1, Keyword::BY) => {
                    words.order = Some(lexeme.range.start..end_of_order(lexemes, index + 2));
                }
                _ => {}
            }
            let is_function = matches!(lexemes.get(index + 1).map(|next| next.kind), Some(Kind::Open(_)));
            let Some(name) = name(lexeme, source).filter(|_| !is_function) else { continue };
            let is_last = text(index + 1) != Some(".");
            let before = (0..index).rev().find(|&before| !is_way(lexemes, before, source));
            let is_equal = text(index + 1) == Some("=") || before.and_then(text) == Some("=");
            if is_last && is_equal && !is_optional(lexeme.range.start) {
                words.equal.push(name.clone());
            }
            words.names.push((name, lexeme.range.start));
        }
        words
    }
}

/// True for what may stand before the last word of a column's name: `.` and the words in front of it.
fn is_way(lexemes: &[Lexeme], index: usize, source: &str) -> bool {
    let is_dot = |index: usize| lexemes.get(index).is_some_and(|lexeme| &source[lexeme.range.clone()] == ".");
    is_dot(index) || is_dot(index + 1)
}

fn is(lexemes: &[Lexeme], index: usize, word: Keyword) -> bool {
    lexemes.get(index).is_some_and(|lexeme| lexeme.kind == Kind::Word(word))
}

/// Where the list behind ORDER BY ends, in bytes.
fn end_of_order(lexemes: &[Lexeme], first: usize) -> usize {
    use Keyword as K;
    let (mut index, mut end) = (first, lexemes.get(first.saturating_sub(1)).map_or(0, |it| it.range.end));
    while let Some(lexeme) = lexemes.get(index) {
        match lexeme.kind {
            Kind::Open(partner) => index = partner,
            Kind::Close | Kind::Word(K::LIMIT | K::OFFSET | K::FETCH | K::FOR) => break,
            _ => {}
        }
        end = lexemes.get(index).map_or(end, |last| last.range.end);
        index += 1;
    }
    end
}

/// A word as a database knows it: quotes taken away.
fn name(lexeme: &Lexeme, source: &str) -> Option<String> {
    let text = &source[lexeme.range.clone()];
    match lexeme.kind {
        Kind::Word(_) | Kind::Name(_) => Some(text.to_lowercase()),
        Kind::Other => {
            let inner = text.strip_prefix('"')?.strip_suffix('"')?;
            Some(inner.replace("\"\"", "\""))
        }
        _ => None,
    }
}

impl Statement {
    /// Columns that are equal to something wherever the statement runs: `tenant = :tenant`.
    pub fn equal_columns(&self) -> &[String] {
        &self.words.equal
    }

    /// True where several rows may become one: GROUP BY, DISTINCT, UNION and their like, wherever they stand.
    pub fn merges_rows(&self) -> bool {
        self.words.merges
    }

    /// Where its ORDER BY stands; the whole statement where it has none.
    pub fn order_place(&self) -> Place {
        self.at(self.words.order.clone())
    }

    /// The names that the condition of a filter is made of: columns, tables and words of SQL.
    pub fn filter_names(&self, filter: usize) -> impl Iterator<Item = &str> {
        let conditions = self.filters.list.get(filter).map(|filter| filter.conditions.as_slice());
        let is_inside = move |at: usize| conditions.unwrap_or_default().iter().any(|it| it.contains(&at));
        let names = self.words.names.iter().filter(move |(_, at)| is_inside(*at));
        names.map(|(name, _)| name.as_str())
    }

    /// What stands in front of a name, and so may be what it is an alias of: `items` in `items AS i`.
    pub fn before_name(&self, alias: &str) -> impl Iterator<Item = &str> {
        let names = &self.words.names;
        let name = |index: usize| names.get(index).map(|(name, _)| name.as_str());
        let is_it = move |index: &usize| name(*index).is_some_and(|name| name.eq_ignore_ascii_case(alias));
        (1..names.len()).filter(is_it).filter_map(move |index| match name(index - 1) {
            Some("as") => name(index.checked_sub(2)?),
            before => before,
        })
    }

    /// The parameters that the condition of a filter compares with, by index.
    pub fn filter_params(&self, filter: usize) -> impl Iterator<Item = usize> {
        let conditions = self.filters.list.get(filter).map(|filter| filter.conditions.as_slice());
        let is_inside = move |at: usize| conditions.unwrap_or_default().iter().any(|it| it.contains(&at));
        self.uses.iter().filter(move |used| is_inside(used.range.start)).map(|used| used.param)
    }
}

#[cfg(test)]
mod tests;
