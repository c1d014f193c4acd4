//! A statement as sqlparser reads it: its tokens, and what they mean where that is understood. Databases read SQL better
//! than anybody else, so that nothing that is served depends on it.

use meanwhile_catalog::{Dialect, Place, Statement};
use sqlparser::ast;
use sqlparser::dialect::{Dialect as Grammar, PostgreSqlDialect, SQLiteDialect};
use sqlparser::keywords::Keyword;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};

/// A statement, read.
pub struct Parsed {
    /// Whose SQL it is.
    pub dialect: Dialect,
    /// What it means; none where that is not understood.
    pub ast: Option<ast::Statement>,
    /// All but white space and comments.
    tokens: Vec<TokenWithSpan>,
    text: String,
}

/// A call of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Its name, less its schema's.
    pub name: String,
    /// How many arguments it has.
    pub arguments: usize,
    /// The parameters that stand in them, by index.
    pub params: Vec<usize>,
    token: usize,
}

impl Parsed {
    /// Reads a statement as a database of that dialect would.
    pub fn read(statement: &Statement, dialect: Dialect) -> Self {
        let grammar: &dyn Grammar = match dialect {
            Dialect::Postgres => &PostgreSqlDialect {},
            Dialect::Sqlite => &SQLiteDialect {},
        };
        let text = statement.render(dialect);
        let mut tokens = Tokenizer::new(grammar, &text).tokenize_with_location().unwrap_or_default();
        let parsed = Parser::new(grammar).with_tokens_with_locations(tokens.clone()).parse_statements();
        let ast = parsed.ok().filter(|statements| statements.len() == 1).and_then(|mut all| all.pop());
        tokens.retain(|token| !matches!(token.token, Token::Whitespace(_)));
        Self { dialect, ast, tokens, text }
    }

    /// True where its tokens are known.
    pub fn is_understood(&self) -> bool {
        !self.tokens.is_empty()
    }

    /// Every function it calls. What looks like a call and is none, as `IN (...)`, is among them.
    pub fn calls(&self) -> impl Iterator<Item = Call> + '_ {
        (0..self.tokens.len()).filter_map(|index| {
            let name = match (&self.tokens[index].token, &self.tokens.get(index + 1)?.token) {
                (Token::Word(word), Token::LParen) if word.quote_style.is_some() => word.value.clone(),
                (Token::Word(word), Token::LParen) => word.value.to_lowercase(),
                _ => return None,
            };
            let (arguments, params) = arguments(&self.tokens[index + 2..]);
            Some(Call { name, arguments, params, token: index })
        })
    }

    /// True for FOR UPDATE and its like.
    pub fn locks_rows(&self) -> bool {
        let keyword = |token: &TokenWithSpan| match &token.token {
            Token::Word(word) if word.quote_style.is_none() => word.keyword,
            _ => Keyword::NoKeyword,
        };
        self.tokens.windows(2).any(|pair| {
            let [first, second] = pair else { return false };
            keyword(first) == Keyword::FOR
                && matches!(keyword(second), Keyword::UPDATE | Keyword::SHARE | Keyword::NO | Keyword::KEY)
        })
    }

    /// Where a call stands in its file.
    pub fn place(&self, statement: &Statement, call: &Call) -> Place {
        let start = self.tokens[call.token].span.start;
        let (line, column) = (start.line as usize, start.column as usize);
        let before = self.text.split_inclusive('\n').take(line.saturating_sub(1));
        let before: usize = before.map(|line| line.chars().count()).sum();
        statement.rendered_place(self.dialect, before + column.saturating_sub(1))
    }
}

/// How many there are up to the parenthesis that closes, and the parameters in them.
fn arguments(tokens: &[TokenWithSpan]) -> (usize, Vec<usize>) {
    let (mut depth, mut commas, mut any, mut params) = (0_usize, 0, false, Vec::new());
    for token in tokens {
        match &token.token {
            Token::RParen | Token::RBracket if depth == 0 => break,
            Token::LParen | Token::LBracket => depth += 1,
            Token::RParen | Token::RBracket => depth -= 1,
            Token::Comma if depth == 0 => commas += 1,
            Token::Placeholder(number) => {
                let number = number.trim_start_matches(['$', '?']).parse::<usize>().ok();
                params.extend(number.and_then(|number| number.checked_sub(1)));
            }
            _ => {}
        }
        any = true;
    }
    (if any { commas + 1 } else { 0 }, params)
}
