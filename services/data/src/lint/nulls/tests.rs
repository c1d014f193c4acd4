//! Which columns are said to be NULL, statement by statement, on both databases.

use crate::check::check;
use crate::database::DatabaseUrl;
use crate::fixture::{Shop, postgres, run};

const SCHEMA: &str = "
    CREATE TABLE t (id integer PRIMARY KEY, name text NOT NULL, note text, size integer);
    CREATE TABLE u (id integer PRIMARY KEY, t_id integer NOT NULL, label text NOT NULL, extra text);
    CREATE VIEW v AS SELECT id, note FROM t;";

const MESSAGES: &str = "
    message Request { int32 id = 1; optional string may = 2; Inner inner = 3; repeated int32 ids = 4;
      optional string must = 5 [(google.api.field_behavior) = REQUIRED]; string text = 6; }
    message Inner { string x = 1; }
    message Reply { string a = 1; string b = 2; int64 n = 3; Nested nested = 4; optional string o = 5; }
    message Nested { string a = 1; string b = 2; }";

/// The columns that are told, and why.
async fn told(url: &DatabaseUrl, sql: &str) -> Vec<String> {
    let shop = if sql.starts_with("SELECT") || sql.starts_with("WITH") || sql.starts_with("VALUES") {
        Shop::reading(MESSAGES, sql)
    } else {
        Shop::writing(MESSAGES, sql)
    };
    let findings = check(&shop.read(), url).await.unwrap();
    let messages = findings.iter().map(|finding| finding.message.clone());
    messages.filter(|message| !message.contains("every row of t is looked at")).collect()
}

/// Each statement, and the columns of it that may be NULL, with a word of why.
fn assert_told(url: &DatabaseUrl, cases: &[(&str, &[(&str, &str)])]) {
    run(async {
        for (sql, expected) in cases {
            let told = told(url, sql).await;
            let is_so = told.len() == expected.len()
                && told.iter().zip(*expected).all(|(told, (column, why))| {
                    let (what, reason) = told.split_once(" has no presence: ").unwrap_or((told, ""));
                    what.starts_with(&format!("{column} may be NULL, and ")) && reason.contains(why)
                });
            assert!(is_so, "{sql}\n{told:#?}");
        }
    });
}

fn on_both(cases: &[(&str, &[(&str, &str)])]) {
    on_sqlite(SCHEMA, cases);
    on_postgres(SCHEMA, cases);
}

fn on_sqlite(schema: &str, cases: &[(&str, &[(&str, &str)])]) {
    let shop = Shop::reading(MESSAGES, "SELECT 'x' AS a").schema(schema);
    run(crate::migrate(&shop.load(), &shop.sqlite())).unwrap();
    assert_told(&shop.sqlite(), cases);
}

fn on_postgres(schema: &str, cases: &[(&str, &[(&str, &str)])]) {
    let shop = Shop::reading(MESSAGES, "SELECT 'x' AS a").schema(schema);
    let Some((_database, url)) = postgres() else { return };
    run(crate::migrate(&shop.load(), &url)).unwrap();
    assert_told(&url, cases);
}

#[test]
fn a_column_is_null_where_its_table_lets_it_be() {
    on_both(&[
        ("SELECT name AS a, note AS b FROM t", &[("b", "t.note has no NOT NULL")]),
        ("SELECT x.note AS a, x.name AS b, x.size AS n FROM t AS x", &[("a", "note"), ("n", "size")]),
        ("SELECT id AS n, note AS o FROM t", &[]),
        ("SELECT t.note AS a FROM t JOIN u ON u.t_id = t.id", &[("a", "t.note")]),
        ("SELECT a FROM (SELECT note AS a, name AS b FROM t) AS q", &[("a", "t.note")]),
        ("WITH q AS (SELECT note AS a, name AS b FROM t) SELECT * FROM q", &[("a", "t.note")]),
        ("WITH q (a, b) AS (SELECT name, note FROM t) SELECT a, b FROM q", &[("b", "t.note")]),
        ("SELECT name AS a FROM t UNION ALL SELECT note FROM t", &[("a", "t.note")]),
        ("SELECT name AS a FROM t UNION SELECT label FROM u", &[]),
    ]);
}

