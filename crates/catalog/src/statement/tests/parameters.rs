//! What is a parameter, and what only looks like one.

use super::*;

#[test]
fn a_name_is_found_and_a_dotted_one_whole() {
    assert_eq!(names("SELECT :id, :filter.country,:a.b.c"), ["id", "filter.country", "a.b.c"]);
}

#[test]
fn a_name_used_twice_is_one_parameter() {
    assert_eq!(names("SELECT :a, :b, :a"), ["a", "b"]);
    assert_eq!(parsed("SELECT :a, :b, :a", Dialect::Postgres).render(Dialect::Postgres), "SELECT $1, $2, $1");
}

#[test]
fn a_keyword_can_be_a_name() {
    assert_eq!(names("SELECT :limit, :order.by, :update"), ["limit", "order.by", "update"]);
}

#[test]
fn one_right_behind_a_word_is_refused_as_a_database_would_read_one_word() {
    for text in ["SELECT 1 LIMIT:n", "SELECT a:n", "SELECT 1:n", "SELECT \"a\":n"] {
        for dialect in Dialect::ALL {
            let finding = refused(text, dialect);
            assert!(finding.ends_with("a parameter right behind a word"), "{text}: {finding}");
        }
    }
    assert_eq!(names("SELECT (:n),-:n, 'a':n"), ["n"]);
}

#[test]
fn white_space_that_a_database_takes_for_a_name_stays() {
    let rendered = parsed(" \n SELECT a FROM t\u{2003} \n", Dialect::Postgres).render(Dialect::Postgres);
    assert_eq!(rendered, "SELECT a FROM t\u{2003}");
}

#[test]
fn a_comment_in_an_operator_is_refused() {
    for (text, column) in [("SELECT a >--= :n", 10), ("SELECT a #--:n", 10), ("SELECT a >/* :n */", 10)] {
        let finding = refused(text, Dialect::Postgres);
        assert_eq!(finding, format!("sql/s.S/M.sql:1:{column}: a comment in an operator"), "{text}");
    }
    assert_eq!(names("SELECT a - -:n -- :m\n, '--', $$--$$, \"--\" /*:m*/"), ["n"]);
}

#[test]
fn none_is_in_a_string() {
    for text in [
        "SELECT ':a'",
        "SELECT 'it''s :a'",
        r"SELECT E'it\'s :a'",
        "SELECT $$ :a $$",
        "SELECT $tag$ $$ :a $tag$",
        r"SELECT U&'\0041 :a'",
        r#"SELECT ":a""#,
        r#"SELECT "x"":a""#,
    ] {
        assert_eq!(names(text), [""; 0], "{text}");
    }
}

#[test]
fn none_is_in_a_comment() {
    for text in ["SELECT 1 -- :a", "SELECT 1 /* :a */", "SELECT 1 /* /* :a */ :b */", "-- :a\nSELECT 1"] {
        assert_eq!(names(text), [""; 0], "{text}");
    }
}

#[test]
fn comments_of_sqlite_do_not_nest() {
    assert_eq!(names_in("SELECT 1 /* /* :a */ , :b", Dialect::Sqlite), ["b"]);
}

#[test]
fn one_stands_behind_a_string_or_a_comment_that_ended() {
    assert_eq!(names("SELECT 'x'||:a /* ' */ , :b -- '\n, :c"), ["a", "b", "c"]);
}

#[test]
fn a_cast_is_none() {
    assert_eq!(names("SELECT x::text, :a::int, '1'::int4"), ["a"]);
}

#[test]
fn an_array_slice_is_none_but_may_hold_some() {
    assert_eq!(names("SELECT a[1:2], a[lo:hi], a[f(1):n], a[b[1]:c]"), [""; 0]);
    assert_eq!(names("SELECT a[:lo::int : :hi]"), ["lo", "hi"]);
    assert_eq!(names("SELECT a[:lo::int]"), ["lo"]);
    assert_eq!(names("SELECT ARRAY[:a, :b + 1, CASE WHEN :c THEN :d END]"), ["a", "b", "c", "d"]);
}

#[test]
fn operators_of_jsonb_are_none_and_take_some() {
    assert_eq!(names("SELECT d ? 'k', d ?| :a, d @> :b, d->>:c, d #> :d, d @? '$.x'"), ["a", "b", "c", "d"]);
}

#[test]
fn a_named_argument_is_none() {
    assert_eq!(names("SELECT f(a := 1, b := :x, c => :y)"), ["x", "y"]);
}

#[test]
fn a_colon_without_a_name_is_none() {
    assert_eq!(names("SELECT a[:2], : x"), [""; 0]);
}

#[test]
fn a_dot_without_a_name_behind_it_is_not_part_of_one() {
    assert_eq!(names("SELECT (:a).b, :c . d"), ["a", "c"]);
}

#[test]
fn placeholders_of_other_tools_are_refused_at_their_place() {
    assert!(refused("SELECT\n  $1", Dialect::Postgres).starts_with("sql/s.S/M.sql:2:3: a placeholder"));
    for text in [
        "SELECT ?",
        "SELECT ?1",
        "SELECT $name",
        "SELECT @name",
        "SELECT #name",
        "SELECT :1",
        "SELECT :x'41'",
        "SELECT @::x",
        "SELECT \u{feff}$1x",
    ] {
        assert!(refused(text, Dialect::Sqlite).contains(":1:8: a placeholder"), "{text}");
    }
}

/// Each is looked at with its neighbours alone: with all that stands before it, this would take minutes.
#[test]
fn a_generated_statement_may_use_a_parameter_a_hundred_thousand_times() {
    let text = format!("SELECT 1 WHERE x IN ({})", vec![":a"; 100_000].join(","));
    assert_eq!(names(&text), ["a"]);
}
