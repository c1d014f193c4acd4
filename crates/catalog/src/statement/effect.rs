//! What a statement does to data, as far as its words tell: it is a read only where that is certain. A function may
//! write too, and no word of the statement says so; that is what a method's `idempotency_level` is for.

use std::ops::Range;
use std::path::Path;

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::Token;

use super::tokens::Tokens;
use crate::{Finding, Place};

/// What a statement does.
#[derive(Debug, Clone)]
pub(super) struct Effect {
    /// The bytes of the word that makes it a write.
    pub write: Option<Range<usize>>,
    /// True for UPDATE and DELETE.
    pub changes_existing: bool,
}

/// A word and the bytes it stands at.
type Word = (Keyword, Range<usize>);

impl Effect {
    /// Refuses what is neither a query nor a change of rows: BEGIN, SET and their like would outlive the statement, in
    /// a connection that others use next.
    pub fn of(tokens: &Tokens<'_>, file: &Path) -> Result<Self, Finding> {
        let Some((verb, range)) = verb(tokens) else {
            let finding = Finding::error(
                file,
                "this statement neither reads nor changes rows",
                "write one SELECT, VALUES, WITH, INSERT, UPDATE, DELETE, MERGE or CALL",
            );
            let place = tokens.meaningful().next().map(|(_, range)| Place::new(tokens.source, range.clone()));
            return Err(match place {
                Some(place) => finding.at(place),
                None => finding,
            });
        };
        let reads = matches!(verb, Keyword::SELECT | Keyword::VALUES | Keyword::TABLE);
        Ok(Self {
            write: if reads { inner_write(tokens) } else { Some(range) },
            changes_existing: matches!(verb, Keyword::UPDATE | Keyword::DELETE),
        })
    }
}

/// The word that says what the statement is; behind WITH it is the first outside parentheses that is no query's name.
fn verb(tokens: &Tokens<'_>) -> Option<Word> {
    let mut words = tokens.meaningful().skip_while(|(token, _)| *token == Token::LParen);
    let (first, range) = words.next()?;
    if keyword(first)? != Keyword::WITH {
        return keyword(first).filter(|word| is_verb(*word)).map(|word| (word, range.clone()));
    }
    let (mut depth, mut before) = (0_usize, first);
    for (token, range) in words {
        let names =
            *before == Token::Comma || matches!(keyword(before), Some(Keyword::WITH | Keyword::RECURSIVE));
        match keyword(token) {
            Some(word) if depth == 0 && !names && is_verb(word) => return Some((word, range.clone())),
            _ => {}
        }
        match token {
            // The last query may be in parentheses: only that one follows another.
            Token::LParen if depth == 0 && *before == Token::RParen => {}
            Token::LParen => depth += 1,
            Token::RParen => depth = depth.saturating_sub(1),
            _ => {}
        }
        before = token;
    }
    None
}

fn is_verb(word: Keyword) -> bool {
    use Keyword as K;
    matches!(
        word,
        K::SELECT
            | K::VALUES
            | K::TABLE
            | K::INSERT
            | K::UPDATE
            | K::DELETE
            | K::MERGE
            | K::REPLACE
            | K::CALL
            | K::TRUNCATE
            | K::REFRESH
    )
}

/// A write inside a query: INTO of any kind, or UPDATE and DELETE as the first word in a parenthesis, which those of
/// `FOR UPDATE` and `ON CONFLICT DO UPDATE` never are.
fn inner_write(tokens: &Tokens<'_>) -> Option<Range<usize>> {
    let has_with = tokens.meaningful().any(|(token, _)| keyword(token) == Some(Keyword::WITH));
    let mut before: Option<&Token> = None;
    for (token, range) in tokens.meaningful() {
        let named = matches!(before, Some(Token::Colon | Token::Period));
        let opened = matches!(before, Some(Token::LParen));
        match keyword(token) {
            Some(Keyword::INTO) if !named => return Some(range.clone()),
            Some(Keyword::UPDATE | Keyword::DELETE) if opened && has_with => return Some(range.clone()),
            _ => before = Some(token),
        }
    }
    None
}

pub(super) fn keyword(token: &Token) -> Option<Keyword> {
    match token {
        Token::Word(word) if word.quote_style.is_none() => Some(word.keyword),
        _ => None,
    }
}