#[test]
fn a_view_says_nothing_of_its_columns() {
    on_both(&[
        ("SELECT note AS a FROM v", &[]),
        ("SELECT v.note AS a, t.note AS b FROM v JOIN t ON t.id = v.id", &[("b", "t.note")]),
    ]);
}

#[test]
fn what_the_conditions_let_through_is_not_null() {
    on_both(&[
        ("SELECT note AS a FROM t WHERE note IS NOT NULL", &[]),
        ("SELECT note AS a FROM t WHERE id = :id AND (note = :text)", &[]),
        ("SELECT note AS a FROM t WHERE note LIKE 'x%' AND size > 1", &[]),
        ("SELECT note AS a, size AS n FROM t WHERE lower(note) = :text OR note > 'x'", &[("n", "t.size")]),
        ("SELECT note AS a FROM t WHERE note = :text OR id = 1", &[("a", "t.note")]),
        ("SELECT note AS a FROM t WHERE (:may IS NULL OR note = :may)", &[("a", "t.note")]),
        ("SELECT note AS a FROM t WHERE note IN ('x', 'y')", &[]),
        ("SELECT note AS a FROM t WHERE note NOT IN (SELECT extra FROM u)", &[("a", "t.note")]),
        ("SELECT extra AS a FROM t JOIN u ON u.extra = t.name", &[]),
        ("SELECT size AS n FROM t WHERE size BETWEEN 1 AND 5", &[]),
        ("SELECT note AS a FROM t WHERE NOT (note = 'x')", &[]),
    ]);
}

#[test]
fn an_outer_join_may_find_no_row() {
    on_both(&[
        (
            "SELECT name AS a, label AS b FROM t LEFT JOIN u ON u.t_id = t.id",
            &[("b", "the LEFT JOIN may find no row of u")],
        ),
        (
            "SELECT t.name AS a, x.label AS b FROM u AS x RIGHT JOIN t ON x.t_id = t.id",
            &[("b", "RIGHT JOIN may find no row of x")],
        ),
        (
            "SELECT t.name AS a, u.label AS b FROM t FULL JOIN u ON u.t_id = t.id",
            &[("a", "FULL"), ("b", "FULL")],
        ),
        ("SELECT label AS b FROM t LEFT JOIN u ON u.t_id = t.id WHERE u.id > 1", &[]),
        ("SELECT label AS b, note AS a FROM t LEFT JOIN u ON u.extra = t.note WHERE u.id > 1", &[]),
        ("SELECT w.label AS a FROM t LEFT JOIN u ON u.t_id = t.id JOIN u AS w ON w.id = u.id", &[]),
        (
            "SELECT w.label AS a FROM t LEFT JOIN u ON u.t_id = t.id LEFT JOIN u AS w ON w.id = u.id",
            &[("a", "row of w")],
        ),
        (
            "SELECT u.label AS a FROM t LEFT JOIN (u JOIN t AS s ON s.id = u.t_id) ON u.t_id = t.id",
            &[("a", "row of u and s")],
        ),
        (
            "SELECT q.label AS a FROM t LEFT JOIN (SELECT * FROM u) AS q ON q.t_id = t.id",
            &[("a", "row of q")],
        ),
        ("SELECT v.note AS a FROM t LEFT JOIN v ON v.id = t.id", &[("a", "row of v")]),
        ("SELECT a FROM (SELECT u.label AS a FROM t LEFT JOIN u ON u.t_id = t.id) AS q WHERE a > ''", &[]),
        ("SELECT coalesce(label, '') AS b FROM t LEFT JOIN u ON u.t_id = t.id", &[]),
    ]);
}

#[test]
fn a_nested_message_of_nulls_alone_is_absent_and_can_be_told() {
    let join = "FROM t LEFT JOIN u ON u.t_id = t.id";
    on_both(&[
        (&format!("SELECT name AS a, label AS \"nested.a\", extra AS \"nested.b\" {join}"), &[]),
        (&format!("SELECT label AS \"nested.a\", name AS \"nested.b\" {join}"), &[("nested.a", "row of u")]),
        ("SELECT name AS a, note AS \"nested.a\" FROM t", &[]),
    ]);
}

