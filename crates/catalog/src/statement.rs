//! One SQL statement as its author wrote it, with its `:name` parameters found by sqlparser's tokenizer: what looks
//! like one in a string, a comment or a dollar quote is none. The text is otherwise left as it is.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};

use crate::plan::Param;
use crate::{Dialect, Finding, Place};

/// A statement, and where its parameters stand in it.
#[derive(Debug, Clone)]
pub struct Statement {
    /// The file, relative to the catalog's folder.
    pub file: PathBuf,
    /// The file's whole text.
    pub source: Arc<str>,
    /// The parameters, each once, in order of first use: `$1` is the first.
    pub params: Vec<Param>,
    uses: Vec<Use>,
    end: usize,
    writes: bool,
}

/// One place where a parameter stands.
#[derive(Debug, Clone)]
struct Use {
    range: Range<usize>,
    param: usize,
    /// True where it is only asked whether the parameter is NULL: `:name IS NULL`.
    null_test: bool,
}

/// A parameter as found in the text, not yet understood.
#[derive(Debug, Clone)]
pub(crate) struct RawParam {
    /// The name's words: `:city.lat` is `["city", "lat"]`.
    pub path: Vec<String>,
    /// Where it first stands.
    pub range: Range<usize>,
}

/// A statement whose parameters are names only.
#[derive(Debug)]
pub(crate) struct RawStatement {
    pub params: Vec<RawParam>,
    statement: Statement,
}

impl RawStatement {
    pub fn parse(file: &Path, source: &Arc<str>, dialect: Dialect) -> Result<Self, Finding> {
        let tokens = Tokens::read(file, source, dialect)?;
        let end = tokens.end_of_only_statement(file)?;
        let mut params: Vec<RawParam> = Vec::new();
        let mut uses = Vec::new();
        for found in tokens.params() {
            let known = params.iter().position(|param| param.path == found.path);
            let param = known.unwrap_or(params.len());
            let null_test = tokens.is_null_test(found.range.end);
            uses.push(Use { range: found.range.clone(), param, null_test });
            if known.is_none() {
                params.push(found);
            }
        }
        if let Some(range) = tokens.foreign_placeholder() {
            let finding = Finding::error(
                file,
                "a placeholder that is not Meanwhile's",
                "write :name, the request's field",
            );
            return Err(finding.at(Place::new(source, range)));
        }
        let statement = Statement {
            file: file.to_owned(),
            source: source.clone(),
            params: Vec::new(),
            uses,
            end,
            writes: tokens.writes(),
        };
        Ok(Self { params, statement })
    }

    /// The statement, once each parameter is understood. `params` are in the order of `self.params`.
    pub fn with(self, params: Vec<Param>) -> Statement {
        Statement { params, ..self.statement }
    }

    /// True for INSERT, UPDATE, DELETE and MERGE, also inside WITH.
    pub fn writes(&self) -> bool {
        self.statement.writes
    }

    pub fn place(&self, range: Range<usize>) -> Place {
        Place::new(&self.statement.source, range)
    }

    pub fn file(&self) -> &Path {
        &self.statement.file
    }
}

impl Statement {
    /// The text as its author wrote it, the semicolon gone.
    pub fn text(&self) -> Arc<str> {
        self.source[..self.end].trim().into()
    }

    /// The text as a database takes it: parameters by number, the semicolon gone.
    pub fn render(&self, dialect: Dialect) -> String {
        self.render_with(|param| dialect.placeholder(param + 1))
    }

    /// The text with whatever `write` makes of each parameter, by index.
    pub fn render_with(&self, write: impl Fn(usize) -> String) -> String {
        self.render_uses(|used| write(used.param))
    }

    /// The same without its null tests, which say nothing of a parameter's type: `NULL` stands for the parameter there.
    pub fn render_without_null_tests(&self, write: impl Fn(usize) -> String) -> String {
        self.render_uses(|used| if used.null_test { "NULL".to_owned() } else { write(used.param) })
    }

    fn render_uses(&self, write: impl Fn(&Use) -> String) -> String {
        let mut text = String::with_capacity(self.end);
        let mut at = 0;
        for used in &self.uses {
            text.push_str(&self.source[at..used.range.start]);
            text.push_str(&write(used));
            at = used.range.end;
        }
        text.push_str(&self.source[at..self.end]);
        text.trim().to_owned()
    }

    /// True when it changes data.
    pub fn writes(&self) -> bool {
        self.writes
    }

    /// Where the parameter of that index first stands.
    pub fn param_place(&self, param: usize) -> Place {
        let range = self.uses.iter().find(|used| used.param == param).map_or(0..0, |used| used.range.clone());
        Place::new(&self.source, range)
    }

    /// Where a word first stands in the file; the whole statement where it does not.
    pub fn word_place(&self, word: &str) -> Place {
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let whole = |start: &usize| {
            let end = start + word.len();
            !self.source[..*start].ends_with(is_part) && !self.source[end..].starts_with(is_part)
        };
        let found = self.source.match_indices(word).map(|(start, _)| start).find(whole);
        Place::new(&self.source, found.map_or(0..self.end, |start| start..start + word.len()))
    }

