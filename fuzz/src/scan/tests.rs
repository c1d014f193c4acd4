use meanwhile_catalog::Dialect;

use super::{names, scan};

fn found(text: &str, dialect: Dialect) -> Option<Vec<&str>> {
    let pieces = scan(text, dialect)?;
    Some(names(text, &pieces).into_iter().map(|range| &text[range]).collect())
}

#[test]
fn what_stands_in_quotes_and_comments_is_no_name() {
    for text in [
        "SELECT ':a', :b",
        "SELECT 'it''s :a', :b",
        "SELECT \":a\", :b",
        "SELECT /* :a */ :b -- :a",
        "SELECT 1 AS \"a\"\":a\", :b",
    ] {
        for dialect in Dialect::ALL {
            assert_eq!(found(text, dialect), Some(vec![":b"]), "{text}");
        }
    }
}

#[test]
fn each_database_has_quotes_of_its_own() {
    let both = |text| (found(text, Dialect::Postgres), found(text, Dialect::Sqlite));
    assert_eq!(both("$$ :a $$ $x$ :a $$ $x$"), (Some(vec![]), Some(vec![":a", ":a"])));
    assert_eq!(both("/* /* */ :a */ :b"), (Some(vec![":b"]), Some(vec![":a", ":b"])));
    assert_eq!(both("e'\\' :a ' :b"), (Some(vec![":b"]), None));
    assert_eq!(both("[ :a ]"), (Some(vec![":a"]), Some(vec![])));
    assert_eq!(both("` :a `"), (Some(vec![":a"]), Some(vec![])));
    assert_eq!(both("-- \r :a"), (Some(vec![":a"]), Some(vec![])));
}

#[test]
fn a_cast_and_a_slice_have_no_name() {
    assert_eq!(found("a::int, b[c:d], b[:e], f := g", Dialect::Postgres), Some(vec![":e"]));
}

#[test]
fn what_nothing_closes_cannot_be_read() {
    for text in ["'", "\"", "$a$ $b$", "/*", "e'\\'", "1a"] {
        assert_eq!(found(text, Dialect::Postgres), None, "{text}");
    }
    for text in ["'", "\"", "`", "[", "x'1'", "1a", "::a", "^"] {
        assert_eq!(found(text, Dialect::Sqlite), None, "{text}");
    }
}
