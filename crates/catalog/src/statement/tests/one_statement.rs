//! A file is one statement, whatever stands around it.

use super::*;

#[test]
fn a_semicolon_ends_it_and_is_not_sent() {
    for text in ["SELECT 1;", "SELECT 1 ; ", "SELECT 1;\n-- done\n", "SELECT 1;;"] {
        assert_eq!(parsed(text, Dialect::Postgres).render(Dialect::Postgres), "SELECT 1", "{text:?}");
    }
}

#[test]
fn a_semicolon_in_a_string_or_a_comment_ends_nothing() {
    let text = "SELECT ';' -- ;";
    assert_eq!(parsed(text, Dialect::Postgres).render(Dialect::Postgres), text);
}

#[test]
fn a_second_one_is_refused_where_it_starts() {
    assert_eq!(
        refused("SELECT 1;\n  DELETE FROM t WHERE x", Dialect::Postgres),
        "sql/s.S/M.sql:2:3: a second statement"
    );
}

#[test]
fn a_file_without_one_is_refused() {
    for text in ["", " \n", "-- nothing\n", ";", "/* */ ;;"] {
        assert!(refused(text, Dialect::Postgres).ends_with("there is no statement in this file"), "{text:?}");
    }
}

#[test]
fn what_is_left_open_is_refused_where_it_opens_or_ends() {
    for text in ["SELECT 'x", "SELECT \"x", "SELECT /* x", "SELECT $$ x", "SELECT '日本"] {
        assert!(refused(text, Dialect::Postgres).starts_with("sql/s.S/M.sql:1:"), "{text:?}");
    }
}

#[test]
fn a_comment_that_the_end_closes_in_sqlite_is_refused() {
    for text in ["SELECT 1;/*", "SELECT 1 /*/", "SELECT 1 /* x"] {
        assert!(refused(text, Dialect::Sqlite).ends_with("a comment that nothing closes"), "{text:?}");
    }
}

#[test]
fn a_letter_makes_no_string_of_a_quoted_name() {
    let refusal = refused("SELECT :b\":maybe\"", Dialect::Postgres);
    assert_eq!(refusal, "sql/s.S/M.sql:1:9: a name in quotes right behind a letter");
}

#[test]
fn no_backslash_goes_on_with_a_binary_string() {
    let refusal = refused("SELECT x'00\\', :id, '", Dialect::Postgres);
    assert_eq!(refusal, "sql/s.S/M.sql:1:8: a binary string of other than hexadecimal digits");
}

#[test]
fn an_operator_of_any_characters_can_be_looked_at() {
    for text in ["SELECT 1 &>\u{8a}a", "SELECT 1 €? 2"] {
        for dialect in Dialect::ALL {
            let _ = raw(text, dialect).map(|raw| raw.with(Vec::new()).sqlite_placeholder());
        }
    }
}

#[test]
fn what_would_outlive_it_in_the_connection_is_refused() {
    for text in ["BEGIN", "COMMIT", "SET x TO 1", "PRAGMA journal_mode", "LISTEN c", "EXPLAIN SELECT 1", ":a"]
    {
        assert!(refused(text, Dialect::Sqlite).contains("neither reads nor changes rows"), "{text:?}");
    }
}