    /// The place in the file of a character of the rendered text (from 0), as databases report errors.
    pub fn rendered_place(&self, dialect: Dialect, character: usize) -> Place {
        let leading = self.source.len() - self.source.trim_start().len();
        let wanted = self.source[..leading].chars().count() + character;
        let (mut at, mut seen) = (0, 0);
        for used in &self.uses {
            let plain = self.source[at..used.range.start].chars().count();
            if wanted < seen + plain {
                break;
            }
            seen += plain;
            let written = dialect.placeholder(used.param + 1).len();
            if wanted < seen + written {
                return Place::new(&self.source, used.range.clone());
            }
            seen += written;
            at = used.range.end;
        }
        let rest = &self.source[at..];
        let start = at + rest.char_indices().nth(wanted - seen).map_or(rest.len(), |(offset, _)| offset);
        let word =
            self.source[start..].find(|c: char| !c.is_alphanumeric() && c != '_' && c != '.').unwrap_or(0);
        Place::new(&self.source, start..start + word.max(1))
    }
}

/// The text's tokens with the bytes each stands at, white space and comments included.
struct Tokens<'a> {
    source: &'a Arc<str>,
    list: Vec<(Token, Range<usize>)>,
}

impl<'a> Tokens<'a> {
    fn read(file: &Path, source: &'a Arc<str>, dialect: Dialect) -> Result<Self, Finding> {
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
        Ok(Self { source, list: list.collect() })
    }

    /// Where the one statement ends: before its semicolon, if it has one.
    fn end_of_only_statement(&self, file: &Path) -> Result<usize, Finding> {
        let meaningful = |(token, _): &&(Token, Range<usize>)| !matches!(token, Token::Whitespace(_));
        let Some((_, last)) =
            self.list.iter().rfind(|entry| meaningful(entry) && entry.0 != Token::SemiColon)
        else {
            return Err(Finding::error(
                file,
                "there is no statement in this file",
                "write the SQL that answers the method",
            ));
        };
        let semicolon = self.list.iter().find(|(token, _)| *token == Token::SemiColon);
        match semicolon {
            Some((_, range)) if range.start < last.start => {
                let place = Place::new(self.source, last.clone());
                Err(Finding::error(file, "a second statement", "keep one statement a file").at(place))
            }
            Some((_, range)) => Ok(range.start),
            None => Ok(self.source.len()),
        }
    }

    fn params(&self) -> Vec<RawParam> {
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

    /// True where the next word behind that byte is IS.
    fn is_null_test(&self, end: usize) -> bool {
        let behind = self.list.iter().skip_while(|(_, range)| range.start < end);
        let mut words = behind.map(|(token, _)| token).filter(|token| !matches!(token, Token::Whitespace(_)));
        words.next().and_then(keyword) == Some(Keyword::IS)
    }

    fn foreign_placeholder(&self) -> Option<Range<usize>> {
        let placeholder = self.list.iter().find(|(token, _)| matches!(token, Token::Placeholder(_)));
        placeholder.map(|(_, range)| range.clone())
    }

    fn writes(&self) -> bool {
        let plain = |token: &Token| !matches!(token, Token::Whitespace(_));
        let mut tokens = self.list.iter().map(|(token, _)| token).filter(|token| plain(token));
        let Some(first) = tokens.next().and_then(keyword) else { return false };
        let changes =
            |word| matches!(word, Keyword::INSERT | Keyword::UPDATE | Keyword::DELETE | Keyword::MERGE);
        if first != Keyword::WITH {
            return changes(first) || first == Keyword::REPLACE;
        }
        // `FOR UPDATE` and `ON CONFLICT DO UPDATE` never follow a parenthesis; a statement's first word does.
        let mut before = None;
        for token in tokens {
            let opens = matches!(before, Some(Token::LParen | Token::RParen));
            if opens && keyword(token).is_some_and(changes) {
                return true;
            }
            before = Some(token.clone());
        }
        false
    }
}

fn keyword(token: &Token) -> Option<Keyword> {
    match token {
        Token::Word(word) if word.quote_style.is_none() => Some(word.keyword),
        _ => None,
    }
}

/// Turns the tokenizer's lines and columns (characters, from 1) into bytes.
struct Lines<'a> {
    source: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn new(source: &'a str) -> Self {
        let newlines = source.match_indices('\n').map(|(offset, _)| offset + 1);
        Self { source, starts: std::iter::once(0).chain(newlines).collect() }
    }

    fn offset(&self, location: Location) -> usize {
        let line = (location.line as usize).saturating_sub(1);
        let Some(&start) = self.starts.get(line) else { return self.source.len() };
        let column = (location.column as usize).saturating_sub(1);
        let rest = &self.source[start..];
        start + rest.char_indices().nth(column).map_or(rest.len(), |(offset, _)| offset)
    }
}
