//! What is kept of a statement's words.

use crate::statement::Statement;
use crate::statement::tests::parsed_in_postgres as parsed;

fn equal(text: &str) -> Vec<String> {
    parsed(text).equal_columns().to_vec()
}

fn shown(statement: &Statement, place: crate::Place) -> String {
    statement.source[place.range].to_owned()
}

#[test]
fn columns_beside_an_equals_sign_are_equal_to_something() {
    assert_eq!(equal("SELECT a FROM t WHERE t.b = :b AND :c = t.\"C\" AND d > 1 AND e IN (:e)"), ["b", "C"]);
    assert_eq!(equal("SELECT a FROM t JOIN u ON u.t_id = t.id WHERE lower(x) = :x"), ["t_id", "id"]);
}

#[test]
fn a_filter_that_may_be_left_out_makes_nothing_equal() {
    assert_eq!(equal("SELECT a FROM t WHERE b = 1 AND (:c IS NULL OR c = :c)"), ["b"]);
}

#[test]
fn rows_are_merged_by_groups_and_sets() {
    for (text, merges) in [
        ("SELECT a FROM t", false),
        ("SELECT a FROM t WHERE a IS DISTINCT FROM 1", false),
        ("SELECT DISTINCT a FROM t", true),
        ("SELECT a FROM t GROUP BY a", true),
        ("SELECT a FROM t UNION ALL SELECT 1", true),
        ("SELECT t.group FROM t", false),
    ] {
        assert_eq!(parsed(text).merges_rows(), merges, "{text}");
    }
}

#[test]
fn an_order_stands_behind_order_by_until_the_limit() {
    for (text, order) in [
        ("SELECT a FROM t ORDER BY a DESC, lower(b) LIMIT 1", "ORDER BY a DESC, lower(b)"),
        ("SELECT a FROM (SELECT a FROM t ORDER BY b) q ORDER BY a", "ORDER BY a"),
        ("SELECT a FROM t -- ORDER BY b", "SELECT a FROM t -- ORDER BY b"),
    ] {
        let statement = parsed(text);
        assert_eq!(shown(&statement, statement.order_place()), order);
    }
}

#[test]
fn a_name_in_front_of_another_may_be_what_that_is_an_alias_of() {
    let statement = parsed("SELECT i.id FROM items AS i JOIN \"Parts\" p ON p.item = i.id");
    assert!(statement.before_name("i").any(|name| name == "items"));
    assert!(statement.before_name("P").any(|name| name == "Parts"));
}

#[test]
fn a_filter_has_names_and_parameters() {
    let statement = parsed("SELECT a FROM t WHERE x = :x AND (:f IS NULL OR lower(t.name) = :f AND n > :n)");
    assert_eq!(statement.filter_names(0).collect::<Vec<_>>(), ["t", "name", "and", "n"]);
    let names: Vec<_> =
        statement.filter_params(0).map(|param| statement.params[param].name.as_str()).collect();
    assert_eq!(names, ["f", "n"]);
}
