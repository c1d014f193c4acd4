//! Walks through the pages of lists on real databases: in every order, over keys of every type, and while others write.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use meanwhile_proto::errors::Reason;
use serde_json::{Value as Json, json};

use crate::fixture::{Served, Shop, on_both, on_postgres, on_sqlite};

const READS: &str = "option idempotency_level = NO_SIDE_EFFECTS;";

fn page_by(columns: &[&str]) -> String {
    columns.iter().map(|column| format!("option (meanwhile.v1.page_by) = \"{column}\";")).collect()
}

/// A list of rows with a `key` of that type, paged by it and by `id`.
fn keyed(field: &str, column: &str, rows: &str) -> Shop {
    let messages = format!(
        "message Request {{ int32 page_size = 1; string page_token = 2; }}
        message Reply {{ repeated Row rows = 1; string next_page_token = 2; }}
        message Row {{ int64 id = 1; {field} key = 2; }}"
    );
    Shop::new(&format!("rpc Get(Request) returns (Reply) {{ {READS} {} }}", page_by(&["key", "id"])), &messages)
        .schema(&format!("CREATE TABLE t (id bigint PRIMARY KEY, key {column} NOT NULL); {rows}"))
        .sql(
            "Get.sql",
            "SELECT id, key FROM t WHERE (:after.key IS NULL OR (key, id) > (:after.key, :after.id)) ORDER BY key, id LIMIT :limit",
        )
}

/// Every row's id, page by page.
async fn walk(served: &Served, size: usize, more: &[(&str, Json)]) -> Vec<i64> {
    let (mut ids, mut token) = (Vec::new(), String::new());
    for _ in 0..10_000 {
        let mut request = json!({"pageSize": size, "pageToken": token});
        more.iter().for_each(|(name, value)| request[*name] = value.clone());
        let reply: Json = serde_json::from_str(&served.get(&request.to_string()).await.unwrap()).unwrap();
        let rows = reply["rows"].as_array().cloned().unwrap_or_default();
        assert!(rows.len() <= size);
        ids.extend(rows.iter().map(|row| row["id"].as_str().unwrap_or("0").parse::<i64>().unwrap()));
        match reply["nextPageToken"].as_str() {
            Some(next) => token = next.to_owned(),
            None => return ids,
        }
    }
    panic!("a walk without end: {ids:?}");
}

/// Rows of which pairs have the same key.
fn rows(keys: &[&str]) -> String {
    let row =
        |(index, key): (usize, &&str)| format!("({}, {key}), ({}, {key})", index * 2 + 1, index * 2 + 2);
    let all: Vec<String> = keys.iter().enumerate().map(row).collect();
    format!("INSERT INTO t VALUES {}", all.join(", "))
}

async fn walks_all(served: &Served, count: usize, what: &str) {
    for size in [1, 2, 3, count * 2] {
        let ids = walk(served, size, &[]).await;
        let different: BTreeSet<&i64> = ids.iter().collect();
        assert_eq!((ids.len(), different.len()), (count * 2, count * 2), "{what} by {size}: {ids:?}");
    }
}

#[test]
fn a_walk_has_every_row_once_whatever_its_keys_type_on_postgresql() {
    for (field, column, keys) in [
        ("int32", "int2", &["-32768", "0", "32767"][..]),
        ("int64", "int8", &["-9223372036854775808", "0", "9223372036854775807"]),
        ("string", "numeric", &["-1e40", "0.1", "0.10000000000000000000000001", "1e100"]),
        ("double", "float8", &["-1e308", "-5e-324", "0.1", "0.30000000000000004", "'Infinity'"]),
        ("float", "float4", &["-3.4e38", "0.1", "0.3", "16777216", "1e-45"]),
        ("bool", "bool", &["false", "true"]),
        ("bytes", "bytea", &["''", "'\\x00'", "'\\x00ff'", "'\\xff'"]),
        (
            "string",
            "text COLLATE \"C\"",
            &["''", "'a'", "'A'", "'é'", "'e\u{301}'", "'😀'", "'it''s \\ %'", "E'\\n'"],
        ),
        (
            "string",
            "uuid",
            &["'00000000-0000-0000-0000-000000000001'", "'ffffffff-ffff-ffff-ffff-ffffffffffff'"],
        ),
        ("string", "date", &["'0001-01-01'", "'2024-02-29'", "'9999-12-31'"]),
        (
            "google.protobuf.Timestamp",
            "timestamptz",
            &[
                "'0001-01-01Z'",
                "'2024-05-01 12:00:00.000001Z'",
                "'2024-05-01 12:00:00.000002Z'",
                "'9999-12-31 23:59:59.999999Z'",
            ],
        ),
    ] {
        on_postgres(&keyed(field, column, &rows(keys)), async |served| {
            walks_all(served, keys.len(), column).await
        });
    }
}

