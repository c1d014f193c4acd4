//! A statement's tokens, found by sqlparser's tokenizer, with the bytes they stand at; and what looks like a parameter
//! among them. Nothing is parsed: databases read SQL better than anybody else.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer, Whitespace};

use super::RawParam;
use super::effect::keyword;
use crate::{Dialect, Finding, Place};

/// A token with the bytes it stands at.
type Spanned = (Token, Range<usize>);

/// The text's tokens with the bytes each stands at, white space and comments included.
pub(super) struct Tokens<'a> {
    pub source: &'a Arc<str>,
    dialect: Dialect,
    list: Vec<Spanned>,
}

impl<'a> Tokens<'a> {
    pub fn read(file: &Path, source: &'a Arc<str>, dialect: Dialect) -> Result<Self, Finding> {
        let tokens = Tokenizer::new(dialect.grammar(), source).with_unescape(false).tokenize_with_location();
        let tokens = tokens.map_err(|error| {
            let start = Lines::new(source).offset(error.location);
            Finding::error(file, error.message, "close what is open there, or mend the character")
                .at(Place::new(source, start..start + 1))
        })?;
        let lines = Lines::new(source);
        let range = |token: &TokenWithSpan| lines.offset(token.span.start)..lines.offset(token.span.end);
        let list =
            tokens.into_iter().map(|token| (range(&token), token.token)).map(|(range, token)| (token, range));
        let tokens = Self { source, dialect, list: list.collect() };
        match tokens.read_otherwise() {
            Some((range, what, mend)) => Err(Finding::error(file, what, mend).at(Place::new(source, range))),
            None => Ok(tokens),
        }
    }

    /// What the tokenizer takes for something else than a database does, and the mend.
    fn read_otherwise(&self) -> Option<(Range<usize>, &'static str, &'static str)> {
        if let Some(range) = self.hidden_comment() {
            return Some((range, "a comment in an operator", "put a space before the comment"));
        }
        self.list.iter().find_map(|(token, range)| {
            let (what, mend) = match token {
                Token::DoubleQuotedByteStringLiteral(_) => {
                    ("a name in quotes right behind a letter", "put a space before the quote")
                }
                // The tokenizer would read on behind a backslash and the quote that ends it for a database.
                Token::HexStringLiteral(digits) if !digits.chars().all(|c| c.is_ascii_hexdigit()) => {
                    ("a binary string of other than hexadecimal digits", "write it with 0 to 9 and a to f")
                }
                Token::DollarQuotedString(quoted)
                    if quoted
                        .tag
                        .as_deref()
                        .is_some_and(|tag| tag.starts_with(|c: char| c.is_ascii_digit())) =>
                {
                    ("a tag in dollars that begins with a digit", "begin it with a letter")
                }
                Token::Whitespace(Whitespace::Space) if !self.source[range.clone()].is_ascii() => {
                    ("a space that is none to a database", "write a plain space")
                }
                token
                    if is_operator(token, &self.source[range.clone()])
                        && !is_plain(token, &self.source[range.clone()]) =>
                {
                    ("an operator that runs into what follows", "put spaces around it")
                }
                Token::Whitespace(Whitespace::MultiLineComment(_))
                    if !is_closed(&self.source[range.clone()]) =>
                {
                    ("a comment that nothing closes", "close it with */")
                }
                _ => return None,
            };
            Some((range.clone(), what, mend))
        })
    }

    /// A comment that the tokenizer takes for part of an operator: for a database it begins there as anywhere.
    fn hidden_comment(&self) -> Option<Range<usize>> {
        let mut end = None;
        let operators =
            self.list.iter().filter(|(token, range)| is_operator(token, &self.source[range.clone()]));
        for (_, range) in operators {
            // It may begin with the last sign of the operator before.
            let start = range.start - usize::from(end == Some(range.start));
            let signs = &self.source.as_bytes()[start..range.end];
            if signs.windows(2).any(|two| two == b"--" || two == b"/*") {
                return Some(start..range.end);
            }
            end = Some(range.end);
        }
        None
    }

    /// All but white space and comments.
    pub fn meaningful(&self) -> impl Iterator<Item = &Spanned> + Clone {
        meaningful(&self.list)
    }

