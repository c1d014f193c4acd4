//! One SQL statement as its author wrote it, with its `:name` parameters found by sqlparser's tokenizer: what looks
//! like one in a string, a comment or a dollar quote is none. The text is otherwise left as it is.

mod beside;
mod effect;
mod filters;
mod form;
mod lexemes;
mod tokens;
mod words;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::plan::{Origin, Param};
use crate::{Dialect, Finding, Place};
pub use beside::Beside;
use effect::Effect;
pub use filters::Filter;
use filters::Filters;
use lexemes::lexemes;
use tokens::Tokens;
use words::Words;

/// How much of a statement's text people are shown, in characters: it goes out with every span.
const SHOWN: usize = 500;

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
    /// Where it begins in the source, behind what its author says of it.
    start: usize,
    end: usize,
    effect: Effect,
    sqlite_placeholder: Option<Range<usize>>,
    has_star: bool,
    filters: Filters,
    words: Words,
}

/// One place where a parameter stands.
#[derive(Debug, Clone)]
struct Use {
    range: Range<usize>,
    param: usize,
    /// True where it is only asked whether the parameter is NULL: `:name IS NULL`.
    null_test: bool,
    /// True where it is compared as one value.
    compared: bool,
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
        let start = tokens.meaningful().next().map_or(0, |(_, range)| range.start);
        let effect = Effect::of(&tokens, file)?;
        let mut params: Vec<RawParam> = Vec::new();
        let mut uses = Vec::new();
        for found in tokens.params() {
            if tokens.is_behind_word(found.range.start) {
                let finding =
                    Finding::error(file, "a parameter right behind a word", "put a space between them");
                return Err(finding.at(Place::new(source, found.range)));
            }
            let known = params.iter().position(|param| param.path == found.path);
            let param = known.unwrap_or(params.len());
            let null_test = tokens.is_null_test(found.range.end);
            let compared = tokens.is_compared(found.range.start);
            uses.push(Use { range: found.range.clone(), param, null_test, compared });
            if known.is_none() {
                params.push(found);
            }
        }
        if let Some(range) = tokens.foreign_placeholder(dialect) {
            let finding = Finding::error(
                file,
                "a placeholder that is not Meanwhile's",
                "write :name, the request's field",
            );
            return Err(finding.at(Place::new(source, range)));
        }
        let lexemes = lexemes(&tokens, &uses, end).unwrap_or_default();
        let filters = Filters::find(&lexemes);
        let statement = Statement {
            file: file.to_owned(),
            source: source.clone(),
            params: Vec::new(),
            words: Words::of(&lexemes, source, &filters.list),
            filters,
            uses,
            start,
            end,
            effect,
            sqlite_placeholder: tokens.foreign_placeholder(Dialect::Sqlite),
            has_star: tokens.has_star(),
        };
        Ok(Self { params, statement })
    }

    /// The statement, once each parameter is understood. `params` are in the order of `self.params`.
    pub fn with(self, params: Vec<Param>) -> Statement {
        Statement { params, ..self.statement }
    }

    /// The word that makes it a write, where it is one.
    pub fn write_place(&self) -> Option<Place> {
        self.statement.effect.write.clone().map(|range| self.place(range))
    }

    /// True where a parameter of that name stands in it.
    pub fn uses(&self, path: &[&str]) -> bool {
        self.params.iter().any(|param| param.path == path)
    }

    pub fn place(&self, range: Range<usize>) -> Place {
        Place::new(&self.statement.source, range)
    }

    pub fn file(&self) -> &Path {
        &self.statement.file
    }
}

impl Statement {
    /// A statement by itself, whose parameters come from nowhere that a catalog knows.
    ///
    /// # Errors
    /// Text that is no statement.
    pub fn read(file: &Path, source: &Arc<str>, dialect: Dialect) -> Result<Self, Finding> {
        let raw = RawStatement::parse(file, source, dialect)?;
        let param = |raw: &RawParam| Param { name: raw.path.join("."), origin: Origin::Unknown };
        let params = raw.params.iter().map(param).collect();
        Ok(raw.with(params))
    }

    /// A statement of Meanwhile's own, which is in no file.
    ///
    /// # Errors
    /// Text that is no statement.
    pub fn own(text: &'static str, dialect: Dialect) -> Result<Self, Finding> {
        Self::read(Path::new("meanwhile"), &text.into(), dialect)
    }

    /// The text as its author wrote it, for people: what stands before the statement is left out, and it is cut
    /// after [`SHOWN`] characters.
    pub fn text(&self) -> Arc<str> {
        let text = self.source[self.start..self.end].trim();
        match text.char_indices().nth(SHOWN) {
            Some((cut, _)) => format!("{}...", &text[..cut]).into(),
            None => text.into(),
        }
    }

