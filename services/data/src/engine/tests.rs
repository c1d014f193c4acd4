//! What becomes of a composite's parts when others fail, and of a write's.

mod etags;
mod masks;
mod steps;

mod children;
mod forest;
mod keys;

use crate::fixture::{Shop, on_sqlite};

/// Three parts, of which each needs the one behind it; the last, `c`, has no row.
fn chain(a: &str, b: &str) -> Shop {
    let part = |optional: &str| {
        if optional.is_empty() {
            String::new()
        } else {
            "[(meanwhile.v1.part) = {optional: true}]".to_owned()
        }
    };
    Shop::new(
        "rpc Get(Request) returns (Reply) { option idempotency_level = NO_SIDE_EFFECTS; }",
        &format!("message Request {{}} message Reply {{ Row a = 1 {}; Row b = 2 {}; Row c = 3 [(meanwhile.v1.part) = {{optional: true}}]; }} message Row {{ int64 id = 1; }}", part(a), part(b)),
    )
    .sql("Get/a.sql", "SELECT 1 AS id WHERE 1 = :b.id")
    .sql("Get/b.sql", "SELECT 1 AS id WHERE 1 = :c.id")
    .sql("Get/c.sql", "SELECT 1 AS id WHERE 1 = 2")
}

#[test]
fn what_needs_a_missing_part_is_missing_however_far_it_is() {
    on_sqlite(&chain("optional", "optional"), async |served| {
        assert_eq!(served.get("{}").await.unwrap(), "{}");
        assert_eq!(served.missing("{}").await, ["a", "b", "c"]);
    });
}

#[test]
fn no_reply_is_ok_without_a_part_it_cannot_do_without() {
    on_sqlite(&chain("", "optional"), async |served| {
        assert_eq!(served.get("{}").await.unwrap_err().reason.as_str(), "UPSTREAM_UNAVAILABLE");
    });
}

#[test]
fn a_page_that_would_lead_back_to_the_first_is_refused() {
    let list = "rpc Get(L) returns (R) { option idempotency_level = NO_SIDE_EFFECTS; option (meanwhile.v1.page_by) = \"n\"; }";
    let messages = "message L { int32 page_size = 1; string page_token = 2; } message R { repeated Row rows = 1; string next_page_token = 2; } message Row { int64 n = 1; }";
    let shop = Shop::new(list, messages)
        .sql("Get.sql", "SELECT n FROM t WHERE :after.n IS NULL OR n > :after.n ORDER BY n LIMIT :limit")
        .schema("CREATE TABLE t (n bigint); INSERT INTO t VALUES (NULL), (1), (2)");
    on_sqlite(&shop, async |served| {
        let fault = served.get(r#"{"pageSize": 1}"#).await.unwrap_err();
        assert_eq!(fault.reason.as_str(), "REPLY_INVALID");
        served.get(r#"{"pageSize": 2}"#).await.unwrap();
    });
}