#[test]
fn a_walk_has_every_row_once_whatever_its_keys_type_on_sqlite() {
    for (field, column, keys) in [
        ("int64", "integer", &["-9223372036854775808", "0", "9223372036854775807"][..]),
        ("double", "real", &["-1e308", "-5e-324", "0.1", "0.30000000000000004"]),
        ("string", "text", &["''", "'a'", "'A'", "'é'", "'😀'", "'it''s'"]),
        ("bytes", "blob", &["x''", "x'00'", "x'00ff'", "x'ff'"]),
    ] {
        on_sqlite(&keyed(field, column, &rows(keys)), async |served| {
            walks_all(served, keys.len(), column).await
        });
    }
}

const ORDERED: &str = "message Request { int32 page_size = 1; string page_token = 2; RowOrder order_by = 3; optional int32 least = 4; }
    message Reply { repeated Row rows = 1; string next_page_token = 2; } message Row { int64 id = 1; string name = 2; int32 size = 3; }
    enum RowOrder { ROW_ORDER_UNSPECIFIED = 0; ROW_ORDER_BY_NAME = 1; ROW_ORDER_LARGEST_FIRST = 2; }";

const FILTER: &str = "(:least IS NULL OR size >= :least)";

/// Three orders: upwards, and with one column down and the other up.
fn ordered() -> Shop {
    Shop::new(&format!("rpc Get(Request) returns (Reply) {{ {READS} {} }}", page_by(&["name", "size", "id"])), ORDERED)
        .schema("CREATE TABLE t (id bigint PRIMARY KEY, name text NOT NULL, size integer NOT NULL);
            INSERT INTO t VALUES (1, 'c', 5), (2, 'b', 5), (3, 'a', 7), (4, 'a', 1), (5, 'b', 7), (6, 'c', 3)")
        .sql("Get.sql", &format!("SELECT id FROM t WHERE {FILTER} AND (:after.id IS NULL OR id > :after.id) ORDER BY id LIMIT :limit"))
        .sql("Get.by_name.sql", &format!("SELECT id, name FROM t WHERE {FILTER} AND (:after.id IS NULL OR (name, id) > (:after.name, :after.id)) ORDER BY name, id LIMIT :limit"))
        .sql("Get.largest_first.sql", &format!("SELECT id, size FROM t WHERE {FILTER} AND (:after.id IS NULL OR size < :after.size OR size = :after.size AND id > :after.id) ORDER BY size DESC, id LIMIT :limit"))
}

#[test]
fn each_order_is_walked_by_its_own_file() {
    on_both(&ordered(), async |served| {
        for (order, ids, large) in [
            (0, [1, 2, 3, 4, 5, 6], vec![1, 2, 3, 5]),
            (1, [3, 4, 2, 5, 1, 6], vec![3, 2, 5, 1]),
            (2, [3, 5, 1, 2, 6, 4], vec![3, 5, 1, 2]),
        ] {
            for size in [1, 2, 4, 6, 50] {
                assert_eq!(walk(served, size, &[("orderBy", json!(order))]).await, ids, "{order} by {size}");
                let filtered = [("orderBy", json!(order)), ("least", json!(5))];
                assert_eq!(walk(served, size, &filtered).await, large, "{order} by {size}");
            }
        }
    });
}

#[test]
fn an_order_of_no_value_is_refused() {
    on_both(&ordered(), async |served| {
        for number in [3, -1, i32::MAX] {
            let fault = served.get(&json!({"orderBy": number}).to_string()).await.unwrap_err();
            assert_eq!((fault.reason, fault.field.as_deref()), (Reason::FieldInvalid, Some("order_by")));
        }
    });
}

#[test]
fn a_token_is_of_one_order() {
    on_both(&ordered(), async |served| {
        let reply = served.get(r#"{"pageSize": 2, "orderBy": 1}"#).await.unwrap();
        let reply: Json = serde_json::from_str(&reply).unwrap();
        for order in [0, 2] {
            let request = json!({"pageSize": 2, "orderBy": order, "pageToken": reply["nextPageToken"]});
            assert_eq!(served.get(&request.to_string()).await.unwrap_err().reason, Reason::PageTokenInvalid);
        }
    });
}

#[test]
fn what_is_wrong_with_an_orders_file_is_told_there() {
    let shop = ordered().sql("Get.by_name.sql", "SELECT id, nam AS name FROM t WHERE (:after.id IS NULL OR (name, id) > (:after.name, :after.id)) ORDER BY name, id LIMIT :limit");
    on_both(&shop, async |served| {
        let [told] = &served.findings()[..] else { panic!("{:?}", served.findings()) };
        assert!(told.starts_with("sql/shop.v1.Shop/Get.by_name.sql:1:12: "), "{told}");
    });
    let shop = ordered().sql("Get.by_name.sql", "SELECT id FROM t WHERE (:after.id IS NULL OR (name, id) > (:after.name, :after.id)) ORDER BY name, id LIMIT :limit");
    on_both(&shop, async |served| {
        let [told] = &served.findings()[..] else { panic!("{:?}", served.findings()) };
        assert!(told.contains("page_by names name, and this statement does not select it"), "{told}");
    });
}

#[test]
fn no_token_but_a_lists_own_is_taken() {
    on_both(&ordered(), async |served| {
        let reply = served.get(r#"{"pageSize": 2, "orderBy": 1}"#).await.unwrap();
        let reply: Json = serde_json::from_str(&reply).unwrap();
        let token = reply["nextPageToken"].as_str().unwrap().to_owned();
        let long = "A".repeat(1 << 20);
        for wrong in
            ["x", "AAAA", " ", "é", &token[1..], &token[..token.len() - 1], &format!("{token}A"), &long]
        {
            let request = json!({"pageSize": 2, "orderBy": 1, "pageToken": wrong});
            let fault = served.get(&request.to_string()).await.unwrap_err();
            assert_eq!(
                (fault.reason, fault.field.as_deref()),
                (Reason::PageTokenInvalid, Some("page_token"))
            );
        }
    });
}

#[test]
fn a_page_has_50_rows_unless_a_client_says_and_never_over_1000() {
    let many = "INSERT INTO t SELECT i, i FROM (WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < 1100) SELECT i FROM r) AS numbers";
    on_both(&keyed("int64", "bigint", many), async |served| {
        for (size, rows) in [(0, 50), (1, 1), (1000, 1000), (1001, 1000), (i32::MAX, 1000)] {
            let reply = served.get(&json!({"pageSize": size}).to_string()).await.unwrap();
            let reply: Json = serde_json::from_str(&reply).unwrap();
            assert_eq!(reply["rows"].as_array().unwrap().len(), rows, "{size}");
        }
        for size in [-1, i32::MIN] {
            let fault = served.get(&json!({"pageSize": size}).to_string()).await.unwrap_err();
            assert_eq!((fault.reason, fault.field.as_deref()), (Reason::FieldInvalid, Some("page_size")));
        }
    });
}

/// A list with a write beside it that puts rows in and one that takes them out. Even ids stay.
fn written() -> Shop {
    let methods = format!(
        "rpc Get(Request) returns (Reply) {{ {READS} {} }} rpc Put(Row) returns (Nothing); rpc Take(Row) returns (Nothing);",
        page_by(&["name", "id"])
    );
    Shop::new(&methods, "message Request { int32 page_size = 1; string page_token = 2; } message Nothing {}
        message Reply { repeated Row rows = 1; string next_page_token = 2; } message Row { int64 id = 1; string name = 2; }")
        .schema("CREATE TABLE t (id bigint PRIMARY KEY, name text NOT NULL);
            INSERT INTO t SELECT 2 * i, 'n' || (i * 37 % 20) FROM (WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < 100) SELECT i FROM r) AS numbers")
        .sql("Get.sql", "SELECT id, name FROM t WHERE (:after.name IS NULL OR (name, id) > (:after.name, :after.id)) ORDER BY name, id LIMIT :limit")
        .sql("Put.sql", "INSERT INTO t (id, name) VALUES (:id, :name) ON CONFLICT DO NOTHING")
        .sql("Take.sql", "DELETE FROM t WHERE id = :id")
}

/// Puts rows in and takes them out until it is told to stop.
async fn write(served: &Served, from: i64, writes: &AtomicUsize, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        let count = writes.fetch_add(1, Ordering::Relaxed) as i64;
        let id = from + 2 * (count * 13 % 60);
        let row = json!({"id": id, "name": format!("n{}", count % 23)}).to_string();
        served.call("Put", &row).await.unwrap();
        if count % 3 != 0 {
            let taken = served.call("Take", &row).await;
            assert!(taken.is_ok() || taken.is_err_and(|fault| fault.reason == Reason::ResourceNotFound));
        }
    }
}

#[test]
fn a_walk_while_others_write_repeats_no_row_and_skips_none_that_stayed() {
    on_both(&written(), async |served| {
        let stop = AtomicBool::new(false);
        let writes = [AtomicUsize::new(0), AtomicUsize::new(0)];
        let walks = async {
            let few = || writes.iter().any(|writes| writes.load(Ordering::Relaxed) < 30);
            for size in [1, 3, 7, 20].into_iter().cycle().enumerate().take_while(|(n, _)| *n < 12 || few()) {
                let ids = walk(served, size.1, &[]).await;
                let mut seen: BTreeMap<i64, usize> = BTreeMap::new();
                ids.iter().for_each(|id| *seen.entry(*id).or_default() += 1);
                assert!((1..=100).all(|i| seen.get(&(2 * i)) == Some(&1)), "{ids:?}");
            }
            stop.store(true, Ordering::Relaxed);
        };
        tokio::join!(walks, write(served, 1, &writes[0], &stop), write(served, 1_001, &writes[1], &stop));
    });
}