    /// The tokens before that byte, and those from it on.
    fn around(&self, byte: usize) -> (&[Spanned], &[Spanned]) {
        self.list.split_at(self.list.partition_point(|(_, range)| range.start < byte))
    }

    /// Where the one statement ends: before its semicolon, if it has one.
    pub fn end_of_only_statement(&self, file: &Path) -> Result<usize, Finding> {
        let is_word = |token: &Token| *token != Token::SemiColon;
        if !self.meaningful().any(|(token, _)| is_word(token)) {
            let mend = "write the SQL that answers the method";
            return Err(Finding::error(file, "there is no statement in this file", mend));
        }
        let mut behind = self.meaningful().skip_while(|(token, _)| is_word(token));
        let end = behind.next().map_or(self.source.len(), |(_, semicolon)| semicolon.start);
        match behind.find(|(token, _)| is_word(token)) {
            Some((_, second)) => {
                let place = Place::new(self.source, second.clone());
                Err(Finding::error(file, "a second statement", "keep one statement a file").at(place))
            }
            None => Ok(end),
        }
    }

    /// Every place where a parameter stands, in order.
    pub fn params(&self) -> Vec<RawParam> {
        let (mut found, mut brackets, mut index) = (Vec::new(), 0_usize, 0);
        while index < self.list.len() {
            match &self.list[index].0 {
                Token::LBracket => brackets += 1,
                Token::RBracket => brackets = brackets.saturating_sub(1),
                Token::Colon if brackets == 0 || !self.is_slice(index) => {
                    if let Some((param, next)) = self.param(index) {
                        found.push(param);
                        index = next;
                        continue;
                    }
                }
                _ => {}
            }
            index += 1;
        }
        found
    }

    /// `a[low:high]`: inside brackets, a colon right behind a value divides a slice.
    fn is_slice(&self, colon: usize) -> bool {
        let before = colon.checked_sub(1).map(|index| &self.list[index].0);
        matches!(before, Some(Token::Word(_) | Token::Number(..) | Token::RParen | Token::RBracket))
    }

    /// `:word(.word)*` without space between; the index is that of the colon, the second result that after the name.
    fn param(&self, colon: usize) -> Option<(RawParam, usize)> {
        let mut path = vec![self.word(colon + 1)?];
        let mut next = colon + 2;
        while let (Some((Token::Period, _)), Some(word)) = (self.list.get(next), self.word(next + 1)) {
            path.push(word);
            next += 2;
        }
        let range = self.list[colon].1.start..self.list[next - 1].1.end;
        Some((RawParam { path, range }, next))
    }

    fn word(&self, index: usize) -> Option<String> {
        match &self.list.get(index)?.0 {
            Token::Word(word) if word.quote_style.is_none() => Some(word.value.clone()),
            _ => None,
        }
    }

    /// True where a word or a number ends at that byte: PostgreSQL would read `limit$1` as one word.
    pub fn is_behind_word(&self, start: usize) -> bool {
        let index = self.list.partition_point(|(_, range)| range.end < start);
        matches!(self.list.get(index), Some((Token::Word(_) | Token::Number(..), range)) if range.end == start)
    }

    /// True where `IS NULL` or `IS NOT NULL` stands behind that byte.
    pub fn is_null_test(&self, end: usize) -> bool {
        let (_, behind) = self.around(end);
        let mut words = meaningful(behind).map(|(token, _)| keyword(token));
        words.next() == Some(Some(Keyword::IS))
            && matches!(
                (words.next(), words.next()),
                (Some(Some(Keyword::NULL)), _) | (Some(Some(Keyword::NOT)), Some(Some(Keyword::NULL)))
            )
    }

    /// True where a value stands at that byte that is compared as a whole: `= value`, or alone in `IN (value`.
    pub fn is_compared(&self, start: usize) -> bool {
        let (before, _) = self.around(start);
        let mut before = meaningful(before).rev().map(|(token, _)| token);
        match before.next() {
            Some(Token::Eq | Token::Neq | Token::Lt | Token::LtEq | Token::Gt | Token::GtEq) => true,
            Some(Token::LParen) => before.next().and_then(keyword) == Some(Keyword::IN),
            _ => false,
        }
    }

