//! Which filters are found, and what the forms of their statements are.

use crate::statement::tests::parsed_in_postgres as parsed;

fn form(text: &str, cut: u16) -> String {
    parsed(text).render_form(cut, |param| format!("${}", param + 1))
}

/// The names that each filter asks for.
fn filters(text: &str) -> Vec<String> {
    let statement = parsed(text);
    let names =
        |params: &[usize]| params.iter().map(|&param| statement.params[param].name.as_str()).collect();
    statement
        .filters()
        .iter()
        .map(|filter| names(&filter.params))
        .map(|names: Vec<_>| names.join("+"))
        .collect()
}

/// Nothing is found, and the form is the whole text.
fn stays(text: &str) {
    assert_eq!(filters(text), [""; 0], "{text}");
}

#[test]
fn a_filter_is_cut_with_its_and_or_reduced_to_its_condition() {
    let text = "SELECT 1 FROM t WHERE (:a IS NULL OR a = :a) AND b > 1 AND (:c IS NULL OR c = :c) ORDER BY d";
    assert_eq!(filters(text), ["a", "c"]);
    assert_eq!(form(text, 0b00), "SELECT 1 FROM t WHERE (a = $1) AND b > 1 AND (c = $2) ORDER BY d");
    assert_eq!(form(text, 0b01), "SELECT 1 FROM t WHERE b > 1 AND (c = $2) ORDER BY d");
    assert_eq!(form(text, 0b10), "SELECT 1 FROM t WHERE (a = $1) AND b > 1 ORDER BY d");
    assert_eq!(form(text, 0b11), "SELECT 1 FROM t WHERE b > 1 ORDER BY d");
}

#[test]
fn a_where_of_which_nothing_is_left_is_true() {
    assert_eq!(form("SELECT 1 WHERE (:a IS NULL OR a = :a)", 1), "SELECT 1 WHERE true");
    let text = "SELECT count(*) FILTER (WHERE (:a IS NULL OR a = :a) AND (:b IS NULL OR b)) FROM t";
    assert_eq!(form(text, 0b11), "SELECT count(*) FILTER (WHERE true) FROM t");
    assert_eq!(form(text, 0b01), "SELECT count(*) FILTER (WHERE (b)) FROM t");
}

#[test]
fn words_stay_apart_where_a_filter_stood_between_them() {
    let text = "SELECT 1 WHERE a=:a AND(:b IS NULL OR b=:b)AND c=1 AND(:d IS NULL OR d=:d)ORDER BY e";
    assert_eq!(form(text, 0b11), "SELECT 1 WHERE a=$1 AND c=1 ORDER BY e");
    assert_eq!(form(text, 0b01), "SELECT 1 WHERE a=$1 AND c=1 AND(d=$3)ORDER BY e");
    assert_eq!(form("SELECT 1 WHERE(:a IS NULL OR a=:a)ORDER BY e", 1), "SELECT 1 WHERE true ORDER BY e");
    assert_eq!(form("SELECT (SELECT 1 WHERE(:a IS NULL OR a=:a))", 1), "SELECT (SELECT 1 WHERE true)");
}

#[test]
fn the_test_may_stand_behind_its_condition() {
    assert_eq!(form("SELECT 1 WHERE (a = :a OR :a IS NULL)", 0), "SELECT 1 WHERE (a = $1)");
    assert_eq!(form("SELECT 1 WHERE (x OR :a IS NULL OR y)", 0), "SELECT 1 WHERE (x OR y)");
}

#[test]
fn a_whole_where_may_be_one_filter() {
    for text in
        ["SELECT 1 WHERE :a IS NULL OR id > :a LIMIT 1", "SELECT 1 WHERE id > :a OR :a IS NULL LIMIT 1"]
    {
        assert_eq!(form(text, 0), "SELECT 1 WHERE (id > $1) LIMIT 1");
        assert_eq!(form(text, 1), "SELECT 1 WHERE true LIMIT 1");
    }
}

#[test]
fn a_filter_that_asks_for_several_is_cut_where_one_is_absent() {
    let text = "SELECT 1 WHERE (:a IS NULL OR :b IS NULL OR x BETWEEN :a AND :b) AND y";
    assert_eq!(filters(text), ["a+b"]);
    assert_eq!(form(text, 0), "SELECT 1 WHERE (x BETWEEN $1 AND $2) AND y");
    assert_eq!(form(text, 1), "SELECT 1 WHERE y");
}

#[test]
fn the_rows_after_a_pages_last_are_a_filter() {
    let text = "SELECT 1 WHERE (:after.a IS NULL OR (a, id) > (:after.a, :after.id)) LIMIT :limit";
    assert_eq!(form(text, 0), "SELECT 1 WHERE ((a, id) > ($1, $2)) LIMIT $3");
    assert_eq!(form(text, 1), "SELECT 1 WHERE true LIMIT $3");
}

