//! Calls that are sent again.

use meanwhile_proto::errors::Reason;

use super::table;
use crate::bind::bind;
use crate::database::{Database, DatabaseConfig};
use crate::fixture::{Served, Shop, on_both, on_postgres, on_sqlite};

const MESSAGES: &str = "message Request { string request_id = 1; string name = 2; repeated string unread = 3; map<string, int32> map = 4; }
    message Reply { int64 id = 1; string name = 2; } message Nothing {} message Count { int64 n = 1; }";

/// Creates a row with a number of its own each time.
fn shop() -> Shop {
    Shop::new(
        "rpc Create(Request) returns (Reply); rpc Log(Request) returns (Nothing);
         rpc Get(Nothing) returns (Count) { option idempotency_level = NO_SIDE_EFFECTS; }",
        MESSAGES,
    )
    .schema("CREATE TABLE t (id integer NOT NULL, name text NOT NULL CHECK (name <> 'bad'))")
    .sql("Create.sql", "INSERT INTO t SELECT count(*) + 1, :name FROM t RETURNING id, name")
    .sql("Log/_1_log.sql", "INSERT INTO t VALUES (0, :name)")
    .sql("Get.sql", "SELECT count(*) AS n FROM t")
}

fn request(id: &str, name: &str) -> String {
    format!(r#"{{"requestId": "{id}", "name": "{name}"}}"#)
}

async fn count(served: &Served) -> String {
    served.get("{}").await.unwrap()
}

#[test]
fn a_call_that_is_sent_again_gets_its_reply_again_and_is_not_executed() {
    on_both(&shop(), async |served| {
        let first = served.call("Create", &request("a", "one")).await.unwrap();
        assert_eq!(first, r#"{"id":"1","name":"one"}"#);
        served.call("Create", &request("b", "one")).await.unwrap();
        for _ in 0..3 {
            assert_eq!(served.call("Create", &request("a", "one")).await.unwrap(), first);
        }
        for _ in 0..2 {
            assert_eq!(
                served.call("Log", &request("a", "x")).await.unwrap(),
                "{}",
                "each method has its ids"
            );
        }
        assert_eq!(count(served).await, r#"{"n":"3"}"#);
    });
}

#[test]
fn an_empty_id_is_none() {
    on_both(&shop(), async |served| {
        for _ in 0..2 {
            served.call("Create", &request("", "one")).await.unwrap();
        }
        assert_eq!(count(served).await, r#"{"n":"2"}"#);
    });
}

#[test]
fn an_id_is_of_one_request_whoever_reads_its_fields() {
    on_both(&shop(), async |served| {
        let map = |map: &str| format!(r#"{{"requestId": "a", "name": "one", "map": {map}}}"#);
        served.call("Create", &map(r#"{"a": 1, "b": 2, "c": 3}"#)).await.unwrap();
        served.call("Create", &map(r#"{"c": 3, "b": 2, "a": 1}"#)).await.unwrap();
        let unread = r#"{"requestId": "a", "name": "one", "unread": ["x"], "map": {"a": 1, "b": 2, "c": 3}}"#;
        for other in [request("a", "two"), map(r#"{"a": 1, "b": 2}"#), unread.to_owned()] {
            let fault = served.call("Create", &other).await.unwrap_err();
            assert_eq!((fault.reason, fault.field.as_deref()), (Reason::FieldInvalid, Some("request_id")));
        }
        assert_eq!(count(served).await, r#"{"n":"1"}"#);
    });
}

#[test]
fn an_id_may_be_anything_of_at_most_128_bytes() {
    on_both(&shop(), async |served| {
        for id in ["x".repeat(128), "not a UUID".to_owned(), "é".repeat(64), "' OR 1=1 --".to_owned()] {
            served.call("Create", &request(&id, "one")).await.unwrap();
        }
        for id in ["x".repeat(129), "é".repeat(65)] {
            let fault = served.call("Create", &request(&id, "one")).await.unwrap_err();
            assert_eq!((fault.reason, fault.field.as_deref()), (Reason::FieldInvalid, Some("request_id")));
        }
    });
}

#[test]
fn a_call_that_failed_may_be_sent_again_with_its_id() {
    on_both(&shop(), async |served| {
        let fault = served.call("Create", &request("a", "bad")).await.unwrap_err();
        assert_eq!(fault.reason, Reason::CheckViolation);
        served.call("Create", &request("a", "good")).await.unwrap();
        assert_eq!(count(served).await, r#"{"n":"1"}"#);
    });
}

#[test]
fn calls_with_one_id_at_once_are_executed_once_and_all_get_the_reply() {
    on_both(&shop(), async |served| {
        for round in 0..10 {
            let request = request(&format!("id {round}"), "one");
            let call = || served.call("Create", &request);
            let (one, two, three, four) = tokio::join!(call(), call(), call(), call());
            let one = one.unwrap();
            assert!([two, three, four].into_iter().all(|reply| reply.unwrap() == one));
            assert_eq!(count(served).await, format!(r#"{{"n":"{}"}}"#, round + 1));
        }
    });
}

#[test]
fn a_twin_that_waits_is_executed_when_the_first_one_fails() {
    let shop = shop().sql(
        "Create.sql",
        "INSERT INTO t SELECT 1, :name FROM pg_advisory_xact_lock_shared(1) RETURNING id, name",
    );
    on_postgres(&shop, async |served| {
        let mut holder = served.session().await;
        sqlx::raw_sql("SELECT pg_advisory_lock(1)").execute(&mut holder).await.unwrap();
        let request = request("a", "one");
        let kill_one = async {
            let pids = served.lock_waiters(2).await;
            let first = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
            let first = served.psql_as_admin(first);
            assert!(pids.iter().any(|pid| pid.to_string() == first), "{pids:?} {first}");
            served.psql_as_admin(&format!("SELECT pg_terminate_backend({first})"));
            served.lock_waiters(1).await;
            sqlx::raw_sql("SELECT pg_advisory_unlock(1)").execute(&mut holder).await.unwrap();
        };
        let (one, two, ()) =
            tokio::join!(served.call("Create", &request), served.call("Create", &request), kill_one);
        assert_eq!([one.is_ok(), two.is_ok()].iter().filter(|done| **done).count(), 1, "{one:?} {two:?}");
        assert_eq!(served.psql("SELECT count(*) FROM t"), "1");
    });
}

#[test]
fn what_expired_is_forgotten_by_calls_at_once_and_deleted_in_bites() {
    on_both(&shop(), async |served| {
        served.call("Create", &request("a", "one")).await.unwrap();
        let (old, rows) = match served.database.dialect() {
            meanwhile_catalog::Dialect::Postgres => (
                "UPDATE meanwhile_requests SET expires_at = now()",
                "INSERT INTO meanwhile_requests SELECT 'm', i::text, '', '', now() FROM generate_series(1, 1500) i",
            ),
            meanwhile_catalog::Dialect::Sqlite => (
                "UPDATE meanwhile_requests SET expires_at = unixepoch()",
                "WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 1500)
                 INSERT INTO meanwhile_requests SELECT 'm', n, x'', x'', unixepoch() FROM i",
            ),
        };
        served.database.run_own(old).await.unwrap();
        let again = served.call("Create", &request("a", "two")).await.unwrap();
        assert_eq!(again, r#"{"id":"2","name":"two"}"#);
        served.database.run_own(rows).await.unwrap();
        let sweep = table::sweep(served.database.dialect());
        let swept = [
            served.database.run_own(sweep).await.unwrap(),
            served.database.run_own(sweep).await.unwrap(),
            served.database.run_own(sweep).await.unwrap(),
        ];
        assert_eq!(swept, [1_000, 500, 0], "what has not expired stays");
        assert_eq!(served.call("Create", &request("a", "two")).await.unwrap(), again);
    });
}

#[test]
fn sql_that_names_the_id_looks_after_it_itself() {
    let shop = shop().sql("Log/_1_log.sql", "INSERT INTO t VALUES (length(:request_id), :name)");
    on_both(&shop, async |served| {
        for _ in 0..2 {
            served.call("Log", &request("a", "x")).await.unwrap();
        }
        assert_eq!(count(served).await, r#"{"n":"2"}"#);
    });
}

#[test]
fn without_its_table_a_method_is_refused_at_its_field_and_the_others_are_not() {
    let shop = shop();
    on_sqlite(&shop, async |served| {
        served.database.run_own("DROP TABLE meanwhile_requests").await.unwrap();
        let config = DatabaseConfig { url: shop.sqlite(), pool: 1, simulated_latency: None, batch: false };
        let bindings = bind(&served.catalog, &Database::new(&config).unwrap()).await.unwrap();
        let findings = bindings["/shop.v1.Shop/Create"].as_ref().unwrap_err();
        let told = format!("{} | {}", findings[0], findings[0].mend);
        assert!(told.starts_with("proto/shop.proto:"), "{told}");
        assert!(
            told.contains("meanwhile_requests is not there") && told.contains("| run meanwhile migrate"),
            "{told}"
        );
        assert!(findings.len() == 1 && bindings["/shop.v1.Shop/Get"].is_ok());
    });
}

#[test]
fn the_table_is_made_once_and_only_where_a_method_needs_it() {
    for (sql, is_needed) in [
        ("INSERT INTO t VALUES (0, :name)", true),
        ("INSERT INTO t VALUES (length(:request_id), :name)", false),
    ] {
        let methods = "rpc Get(Request) returns (Nothing);";
        let shop =
            Shop::new(methods, MESSAGES).schema("CREATE TABLE t (id integer, name text)").sql("Get.sql", sql);
        on_both(&shop, async |served| {
            assert_eq!(table::is_needed(&served.catalog), is_needed);
            let there = served.database.run_own(table::sweep(served.database.dialect())).await;
            assert_eq!(there.is_ok(), is_needed, "{there:?}");
        });
        on_sqlite(&shop, async |served| {
            crate::migrate(&served.catalog, &shop.sqlite()).await.unwrap();
        });
    }
}