#[test]
fn expressions_that_give_null_are_told() {
    on_both(&[
        ("SELECT NULL AS o, coalesce(NULL, 'x') AS a FROM t", &[]),
        ("SELECT CAST(NULL AS text) AS a", &[("a", "it is NULL")]),
        ("SELECT (SELECT name FROM t WHERE id = :id) AS a", &[("a", "a subquery that finds no row")]),
        ("SELECT (SELECT count(*) FROM t) AS n", &[]),
        ("SELECT (SELECT max(size) FROM t) AS n", &[("n", "max() of no rows")]),
        ("SELECT coalesce((SELECT max(size) FROM t), 0) AS n", &[]),
        ("SELECT CASE WHEN id > 1 THEN name END AS a FROM t", &[("a", "CASE without ELSE")]),
        ("SELECT CASE WHEN id > 1 THEN name ELSE '' END AS a FROM t", &[]),
        ("SELECT CASE WHEN id > 1 THEN note ELSE '' END AS a FROM t", &[("a", "t.note")]),
        ("SELECT CASE WHEN note IS NULL THEN '' ELSE note END AS a FROM t", &[]),
        ("SELECT nullif(name, '') AS a FROM t", &[("a", "NULLIF")]),
        (
            "SELECT coalesce(note, name) AS a, coalesce(note, nullif(name, '')) AS b FROM t",
            &[("b", "t.note")],
        ),
        (
            "SELECT lower(note) AS a, lower(name) AS b, length(note) AS n FROM t",
            &[("a", "t.note"), ("n", "t.note")],
        ),
        ("SELECT name || note AS a, size + 1 AS n FROM t", &[("a", "t.note"), ("n", "t.size")]),
        ("SELECT count(note) AS n FROM t", &[]),
        ("SELECT CAST(EXISTS (SELECT 1 FROM t) AS text) AS a, CAST(note IS NULL AS text) AS b FROM t", &[]),
    ]);
}

#[test]
fn an_aggregate_is_null_of_no_rows_and_of_nulls_alone() {
    on_both(&[
        ("SELECT max(name) AS a, min(size) AS n FROM t", &[("a", "max() of no rows"), ("n", "min()")]),
        ("SELECT count(*) AS n FROM t", &[]),
        ("SELECT name AS a, max(id) AS n FROM t GROUP BY name", &[]),
        ("SELECT name AS a, max(note) AS b FROM t GROUP BY name", &[("b", "t.note")]),
        ("SELECT name AS a, max(id) FILTER (WHERE id > 1) AS n FROM t GROUP BY name", &[("n", "max()")]),
        ("SELECT max(name) AS a FROM t HAVING count(*) > 0", &[]),
        ("SELECT name AS a, row_number() OVER (ORDER BY id) AS n FROM t", &[]),
        ("SELECT name AS a, lag(name) OVER (ORDER BY id) AS b FROM t", &[("b", "lag has no row")]),
    ]);
}

#[test]
fn a_parameter_is_null_where_the_request_may_leave_it_out() {
    on_both(&[
        ("SELECT CAST(:text AS text) AS a, CAST(:id AS bigint) AS n", &[]),
        ("SELECT CAST(:may AS text) AS a", &[("a", ":may is NULL where the request leaves it out")]),
        ("SELECT CAST(:inner.x AS text) AS a", &[("a", ":inner.x is NULL")]),
        ("SELECT CAST(:must AS text) AS a", &[]),
    ]);
}

#[test]
fn what_is_returned_by_a_write_is_what_was_written() {
    on_both(&[
        ("INSERT INTO t (id, name, note) VALUES (:id, :text, :text) RETURNING id AS n, note AS a", &[]),
        ("INSERT INTO t (id, name, note) VALUES (:id, :text, :may) RETURNING note AS a", &[("a", "t.note")]),
        ("INSERT INTO t (id, name) VALUES (:id, :text) RETURNING note AS a", &[("a", "t.note")]),
        (
            "INSERT INTO t (id, name, note) VALUES (:id, :text, :text) ON CONFLICT (id) DO UPDATE SET name = 'x' RETURNING note AS a",
            &[("a", "t.note")],
        ),
        ("UPDATE t SET note = :text WHERE id = :id RETURNING note AS a, size AS n", &[("n", "t.size")]),
        ("UPDATE t SET note = :may WHERE note = 'x' RETURNING note AS a", &[("a", "t.note")]),
        ("DELETE FROM t WHERE note = :text RETURNING note AS a, size AS n", &[("n", "t.size")]),
    ]);
}