#[test]
fn redundant_parentheses_and_casts_hide_no_filter() {
    for (text, reduced) in [
        ("WHERE ((:a IS NULL OR a = :a))", "WHERE ((a = $1))"),
        ("WHERE ((:a IS NULL OR a = :a) AND b)", "WHERE ((a = $1) AND b)"),
        ("WHERE ((:a IS NULL) OR (a = :a))", "WHERE ((a = $1))"),
        ("WHERE ((:a) IS NULL OR a = :a)", "WHERE (a = $1)"),
        ("WHERE (:a::text IS NULL OR a = :a)", "WHERE (a = $1)"),
        ("WHERE (:a::varchar(2) IS NULL OR a = :a)", "WHERE (a = $1)"),
        ("WHERE (:a::int[] IS NULL OR a = ANY(:a))", "WHERE (a = ANY($1))"),
        ("WHERE (:a::timestamp with time zone IS NULL OR a = :a)", "WHERE (a = $1)"),
        ("WHERE (CAST(:a AS double precision) IS NULL OR a = :a)", "WHERE (a = $1)"),
        ("where (:a is null or a = :a)", "where (a = $1)"),
    ] {
        assert_eq!(form(&format!("SELECT 1 {text}"), 0), format!("SELECT 1 {reduced}"));
    }
}

#[test]
fn filters_are_found_in_subqueries_and_in_each_other() {
    let text = "WITH q AS (SELECT 1 FROM t WHERE (:a IS NULL OR a = :a)) SELECT 1 FROM q \
                WHERE (:b IS NULL OR EXISTS (SELECT 1 WHERE x = :b AND (:c IS NULL OR c = :c) AND y)) AND z";
    assert_eq!(filters(text), ["a", "b", "c"]);
    let q = "WITH q AS (SELECT 1 FROM t WHERE true) SELECT 1 FROM q WHERE";
    assert_eq!(form(text, 0b001), format!("{q} (EXISTS (SELECT 1 WHERE x = $2 AND (c = $3) AND y)) AND z"));
    assert_eq!(form(text, 0b101), format!("{q} (EXISTS (SELECT 1 WHERE x = $2 AND y)) AND z"));
    assert_eq!(form(text, 0b011), format!("{q} z"));
    assert_eq!(form(text, 0b111), format!("{q} z"));
}

#[test]
fn the_ands_of_between_and_case_are_none_of_the_chain() {
    let text = "SELECT 1 WHERE x BETWEEN 1 AND 2 AND (:a IS NULL OR a = :a) AND CASE WHEN y AND z THEN 1 ELSE 2 END = 1";
    let rest = "CASE WHEN y AND z THEN 1 ELSE 2 END = 1";
    assert_eq!(form(text, 1), format!("SELECT 1 WHERE x BETWEEN 1 AND 2 AND {rest}"));
    stays("SELECT 1 WHERE x BETWEEN false AND (:a IS NULL OR a = :a)");
    stays("SELECT 1 WHERE CASE WHEN x AND (:a IS NULL OR a = :a) AND y THEN z END");
    let text = "SELECT 1 WHERE (:a IS NULL OR x BETWEEN :a AND 5 OR CASE WHEN b OR c THEN d END) AND e";
    assert_eq!(form(text, 0), "SELECT 1 WHERE (x BETWEEN $1 AND 5 OR CASE WHEN b OR c THEN d END) AND e");
}

#[test]
fn what_is_no_conjunct_of_a_where_stays() {
    for text in [
        "SELECT (:a IS NULL OR a = :a) FROM t",
        "SELECT 1 FROM t WHERE b OR (:a IS NULL OR a = :a)",
        "SELECT 1 FROM t WHERE NOT (:a IS NULL OR a = :a)",
        "SELECT 1 FROM t WHERE b AND NOT (:a IS NULL OR a = :a)",
        "SELECT 1 FROM t WHERE (:a IS NULL OR a = :a) IS TRUE",
        "SELECT 1 FROM t WHERE f(:a IS NULL OR a = :a)",
        "SELECT 1 FROM t WHERE b AND f(:a IS NULL OR a = :a)",
        "SELECT 1 FROM t GROUP BY a HAVING (:a IS NULL OR a = :a)",
        "SELECT 1 FROM t JOIN u ON (:a IS NULL OR a = :a)",
    ] {
        stays(text);
    }
}

