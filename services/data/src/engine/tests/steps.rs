//! Writes of steps and parts, as their files say.

use meanwhile_proto::errors::Reason;

use crate::fixture::{Shop, on_both, on_postgres};

const SCHEMA: &str = "
    CREATE TABLE stock (sku text PRIMARY KEY, left_over integer NOT NULL CHECK (left_over >= 0));
    CREATE TABLE orders (id integer PRIMARY KEY, sku text NOT NULL);
    CREATE TABLE log (n integer PRIMARY KEY, what text NOT NULL);
    INSERT INTO stock VALUES ('tea', 2), ('milk', 0)";

/// Takes from the stock, then notes the order, then logs both: three statements, of which one fills the reply.
fn shop() -> Shop {
    let methods = "rpc Order(Request) returns (Reply);
        rpc Get(Nothing) returns (Counts) { option idempotency_level = NO_SIDE_EFFECTS; }";
    let messages = "message Nothing {} message Counts { int64 orders = 1; int64 logs = 2; int64 tea = 3; }
        message Request { int64 id = 1; string sku = 2; } message Reply { Line line = 20; }
        message Line { int64 id = 1; int64 left_over = 2; }";
    Shop::new(methods, messages)
        .schema(SCHEMA)
        .sql("Order/_10_take.sql", "UPDATE stock SET left_over = left_over - 1 WHERE sku = :sku RETURNING left_over, sku")
        .sql("Order/line.sql", "INSERT INTO orders VALUES (:id, :take.sku) RETURNING id, CAST(:take.left_over AS integer) AS left_over")
        .sql("Order/_30_log.sql", "INSERT INTO log SELECT count(*), :take.sku FROM log")
        .sql("Get.sql", "SELECT (SELECT count(*) FROM orders) AS orders, (SELECT count(*) FROM log) AS logs, (SELECT sum(left_over) FROM stock WHERE sku = 'tea') AS tea")
}