#[test]
fn a_star_is_what_the_table_has() {
    let schema = "CREATE TABLE s (a text NOT NULL, b text); CREATE TABLE z (n integer)";
    let cases: &[(&str, &[(&str, &str)])] = &[
        ("SELECT * FROM s", &[("b", "s.b")]),
        ("SELECT s.*, z.n FROM s, z", &[("b", "s.b"), ("n", "z.n")]),
        ("SELECT * FROM s WHERE b IS NOT NULL", &[]),
    ];
    on_sqlite(schema, cases);
    on_postgres(schema, cases);
}

#[test]
fn postgresqls_domains_and_checks_keep_null_out_and_names_are_folded() {
    let schema = "CREATE DOMAIN label AS text NOT NULL; CREATE DOMAIN short AS label;
        CREATE TABLE d (a label, b short, n integer CHECK (n IS NOT NULL));
        CREATE TABLE \"Loud\" (\"A\" text, b text NOT NULL);
        CREATE SCHEMA other; CREATE TABLE other.d (a text);
        CREATE FUNCTION mine(text) RETURNS text LANGUAGE sql STABLE STRICT AS 'SELECT $1';
        CREATE FUNCTION lax(text) RETURNS text LANGUAGE sql STABLE AS 'SELECT $1'";
    on_postgres(
        schema,
        &[
            ("SELECT a, b, n FROM D", &[]),
            ("SELECT a FROM other.d", &[("a", "d.a")]),
            ("SELECT \"A\" AS a, B FROM \"Loud\"", &[("a", "Loud.A")]),
            ("SELECT mine(a) AS a, lax(a) AS b FROM other.d", &[("a", "d.a")]),
            ("SELECT a FROM other.d WHERE mine(a) = 'x'", &[]),
            (
                "SELECT q.a FROM d LEFT JOIN LATERAL (SELECT a FROM other.d AS e WHERE e.a = d.a) AS q ON true",
                &[("a", "row of q")],
            ),
            (
                "SELECT string_agg(a, ',') AS a, (array_agg(n))[1] AS n FROM d",
                &[("a", "string_agg() of no rows")],
            ),
            ("SELECT g AS n FROM generate_series(1, 3) AS g", &[]),
            ("SELECT x.a FROM unnest(ARRAY['x']) AS x (a)", &[]),
        ],
    );
}

#[test]
fn sqlites_rowid_is_never_null() {
    on_sqlite(
        "CREATE TABLE k (Code TEXT PRIMARY KEY, n INTEGER) WITHOUT ROWID; CREATE TABLE s (id INTEGER PRIMARY KEY, a TEXT NOT NULL, n INT) STRICT",
        &[
            ("SELECT code AS a, N FROM K", &[("n", "k.n")]),
            ("SELECT id AS n, a FROM s", &[]),
            ("SELECT rowid AS n FROM s", &[]),
        ],
    );
}

#[test]
fn the_mend_is_a_default_or_presence_and_the_place_the_column() {
    let shop = Shop::reading(MESSAGES, "SELECT size AS n,\n  note AS a FROM t").schema(SCHEMA);
    run(crate::migrate(&shop.load(), &shop.sqlite())).unwrap();
    let findings = run(check(&shop.read(), &shop.sqlite())).unwrap();
    let told: Vec<String> = findings.iter().map(|finding| format!("{finding} | {}", finding.mend)).collect();
    assert_eq!(
        told,
        [
            "sql/shop.v1.Shop/Get.sql:1:16: n may be NULL, and shop.v1.Reply.n has no presence: t.size has no NOT NULL | \
             write coalesce(..., 0) AS n, or make the field optional",
            "sql/shop.v1.Shop/Get.sql:2:11: a may be NULL, and shop.v1.Reply.a has no presence: t.note has no NOT NULL | \
             write coalesce(..., '') AS a, or make the field optional",
        ]
    );
}