    /// The same, which locks the rows that it reads until its transaction ends.
    pub fn locking(&self) -> Self {
        let mut source = self.source[..self.end].trim_ascii_end().to_owned();
        source.push_str("\nFOR UPDATE");
        Self { end: source.len(), source: source.into(), ..self.clone() }
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
        // Other white space is part of a name.
        text.trim_ascii().to_owned()
    }

    /// True where it is only asked whether the parameter of that index is NULL, wherever it stands.
    pub fn is_only_tested(&self, param: usize) -> bool {
        self.uses.iter().filter(|used| used.param == param).all(|used| used.null_test)
    }

    /// What the uses of each parameter stand beside, for SQLite, which gives them no type.
    pub fn beside(&self) -> Vec<Vec<Beside>> {
        beside::read(&self.render(Dialect::Sqlite), self.params.len())
    }

    /// True when it changes data: whatever is not known to read alone. What a function does is not seen here.
    pub fn writes(&self) -> bool {
        self.effect.write.is_some()
    }

    /// Where SQLite sees a parameter that no `:name` stands for: `?` and `@name` are operators of PostgreSQL. It would
    /// be NULL, or another parameter's value.
    pub fn sqlite_placeholder(&self) -> Option<Place> {
        self.sqlite_placeholder.clone().map(|range| Place::new(&self.source, range))
    }

    /// True where it has the same parameters by that dialect's rules: a file for both databases is read by PostgreSQL's, and
    /// what is a quote or a comment differs.
    pub fn is_read_alike_by(&self, dialect: Dialect) -> bool {
        let tokens = Tokens::read(&self.file, &self.source, dialect);
        let ranges = |tokens: Tokens<'_>| tokens.params().into_iter().map(|param| param.range);
        tokens.is_ok_and(|tokens| ranges(tokens).eq(self.uses.iter().map(|used| used.range.clone())))
    }

    /// True where its columns are those of a table, whatever they are when it runs: `SELECT *`, `t.*`, `RETURNING *`.
    pub fn has_star(&self) -> bool {
        self.has_star
    }

    /// True for UPDATE and DELETE: they are about rows that are there, and change none where there are none.
    pub fn changes_existing(&self) -> bool {
        self.effect.changes_existing
    }

    /// Where the parameter of that index first stands.
    pub fn param_place(&self, param: usize) -> Place {
        let range = self.uses.iter().find(|used| used.param == param).map_or(0..0, |used| used.range.clone());
        Place::new(&self.source, range)
    }

    /// Where the parameter of that index is compared as one value, `= :name` or `IN (:name)`, if it is anywhere.
    pub fn compared_place(&self, param: usize) -> Option<Place> {
        let compared = self.uses.iter().find(|used| used.param == param && used.compared)?;
        Some(Place::new(&self.source, compared.range.clone()))
    }

    /// Where a column gets its name: behind AS, or else where the word first stands. The whole statement where neither is.
    pub fn word_place(&self, word: &str) -> Place {
        let is_alias = |start: &usize| {
            let before = self.source[..*start].trim_end_matches('"').trim_end();
            before.get(before.len().saturating_sub(2)..).is_some_and(|word| word.eq_ignore_ascii_case("as"))
        };
        let start = self.word_starts(word).find(is_alias).or_else(|| self.word_starts(word).next());
        self.at(start.map(|start| start..start + word.len()))
    }

    /// Where a word stands that stands there once; the whole statement where it does not.
    pub fn single_word_place(&self, word: &str) -> Place {
        let mut starts = self.word_starts(word);
        let start = starts.next().filter(|_| starts.next().is_none());
        self.at(start.map(|start| start..start + word.len()))
    }

    fn word_starts<'a>(&'a self, word: &'a str) -> impl Iterator<Item = usize> + 'a {
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let found = self.source[self.start..self.end].match_indices(word);
        found.map(|(offset, _)| self.start + offset).filter(move |start| {
            let end = start + word.len();
            !self.source[..*start].ends_with(is_part) && !self.source[end..].starts_with(is_part)
        })
    }

    /// All of it, without what its author says of it before.
    pub fn whole_place(&self) -> Place {
        self.at(None)
    }

    fn at(&self, range: Option<Range<usize>>) -> Place {
        Place::new(&self.source, range.unwrap_or(self.start..self.end))
    }

    /// The place in the file of a character of the rendered text (from 0), as databases report errors.
    pub fn rendered_place(&self, dialect: Dialect, character: usize) -> Place {
        let leading = self.source.len() - self.source.trim_ascii_start().len();
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
        let rest = &self.source[start..];
        let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '.').unwrap_or(rest.len());
        Place::new(&self.source, start..start + word.max(1))
    }
}

#[cfg(test)]
mod tests;