#[test]
fn steps_feed_parts_and_parts_fill_the_reply() {
    on_both(&shop(), async |served| {
        let reply = served.call("Order", r#"{"id": 1, "sku": "tea"}"#).await.unwrap();
        assert_eq!(reply, r#"{"line":{"id":"1","leftOver":"1"}}"#);
        assert_eq!(served.get("{}").await.unwrap(), r#"{"orders":"1","logs":"1","tea":"1"}"#);
    });
}

#[test]
fn a_step_that_changes_no_row_is_not_found_and_takes_everything_back() {
    let last = shop().sql("Order/_30_log.sql", "DELETE FROM log WHERE what = :sku");
    on_both(&last, async |served| {
        let fault = served.call("Order", r#"{"id": 1, "sku": "tea"}"#).await.unwrap_err();
        assert_eq!(fault.reason, Reason::ResourceNotFound);
        let fault = served.call("Order", r#"{"id": 1, "sku": "coffee"}"#).await.unwrap_err();
        assert_eq!(fault.reason, Reason::ResourceNotFound);
        assert_eq!(served.get("{}").await.unwrap(), r#"{"tea":"2"}"#);
    });
}

#[test]
fn a_constraint_that_breaks_in_the_last_step_takes_everything_back() {
    let last = shop().sql("Order/_30_log.sql", "INSERT INTO log VALUES (0, NULL)");
    on_both(&last, async |served| {
        let fault = served.call("Order", r#"{"id": 1, "sku": "tea"}"#).await.unwrap_err();
        assert_eq!(fault.reason, Reason::NotNullViolation);
        assert_eq!(served.get("{}").await.unwrap(), r#"{"tea":"2"}"#);
    });
}

#[test]
fn a_step_that_others_use_has_one_row() {
    let two = shop().sql("Order/_10_take.sql", "UPDATE stock SET left_over = 7 RETURNING left_over, sku");
    on_both(&two, async |served| {
        let fault = served.call("Order", r#"{"id": 1, "sku": "tea"}"#).await.unwrap_err();
        assert_eq!(fault.reason, Reason::RowsAmbiguous);
        assert_eq!(served.get("{}").await.unwrap(), r#"{"tea":"2"}"#);
    });
}

#[test]
fn a_value_that_does_not_fit_takes_everything_back() {
    let shop = shop().sql(
        "Order/line.sql",
        "INSERT INTO orders VALUES (:id, :take.sku) RETURNING id, CAST('9223372036854775808' AS numeric) AS left_over",
    );
    on_both(&shop, async |served| {
        let fault = served.call("Order", r#"{"id": 1, "sku": "tea"}"#).await.unwrap_err();
        assert_eq!(fault.reason, Reason::ReplyInvalid);
        assert_eq!(served.get("{}").await.unwrap(), r#"{"tea":"2"}"#);
    });
}

#[test]
fn a_column_that_a_step_does_not_have_is_told_where_it_is_used() {
    let shop = shop().sql("Order/_30_log.sql", "INSERT INTO log SELECT count(*), :take.name FROM log");
    on_both(&shop, async |served| {
        let findings = served.findings_of("Order");
        assert_eq!(
            findings,
            [
                "sql/shop.v1.Shop/Order/_30_log.sql:1:34: the part take has no column name | select it there, AS name, or \
              use a column that it has"
            ]
        );
    });
}

#[test]
fn an_empty_reply_has_steps_alone() {
    let shop =
        Shop::new("rpc Get(Request) returns (Reply);", "message Request { int64 n = 1; } message Reply {}")
            .schema(SCHEMA)
            .sql("Get/_1_a.sql", "INSERT INTO log VALUES (:n, 'a') RETURNING n")
            .sql("Get/_2_b.sql", "INSERT INTO log VALUES (:a.n + 1, 'b')");
    on_both(&shop, async |served| {
        assert_eq!(served.get(r#"{"n": 1}"#).await.unwrap(), "{}");
        assert_eq!(served.get(r#"{"n": 0}"#).await.unwrap_err().reason, Reason::UniqueViolation);
        assert_eq!(served.get(r#"{"n": 5}"#).await.unwrap(), "{}");
    });
}

#[test]
fn a_methods_own_statement_and_steps_are_one_transaction() {
    let shop = Shop::new(
        "rpc Get(Request) returns (Reply);",
        "message Request { int64 n = 1; } message Reply { int64 n = 1; string what = 2; }",
    )
    .schema(SCHEMA)
    .sql("Get.sql", "INSERT INTO log VALUES (:n, 'own') RETURNING n")
    .sql("Get/what.sql", "SELECT what FROM log WHERE n = :Get.n")
    .sql("Get/_9_more.sql", "INSERT INTO log VALUES (:Get.n + 1, 'more')");
    on_both(&shop, async |served| {
        assert_eq!(served.get(r#"{"n": 1}"#).await.unwrap(), r#"{"n":"1","what":"own"}"#);
        assert_eq!(served.get(r#"{"n": 0}"#).await.unwrap_err().reason, Reason::UniqueViolation);
        assert_eq!(served.get(r#"{"n": 3}"#).await.unwrap(), r#"{"n":"3","what":"own"}"#);
    });
}

#[test]
fn many_rows_are_inserted_by_one_statement_and_come_back_in_the_reply() {
    let shop = Shop::new(
        "rpc Get(Request) returns (Reply);",
        "message Request { repeated string what = 1; } message Reply { First first = 1; repeated Row rows = 2; }
         message First { int64 n = 1; } message Row { int64 n = 1; string what = 2; }",
    )
    .schema(SCHEMA)
    .sql("Get/first.sql", "INSERT INTO log VALUES (1, 'first') RETURNING n")
    .sql(
        "Get/rows.postgres.sql",
        "INSERT INTO log SELECT :first.n + i, w FROM unnest(CAST(:what AS text[])) WITH ORDINALITY AS u (w, i) RETURNING n, what",
    )
    .sql(
        "Get/rows.sqlite.sql",
        "INSERT INTO log SELECT :first.n + key + 1, value FROM json_each(:what) RETURNING n, what",
    );
    on_both(&shop, async |served| {
        assert_eq!(
            served.get(r#"{"what": ["a", "b"]}"#).await.unwrap(),
            r#"{"first":{"n":"1"},"rows":[{"n":"2","what":"a"},{"n":"3","what":"b"}]}"#
        );
    });
}

#[test]
fn an_update_of_many_that_changes_none_is_not_found() {
    let list = Shop::new(
        "rpc Get(Request) returns (Reply);",
        "message Request { string what = 1; } message Reply { repeated Row rows = 2; } message Row { int64 n = 1; }",
    )
    .schema(SCHEMA)
    .sql("Get.sql", "UPDATE log SET n = n + 10 WHERE what = :what RETURNING n");
    on_both(&list, async |served| {
        assert_eq!(served.get(r#"{"what": "x"}"#).await.unwrap_err().reason, Reason::ResourceNotFound);
    });
}

#[test]
fn a_part_that_takes_longer_than_it_may_takes_everything_back() {
    let shop = Shop::new(
        "rpc Get(Request) returns (Reply);",
        "message Request {} message Reply { Row a = 1; Row b = 2 [(meanwhile.v1.part) = {timeout: {nanos: 50000000}}]; }
         message Row { int64 n = 1; }",
    )
    .schema(SCHEMA)
    .sql("Get/a.sql", "INSERT INTO log VALUES (1, 'a') RETURNING n")
    .sql("Get/b.sql", "SELECT 1::bigint AS n FROM pg_sleep(600)");
    on_postgres(&shop, async |served| {
        assert_eq!(served.get("{}").await.unwrap_err().reason, Reason::DeadlineExceeded);
        assert_eq!(served.psql("SELECT count(*) FROM log"), "0");
        assert_eq!(served.get("{}").await.unwrap_err().reason, Reason::DeadlineExceeded);
    });
}

#[test]
fn a_later_step_takes_what_many_rows_returned_as_an_array() {
    let shop = Shop::new(
        "rpc Get(Request) returns (Reply);",
        "message Request { int64 n = 1; } message Reply { repeated Row rows = 1; Row last = 4; } message Row { int64 n = 1; string what = 2; }",
    )
    .schema(SCHEMA)
    .sql("Get/rows.sql", "INSERT INTO log SELECT 1, 'a' WHERE :n > 0 UNION ALL SELECT 2, 'b' WHERE :n > 1 RETURNING n, what")
    .sql("Get/_2_mark.postgres.sql", "UPDATE log SET what = what || '!' WHERE n = ANY(:rows.n)")
    .sql("Get/_2_mark.sqlite.sql", "UPDATE log SET what = what || '!' WHERE n IN (SELECT value FROM json_each(:rows.n))")
    .sql("Get/last.sql", "SELECT n, what FROM log ORDER BY n DESC LIMIT 1");
    on_both(&shop, async |served| {
        assert_eq!(
            served.get(r#"{"n": 2}"#).await.unwrap(),
            r#"{"rows":[{"n":"1","what":"a"},{"n":"2","what":"b"}],"last":{"n":"2","what":"b!"}}"#
        );
        // Of no rows the step changes none.
        assert_eq!(served.get("{}").await.unwrap_err().reason, Reason::ResourceNotFound);
    });
}