    /// True where a star stands for columns: neither a product's nor that of `count(*)`.
    pub fn has_star(&self) -> bool {
        let starts = |token: &Token| {
            let word = keyword(token);
            matches!(token, Token::Comma | Token::Period)
                || matches!(
                    word,
                    Some(Keyword::SELECT | Keyword::DISTINCT | Keyword::ALL | Keyword::RETURNING)
                )
        };
        let words = self.meaningful().map(|(token, _)| token);
        words.clone().zip(words.skip(1)).any(|(before, token)| *token == Token::Mul && starts(before))
    }

    /// A parameter as some other tool writes it, as that database sees it.
    pub fn foreign_placeholder(&self, dialect: Dialect) -> Option<Range<usize>> {
        let named: Vec<usize> = self.params().iter().map(|param| param.range.start).collect();
        let is_foreign = |(token, range): &&Spanned| match token {
            Token::Placeholder(_) => true,
            // `:1`, and `:x'1'`, which SQLite reads as a name and a string.
            Token::Colon => self.dialect == Dialect::Sqlite && !named.contains(&range.start),
            // A byte order mark is white space to SQLite wherever a word could begin, and a letter to the tokenizer.
            Token::Word(_) => {
                let text = &self.source[range.clone()];
                let unmarked = text.trim_start_matches('\u{feff}');
                dialect == Dialect::Sqlite && unmarked.len() < text.len() && unmarked.starts_with('$')
            }
            _ => {
                let is_operator = is_operator(token, &self.source[range.clone()]);
                dialect == Dialect::Sqlite && is_operator && is_sqlites(self.source, range)
            }
        };
        self.list.iter().find(is_foreign).map(|(_, range)| range.clone())
    }
}

fn meaningful(tokens: &[Spanned]) -> impl DoubleEndedIterator<Item = &Spanned> + Clone {
    tokens.iter().filter(|(token, _)| !matches!(token, Token::Whitespace(_)))
}

/// True for an operator in which a parameter begins in SQLite: `?`, `@name`, `#name`, `$name`, and Tcl's `@::name`.
fn is_sqlites(source: &str, range: &Range<usize>) -> bool {
    let text = &source[range.clone()];
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$' || !c.is_ascii();
    let begins = |(at, sign): (usize, char)| {
        let behind = &source[range.start + at + sign.len_utf8()..];
        match sign {
            '?' => true,
            '@' | '#' | '$' => behind.starts_with(is_part) || behind.starts_with("::"),
            _ => false,
        }
    };
    text.char_indices().any(begins)
}

/// True for what is no word, number, string or comment.
fn is_operator(token: &Token, text: &str) -> bool {
    let is_name_or_space = matches!(token, Token::Word(_) | Token::Whitespace(_));
    !is_name_or_space && text.starts_with(|c: char| c.is_ascii_punctuation() && !"'$".contains(c))
}

fn is_closed(comment: &str) -> bool {
    comment.len() >= "/**/".len() && comment.ends_with("*/")
}

/// True for an operator of nothing but signs: of some the tokenizer takes the next character too, whatever it is.
fn is_plain(token: &Token, text: &str) -> bool {
    let is_sign = |c: char| "+-*/<>=~!@#%^&|`?.,;()[]{}\\".contains(c);
    matches!(token, Token::Placeholder(_)) || matches!(text, ":" | "::" | ":=") || text.chars().all(is_sign)
}

/// Turns the tokenizer's lines and columns (characters, from 1) into bytes.
struct Lines<'a> {
    source: &'a str,
    /// Where each line starts, and whether its characters are bytes.
    starts: Vec<(usize, bool)>,
}

impl<'a> Lines<'a> {
    fn new(source: &'a str) -> Self {
        let mut start = 0;
        let lines = source.split('\n').map(|line| {
            let this = (start, line.is_ascii());
            start += line.len() + 1;
            this
        });
        Self { source, starts: lines.collect() }
    }

    fn offset(&self, location: Location) -> usize {
        let line = (location.line as usize).saturating_sub(1);
        let Some(&(start, is_ascii)) = self.starts.get(line) else { return self.source.len() };
        let column = (location.column as usize).saturating_sub(1);
        let rest = &self.source[start..];
        if is_ascii && column < rest.len() {
            return start + column;
        }
        start + rest.char_indices().nth(column).map_or(rest.len(), |(offset, _)| offset)
    }
}
