//! What parameters stand beside, in what people write.

use super::*;

/// Each parameter's neighbours, in few words: columns as `table.column`.
fn beside(sql: &str) -> Vec<String> {
    let count = (1..10).take_while(|number| sql.contains(&format!("?{number}"))).count();
    read(sql, count).iter().map(|uses| uses.iter().map(word).collect::<Vec<_>>().join(" ")).collect()
}

fn word(beside: &Beside) -> String {
    match beside {
        Beside::Column { tables, column } => {
            let levels: Vec<String> = tables.iter().map(|level| level.join("+")).collect();
            format!("{}.{column}", levels.join("<"))
        }
        Beside::Place { table, index } => format!("{table}.{index}"),
        Beside::Type(name) => name.clone(),
        Beside::Items(beside) => format!("[{}]", word(beside)),
        Beside::Unknown => "?".to_owned(),
    }
}

#[test]
fn values_that_are_inserted_stand_beside_their_columns() {
    assert_eq!(
        beside("INSERT INTO t (a, b) VALUES (?1, coalesce(?2, 'x')), (?3, ?1)"),
        ["t.a t.b", "t.b TEXT", "t.a"]
    );
    assert_eq!(beside("INSERT INTO t VALUES (?1, ?2)"), ["t.0", "t.1"]);
    assert_eq!(beside("INSERT INTO t (a, b) SELECT ?1, (?2) UNION ALL SELECT 1, ?3"), ["t.a", "t.b", "t.b"]);
    assert_eq!(beside("REPLACE INTO \"T x\" (\"a b\") VALUES (?1)"), ["T x.a b"]);
    assert_eq!(beside("INSERT INTO t (a) VALUES (upper(?1))"), ["?"]);
    assert_eq!(
        beside("INSERT INTO t (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET b = ?1 WHERE excluded.c = ?2"),
        ["t+t.b", "t.c"]
    );
}

#[test]
fn values_that_are_set_stand_beside_their_columns() {
    assert_eq!(
        beside("UPDATE t SET a = ?1, b = coalesce(?2, b), (c, d) = (?3, 1) WHERE id = ?4"),
        ["t.a", "t.b", "t.c", "t.id"]
    );
    assert_eq!(beside("UPDATE t SET a = CASE WHEN ?1 THEN ?2 ELSE a END"), ["?", "t.a"]);
    assert_eq!(beside("UPDATE t AS x SET a = u.b FROM u WHERE x.id = ?1 AND u.id = ?2"), ["t.id", "u.id"]);
}

#[test]
fn values_that_are_compared_stand_beside_the_other_side() {
    assert_eq!(
        beside("SELECT 1 FROM t WHERE a = ?1 AND ?2 < b AND c IN (?3, 4) AND d BETWEEN ?4 AND ?5"),
        ["t.a", "t.b", "t.c", "t.d", "t.d"]
    );
    assert_eq!(
        beside("SELECT 1 FROM t WHERE (a, b) > (?1, ?2) AND c IS NOT DISTINCT FROM ?3"),
        ["t.a", "t.b", "t.c"]
    );
    assert_eq!(
        beside("SELECT 1 FROM t WHERE a = ifnull(?1, b) AND lower(a) = ?2 AND a = ?3 COLLATE NOCASE"),
        ["t.a t.b", "TEXT", "t.a"]
    );
    assert_eq!(beside("DELETE FROM t WHERE a = ?1 RETURNING ?2"), ["t.a", "?"]);
    assert_eq!(
        beside("SELECT ?1 = 'open', ?2 > 5, CAST(?3 AS TEXT), CASE ?4 WHEN 1 THEN 2 END"),
        ["TEXT", "INTEGER", "TEXT", "INTEGER"]
    );
    assert_eq!(beside("SELECT 1 FROM t WHERE a IN (SELECT value FROM json_each(?1))"), ["[t.a]"]);
}

#[test]
fn where_only_null_is_asked_for_is_no_use() {
    assert_eq!(beside("SELECT 1 FROM t WHERE (?1 IS NULL OR a = ?1) AND ?2 IS NOT NULL"), ["t.a", ""]);
}

#[test]
fn every_other_use_is_unknown_beside_those_that_are_not() {
    assert_eq!(beside("SELECT ?1, a FROM t WHERE a = ?1 LIMIT ?2"), ["? t.a", "?"]);
    assert_eq!(beside("SELECT f(?1), ?2 + 1, 'a' || ?3"), ["?", "?", "?"]);
    assert_eq!(beside("SELECT 1 FROM t WHERE a = CASE ?1 WHEN 1 THEN 'x' END"), ["INTEGER"]);
}

#[test]
fn a_column_is_of_the_tables_in_sight() {
    assert_eq!(
        beside("SELECT 1 FROM t JOIN u AS v ON v.id = t.id WHERE v.a = ?1 AND b = ?2 AND nobody.c = ?3"),
        ["u.a", "t+u.b", "?"]
    );
    assert_eq!(
        beside("SELECT 1 FROM t WHERE EXISTS (SELECT 1 FROM u WHERE x = ?1 AND t.y = ?2)"),
        ["u<t.x", "t.y"]
    );
    assert_eq!(
        beside("SELECT 1 FROM t WHERE EXISTS (SELECT 1 FROM json_each(t.list) AS j, u WHERE x = ?1)"),
        ["u.x"]
    );
    assert_eq!(
        beside("WITH t AS (SELECT 1 AS a FROM u WHERE b = ?1) SELECT 1 FROM t WHERE a = ?2 AND t.a = ?3"),
        ["u.b", "?", "?"]
    );
    assert_eq!(beside("SELECT 1 FROM (SELECT a FROM t WHERE a = ?1) s WHERE s.a = ?2"), ["t.a", "?"]);
}

#[test]
fn of_a_statement_that_cannot_be_read_nothing_is_known() {
    assert_eq!(beside("SELECT ?1 FROM"), ["?"]);
    assert_eq!(
        read(&format!("SELECT {}?1{}", "(".repeat(10_000), ")".repeat(10_000)), 1),
        [[Beside::Unknown]]
    );
}
