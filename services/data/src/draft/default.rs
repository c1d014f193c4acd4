//! A column's default as an expression in an INSERT. It is the database's own text, and goes into a statement only where
//! all of it is plain: values, functions, operators and casts.

use meanwhile_catalog::Dialect;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::tokenizer::{Token, Tokenizer, Whitespace};

use super::model::{Column, ColumnKind, Origin};

/// The default as it stands in `COALESCE(:x, ...)`; none where there is none, or it cannot stand there.
pub fn insertable(column: &Column, dialect: Dialect) -> Option<String> {
    let Origin::Default(expression) = &column.origin else { return None };
    let value = expression.split("::").next().unwrap_or_default().trim();
    if value.eq_ignore_ascii_case("NULL") || !is_plain(expression) {
        return None;
    }
    Some(match dialect == Dialect::Postgres && needs_cast(column, expression) {
        true => format!("CAST({expression} AS {})", column.sql_type),
        false => expression.clone(),
    })
}

/// PostgreSQL shows a default without the casts it makes by itself: `0` is the default of a numeric column, and would
/// make an integer of whatever stands beside it.
fn needs_cast(column: &Column, expression: &str) -> bool {
    let is_number = expression.bytes().all(|byte| byte.is_ascii_digit());
    match column.kind {
        ColumnKind::Text | ColumnKind::Bool | ColumnKind::Enum(_) => false,
        ColumnKind::Timestamp => column.sql_type != "timestamp with time zone",
        _ if column.sql_type == "integer" && is_number => false,
        _ if column.sql_type == "uuid" && expression.ends_with("()") => false,
        _ => !expression.ends_with(&format!("::{}", column.sql_type)),
    }
}

fn is_plain(expression: &str) -> bool {
    let tokens = Tokenizer::new(&PostgreSqlDialect {}, expression).with_unescape(false).tokenize();
    let Ok(tokens) = tokens else { return false };
    let mut depth = 0_i32;
    tokens.iter().all(|token| {
        depth += match token {
            Token::LParen => 1,
            Token::RParen => -1,
            _ => 0,
        };
        depth >= 0 && is_plain_token(token)
    }) && depth == 0
}

fn is_plain_token(token: &Token) -> bool {
    match token {
        Token::Word(word) => word.quote_style.is_none_or(|quote| quote == '"'),
        Token::Whitespace(space) => {
            matches!(space, Whitespace::Space | Whitespace::Newline | Whitespace::Tab)
        }
        token => matches!(
            token,
            Token::Number(..)
                | Token::SingleQuotedString(_)
                | Token::EscapedStringLiteral(_)
                | Token::LParen
                | Token::RParen
                | Token::LBracket
                | Token::RBracket
                | Token::Comma
                | Token::Period
                | Token::DoubleColon
                | Token::StringConcat
                | Token::Plus
                | Token::Minus
                | Token::Mul
                | Token::Div
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(kind: ColumnKind, sql_type: &str, default: &str) -> Column {
        Column {
            name: "c".to_owned(),
            kind,
            sql_type: sql_type.to_owned(),
            nullable: false,
            origin: Origin::Default(default.to_owned()),
            comment: None,
        }
    }

    fn postgres(kind: ColumnKind, sql_type: &str, default: &str) -> Option<String> {
        insertable(&column(kind, sql_type, default), Dialect::Postgres)
    }

    #[test]
    fn a_default_of_its_columns_own_type_stands_as_it_is() {
        for (kind, sql_type, default) in [
            (ColumnKind::Text, "character varying(10)", "'EUR'::character varying"),
            (ColumnKind::Text, "character(2)", "'it''s'::bpchar"),
            (ColumnKind::Int32, "integer", "0"),
            (ColumnKind::Bool, "boolean", "false"),
            (ColumnKind::Timestamp, "timestamp with time zone", "now()"),
            (ColumnKind::Json, "jsonb", "'{}'::jsonb"),
            (ColumnKind::Enum(0), "mood", "'ok'::mood"),
            (ColumnKind::Plain, "inet", "'10.0.0.1'::inet"),
        ] {
            assert_eq!(postgres(kind, sql_type, default).as_deref(), Some(default));
        }
    }

    #[test]
    fn a_default_that_was_cast_unseen_is_cast_for_all_to_see() {
        for (kind, sql_type, default) in [
            (ColumnKind::Numeric, "numeric(10,2)", "0"),
            (ColumnKind::Int64, "bigint", "0"),
            (ColumnKind::Int32, "integer", "(1 + 1)"),
            (ColumnKind::Timestamp, "timestamp without time zone", "now()"),
        ] {
            let cast = format!("CAST({default} AS {sql_type})");
            assert_eq!(postgres(kind.clone(), sql_type, default), Some(cast));
            assert_eq!(
                insertable(&column(kind, sql_type, default), Dialect::Sqlite).as_deref(),
                Some(default)
            );
        }
    }

    #[test]
    fn what_is_not_plain_is_no_default() {
        for default in [
            "NULL::character varying",
            "null",
            "1; DROP TABLE x",
            "1 -- :x",
            "1 /* */",
            ":x",
            "a[1:2]",
            "$1",
            "$$x$$",
            "1)",
            ") + (",
            "'open",
            "`x`",
            "?",
        ] {
            assert_eq!(postgres(ColumnKind::Text, "text", default), None, "{default}");
        }
    }
}
