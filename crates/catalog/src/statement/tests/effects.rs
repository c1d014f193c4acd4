//! Which statements write.

use super::*;

fn writes(text: &str) -> bool {
    parsed(text, Dialect::Postgres).writes()
}

#[test]
fn changes_of_rows_are_writes() {
    for text in [
        "INSERT INTO t VALUES (1)",
        "update t SET x = 1",
        "DELETE FROM t",
        "MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE",
        "REPLACE INTO t VALUES (1)",
        "CALL p()",
        "TRUNCATE t",
        "/* why */ -- so\n INSERT INTO t VALUES (1)",
    ] {
        assert!(writes(text), "{text}");
    }
}

#[test]
fn changes_inside_with_are_writes() {
    for text in [
        "WITH x AS (INSERT INTO t VALUES (1) RETURNING id) SELECT id FROM x",
        "WITH x AS MATERIALIZED (DELETE FROM t RETURNING id) SELECT id FROM x",
        "WITH x AS (SELECT 1), y AS (UPDATE t SET a = 1 RETURNING a) SELECT a FROM y",
        "WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x",
        "WITH x AS (SELECT 1) DELETE FROM t",
        "WITH x AS (SELECT 1) REPLACE INTO t SELECT * FROM x",
        "WITH RECURSIVE x(n) AS (SELECT 1) CYCLE n SET c USING p UPDATE t SET a = 1",
        "(WITH x AS (DELETE FROM t RETURNING id) SELECT id FROM x)",
        "SELECT a INTO b FROM t",
    ] {
        assert!(writes(text), "{text}");
    }
}

#[test]
fn reads_are_none() {
    for text in [
        "SELECT 1",
        "VALUES (1)",
        "TABLE t",
        "(SELECT 1) UNION (SELECT 2)",
        "SELECT * FROM t FOR UPDATE",
        "WITH x AS (SELECT * FROM t FOR UPDATE) SELECT * FROM x",
        "WITH x AS (SELECT replace(a, 'b', 'c') FROM t) SELECT * FROM x",
        "SELECT (replace(a, 'b', 'c')) FROM t",
        "SELECT \"update\", (\"delete\") FROM t",
        "SELECT t.update, (t.delete) FROM t",
        "SELECT 'INSERT INTO t' -- DELETE FROM t",
        "SELECT :into, (:update)",
        "WITH update AS (SELECT 1), values AS (SELECT 2) SELECT 1",
        "WITH x AS (SELECT 1) (SELECT * FROM x)",
        "WITH x AS (SELECT 1) SELECT (:delete)",
    ] {
        assert!(!writes(text), "{text}");
    }
}

#[test]
fn the_word_that_writes_is_the_place() {
    let place = |text| raw(text, Dialect::Postgres).unwrap().write_place().unwrap().range;
    assert_eq!(place(" DELETE FROM t"), 1..7);
    assert_eq!(place("WITH x AS (UPDATE t SET a = 1) SELECT 1"), 11..17);
}

#[test]
fn update_and_delete_are_about_rows_that_are_there() {
    let about = |text| parsed(text, Dialect::Postgres).changes_existing();
    assert!(about("UPDATE t SET a = 1"));
    assert!(about("WITH x AS (SELECT 1) DELETE FROM t"));
    assert!(!about("INSERT INTO t VALUES (1) ON CONFLICT DO UPDATE SET a = 1"));
    assert!(!about("SELECT * FROM t FOR UPDATE"));
}
