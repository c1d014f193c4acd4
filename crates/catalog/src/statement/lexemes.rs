//! A statement's tokens as far as the search for filters looks at them: parameters whole, words that mean something as
//! keywords, parentheses with their partners. What a word is that follows AS or a dot, no keyword decides.

use std::ops::Range;

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::Token;

use super::Use;
use super::tokens::Tokens;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A parameter, by index.
    Param(usize),
    /// An unquoted word.
    Word(Keyword),
    /// A word that is a name because of what stands before it.
    Name(Keyword),
    /// Opens a parenthesis or bracket; where its partner stands.
    Open(usize),
    /// Closes one.
    Close,
    Comma,
    Number,
    /// `::`
    Cast,
    Other,
}

/// A token, and the bytes it stands at.
#[derive(Debug, Clone)]
pub(super) struct Lexeme {
    pub kind: Kind,
    pub range: Range<usize>,
}

/// All that stands in the statement before byte `end`, white space and comments left out; none where a parenthesis has
/// no partner.
pub(super) fn lexemes(tokens: &Tokens<'_>, uses: &[Use], end: usize) -> Option<Vec<Lexeme>> {
    let mut list: Vec<Lexeme> = Vec::new();
    let mut open: Vec<(usize, bool)> = Vec::new();
    let mut uses = uses.iter().peekable();
    let mut behind_name_mark = false;
    let mut skip_to = 0;
    for (token, range) in tokens.meaningful().take_while(|(_, range)| range.start < end) {
        if range.start < skip_to {
            continue;
        }
        let used = uses.next_if(|used| used.range.start == range.start);
        let kind = match (used, token) {
            (Some(used), _) => Kind::Param(used.param),
            (None, Token::LParen | Token::LBracket) => {
                open.push((list.len(), *token == Token::LParen));
                Kind::Open(0)
            }
            (None, Token::RParen | Token::RBracket) => {
                let (partner, _) = open.pop().filter(|(_, round)| *round == (*token == Token::RParen))?;
                list[partner].kind = Kind::Open(list.len());
                Kind::Close
            }
            (None, token) => kind(token, behind_name_mark),
        };
        behind_name_mark = matches!(kind, Kind::Word(Keyword::AS)) || *token == Token::Period;
        let range = used.map_or_else(|| range.clone(), |used| used.range.clone());
        skip_to = range.end;
        list.push(Lexeme { kind, range });
    }
    open.is_empty().then_some(list)
}

fn kind(token: &Token, is_name: bool) -> Kind {
    match token {
        Token::Word(word) if word.quote_style.is_some() => Kind::Other,
        Token::Word(word) if is_name => Kind::Name(word.keyword),
        Token::Word(word) => Kind::Word(word.keyword),
        Token::Comma => Kind::Comma,
        Token::Number(..) => Kind::Number,
        Token::DoubleColon => Kind::Cast,
        _ => Kind::Other,
    }
}