#[test]
fn what_does_not_ask_for_a_parameter_alone_stays() {
    for text in [
        "SELECT 1 WHERE (:a IS NOT NULL OR a = :a)",
        "SELECT 1 WHERE (:a IS NULL AND a = :a)",
        "SELECT 1 WHERE (:a IS NULL)",
        "SELECT 1 WHERE (:a IS NULL OR :b IS NULL)",
        "SELECT 1 WHERE (b IS NULL OR b = :a)",
        "SELECT 1 WHERE (f(:a) IS NULL OR b = :a)",
        "SELECT 1 WHERE (:a + 1 IS NULL OR b = :a)",
        "SELECT 1 WHERE (:a::text || '' IS NULL OR b = :a)",
        "SELECT 1 WHERE (:a::my.type IS NULL OR b = :a)",
        "SELECT 1 WHERE (:a = '' OR b = :a)",
        "SELECT 1 WHERE ((:a IS NULL OR b = :a), c) = (true, 1)",
        "SELECT 1 WHERE (SELECT :a IS NULL OR b = :a)",
        "SELECT 1 WHERE x AND :a IS NULL OR b = :a",
    ] {
        stays(text);
    }
}

#[test]
fn strings_comments_and_dollar_quotes_are_none_of_the_text() {
    let text = "SELECT 1 WHERE a = 'x OR y' -- AND (:a IS NULL OR a)\n  AND (/* only where it is given */ :b IS NULL OR b = $$ OR :b IS NULL) AND $$ -- the end\n) AND c";
    assert_eq!(filters(text), ["b"]);
    let start = "SELECT 1 WHERE a = 'x OR y'";
    assert_eq!(form(text, 1), format!("{start} AND c"));
    assert_eq!(
        form(text, 0),
        format!("{start} -- AND (:a IS NULL OR a)\n  AND (b = $$ OR :b IS NULL) AND $$) AND c")
    );
}

#[test]
fn a_name_that_is_a_keyword_is_a_name() {
    let text = "SELECT t.where AS where FROM t WHERE t.order = 1 AND (:order IS NULL OR t.case = :order) AND \"or\" = 2";
    assert_eq!(filters(text), ["order"]);
    assert_eq!(form(text, 1), "SELECT t.where AS where FROM t WHERE t.order = 1 AND \"or\" = 2");
}

#[test]
fn every_clause_ends_a_where() {
    for clause in [
        "GROUP BY a",
        "HAVING true",
        "WINDOW w AS ()",
        "ORDER BY a",
        "LIMIT 1",
        "OFFSET 1",
        "FETCH FIRST 1 ROW ONLY",
        "FOR UPDATE",
        "UNION SELECT 2",
        "INTERSECT SELECT 2",
        "EXCEPT SELECT 2",
    ] {
        assert_eq!(
            form(&format!("SELECT 1 WHERE :a IS NULL OR a {clause}"), 1),
            format!("SELECT 1 WHERE true {clause}")
        );
    }
    let text = "UPDATE t SET a = 1 WHERE (:a IS NULL OR a = :a) RETURNING a";
    assert_eq!(form(text, 1), "UPDATE t SET a = 1 WHERE true RETURNING a");
    let text = "INSERT INTO t SELECT 1 WHERE :a IS NULL OR a = :a ON CONFLICT (a) DO UPDATE SET a = 1 WHERE :b IS NULL OR b";
    assert_eq!(
        form(text, 3),
        "INSERT INTO t SELECT 1 WHERE true ON CONFLICT (a) DO UPDATE SET a = 1 WHERE true"
    );
}

#[test]
fn an_is_distinct_from_belongs_to_the_condition() {
    let text = "SELECT 1 WHERE a IS DISTINCT FROM 1 AND (:b IS NULL OR b IS NOT DISTINCT FROM :b)";
    assert_eq!(form(text, 0), "SELECT 1 WHERE a IS DISTINCT FROM 1 AND (b IS NOT DISTINCT FROM $1)");
}

#[test]
fn the_17th_filter_stays_as_it_is() {
    let conjuncts: Vec<String> = (0..20).map(|n| format!("(:f{n} IS NULL OR a = :f{n})")).collect();
    let text = format!("SELECT 1 WHERE {}", conjuncts.join(" AND "));
    assert_eq!(parsed(&text).filters().len(), 16);
    let rest: Vec<String> = (17..=20).map(|n| format!("(${n} IS NULL OR a = ${n})")).collect();
    assert_eq!(form(&text, u16::MAX), format!("SELECT 1 WHERE {}", rest.join(" AND ")));
}

#[test]
fn what_does_not_close_or_nests_without_end_is_left_alone() {
    stays("SELECT 1 WHERE x) AND (:a IS NULL OR a = :a");
    stays("SELECT 1 WHERE END AND (:a IS NULL OR a = :a)");
    stays("SELECT 1 WHERE CASE AND (:a IS NULL OR a = :a)");
    let deep = format!("SELECT 1 WHERE {}:a IS NULL OR a{}", "(".repeat(50_000), ")".repeat(50_000));
    stays(&deep);
}

#[test]
fn a_filter_says_where_it_stands() {
    let statement = parsed("SELECT 1\nWHERE x\n  AND (:a IS NULL OR a = :a)");
    assert_eq!(statement.filter_place(0).line_column(), (3, 7));
}
