//! Writes of several parts: all of it or nothing, whatever goes wrong and whenever the caller leaves.

use std::future::Future;
use std::pin::pin;
use std::task::Poll;

use meanwhile_proto::errors::Reason;

use crate::fixture::{Served, Shop, on_both, on_postgres};

const CONTRACT: &str = "rpc Create(Request) returns (Reply);
    rpc Get(Nothing) returns (Count) { option idempotency_level = NO_SIDE_EFFECTS; }";

const MESSAGES: &str =
    "message Nothing {} message Count { int64 orders = 1; int64 items = 2; int64 logs = 3; }
    message Request { string customer = 1; int64 quantity = 2; string text = 3; int64 id = 4; }
    message Reply { Order order = 1; Item item = 2; Log log = 3; }
    message Order { int64 id = 1; string customer = 2; }
    message Item { int64 order_id = 1; int64 quantity = 2; }
    message Log { string text = 1; }";

const SCHEMA: &str = "
    CREATE TABLE orders (id integer PRIMARY KEY, customer text NOT NULL);
    CREATE TABLE items (order_id integer NOT NULL REFERENCES orders, quantity integer NOT NULL CHECK (quantity > 0));
    CREATE TABLE logs (text text NOT NULL UNIQUE)";

/// An order with one item, and a line in a log.
fn shop() -> Shop {
    Shop::new(CONTRACT, MESSAGES)
        .schema(SCHEMA)
        .sql("Create/order.sql", "INSERT INTO orders VALUES (:id, :customer) RETURNING id, customer")
        .sql("Create/item.sql", "INSERT INTO items VALUES (:order.id, :quantity) RETURNING order_id, quantity")
        .sql("Create/log.sql", "INSERT INTO logs VALUES (:text) RETURNING text")
        .sql("Get.sql", "SELECT (SELECT count(*) FROM orders) AS orders, (SELECT count(*) FROM items) AS items, (SELECT count(*) FROM logs) AS logs")
}

async fn counted(served: &Served) -> String {
    served.get("{}").await.unwrap()
}

const ALL: &str = r#"{"orders":"1","items":"1","logs":"1"}"#;
const GOOD: &str = r#"{"id": 1, "customer": "Ada", "quantity": 2, "text": "made"}"#;
const BETTER: &str = r#"{"id": 2, "customer": "Ada", "quantity": 2, "text": "better"}"#;

/// The request of the call of that number.
fn numbered(n: usize) -> String {
    format!(r#"{{"id": {n}, "customer": "Ada", "quantity": 1, "text": "{n}"}}"#)
}

#[test]
fn a_later_part_sees_what_an_earlier_one_returned() {
    on_both(&shop(), async |served| {
        let reply = served.call("Create", GOOD).await.unwrap();
        assert_eq!(
            reply,
            r#"{"order":{"id":"1","customer":"Ada"},"item":{"orderId":"1","quantity":"2"},"log":{"text":"made"}}"#
        );
        assert_eq!(counted(served).await, ALL);
    });
}

#[test]
fn a_fault_in_any_statement_takes_back_those_before_it() {
    on_both(&shop(), async |served| {
        served.call("Create", GOOD).await.unwrap();
        let in_the_second = served.call("Create", r#"{"id": 2, "text": "other"}"#).await.unwrap_err();
        assert_eq!(in_the_second.reason, Reason::CheckViolation);
        let in_the_third = served.call("Create", &BETTER.replace("better", "made")).await.unwrap_err();
        assert_eq!(in_the_third.reason, Reason::UniqueViolation);
        assert_eq!(counted(served).await, ALL);
    });
}

#[test]
fn parts_run_in_order_of_what_they_need_and_else_of_their_numbers() {
    let shop = Shop::new(
        "rpc Get(Nothing) returns (Reply);",
        "message Nothing {} message Reply { Row c = 1; Row a = 2; Row b = 3; } message Row { int64 n = 1; }",
    )
    .schema("CREATE TABLE t (n integer)")
    .sql("Get/a.sql", "INSERT INTO t SELECT count(*) FROM t RETURNING n")
    .sql("Get/b.sql", "INSERT INTO t SELECT count(*) FROM t RETURNING n")
    .sql("Get/c.sql", "INSERT INTO t SELECT count(*) FROM t WHERE :b.n >= 0 RETURNING n");
    on_both(&shop, async |served| {
        assert_eq!(served.get("{}").await.unwrap(), r#"{"c":{"n":"2"},"a":{},"b":{"n":"1"}}"#);
    });
}

#[test]
fn a_reply_that_cannot_be_sent_takes_everything_back() {
    let shop = shop().sql("Create/log.sql", "INSERT INTO logs VALUES (:text) RETURNING :customer AS text");
    on_both(&shop, async |served| {
        for customer in ["x".repeat(2 << 20), "x".repeat(600 << 10)] {
            let request = GOOD.replace("Ada", &customer);
            assert_eq!(served.call("Create", &request).await.unwrap_err().reason, Reason::ReplyTooLarge);
        }
        assert_eq!(counted(served).await, "{}");
        served.call("Create", GOOD).await.unwrap();
    });
}

/// Drops a future after a number of polls; none when it was not ready by then. `sent` drops it right after its last
/// poll, else it is dropped when it could go on.
async fn left_after<F: Future>(polls: usize, sent: bool, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut polled = 0;
    std::future::poll_fn(|context| {
        if polled == polls {
            return Poll::Ready(None);
        }
        polled += 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if sent && polled == polls => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

#[test]
fn a_caller_that_leaves_at_any_moment_leaves_all_or_nothing_and_every_connection() {
    on_both(&shop(), async |served| {
        for sent in [false, true] {
            let mut done = None;
            for n in 0..1_000 {
                let request = numbered(if sent { 1_000 + n } else { n });
                if let Some(reply) = left_after(n, sent, served.call("Create", &request)).await {
                    reply.unwrap();
                    done = Some(n);
                    break;
                }
                // Both connections there are serve on, and see all of the write or nothing.
                let (one, two) = tokio::join!(counted(served), counted(served));
                for counted in [one, two] {
                    let counts: serde_json::Value = serde_json::from_str(&counted).unwrap();
                    assert_eq!(counts["orders"], counts["items"], "left after {n}");
                    assert_eq!(counts["items"], counts["logs"], "left after {n}");
                }
            }
            assert!(done.is_some_and(|polls| polls > 0), "{done:?}");
        }
    });
}

#[test]
fn no_session_is_left_inside_a_transaction() {
    on_postgres(&shop(), async |served| {
        for n in 0..40 {
            left_after(n, n % 2 == 0, served.call("Create", &numbered(n))).await;
        }
        tokio::join!(counted(served), counted(served));
        let sessions = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'meanwhile-data'";
        served.wait_for_psql(&format!("{sessions} AND state <> 'idle'"), "0");
        assert_eq!(served.psql_as_admin(sessions), "2");
    });
}

#[test]
fn a_session_that_ends_in_the_middle_took_nothing_along() {
    let shop = shop().sql(
        "Create/item.sql",
        "INSERT INTO items SELECT :order.id, :quantity FROM pg_advisory_xact_lock(1) RETURNING order_id, quantity",
    );
    on_postgres(&shop, async |served| {
        let mut holder = served.session().await;
        sqlx::raw_sql("SELECT pg_advisory_lock(1)").execute(&mut holder).await.unwrap();
        let end = async {
            served.psql_as_admin(&format!("SELECT pg_terminate_backend({})", served.lock_waiters(1).await[0]))
        };
        let (reply, _) = tokio::join!(served.call("Create", GOOD), end);
        let fault = reply.unwrap_err();
        assert_eq!(fault.reason.code(), tonic::Code::Unavailable, "{fault}");
        sqlx::raw_sql("SELECT pg_advisory_unlock(1)").execute(&mut holder).await.unwrap();
        assert_eq!(counted(served).await, "{}");
        served.call("Create", GOOD).await.unwrap();
        assert_eq!(counted(served).await, ALL);
    });
}

#[test]
fn a_write_does_not_see_that_every_pooled_session_was_ended() {
    on_postgres(&shop(), async |served| {
        served.database.warm().await;
        served.end_sessions();
        served.call("Create", GOOD).await.unwrap();
        assert_eq!(counted(served).await, ALL);
    });
}

#[test]
fn a_statement_that_has_to_be_prepared_anew_is_and_the_write_happens_once() {
    let shop = shop().sql("Create/log.sql", "INSERT INTO logs VALUES (:text) RETURNING *");
    on_postgres(&shop, async |served| {
        served.call("Create", GOOD).await.unwrap();
        served.psql("ALTER TABLE logs ADD COLUMN more text");
        served.call("Create", BETTER).await.unwrap();
        assert_eq!(counted(served).await, r#"{"orders":"2","items":"2","logs":"2"}"#);
    });
}

#[test]
fn of_two_writes_that_wait_for_each_other_one_is_aborted_and_the_other_done() {
    let methods = "rpc Up(N) returns (R); rpc Down(N) returns (R); rpc Get(N) returns (R) { option idempotency_level = NO_SIDE_EFFECTS; }";
    let messages = "message N {} message R { Row a = 1; Row b = 2; } message Row { int64 n = 1; }";
    let update = |id: u32| {
        format!(
            "WITH met AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared({id})) UPDATE t SET n = n + 1 FROM met WHERE id = {id} RETURNING n::bigint"
        )
    };
    let shop = Shop::new(methods, messages)
        .schema("CREATE TABLE t (id integer PRIMARY KEY, n integer NOT NULL); INSERT INTO t VALUES (1, 0), (2, 0)")
        .sql("Up/a.sql", "UPDATE t SET n = n + 1 WHERE id = 1 RETURNING n::bigint")
        .sql("Up/b.sql", &update(2))
        .sql("Down/a.sql", "UPDATE t SET n = n + 1 WHERE id = 2 RETURNING n::bigint")
        .sql("Down/b.sql", &update(1))
        .sql("Get/a.sql", "SELECT n::bigint FROM t WHERE id = 1")
        .sql("Get/b.sql", "SELECT n::bigint FROM t WHERE id = 2");
    on_postgres(&shop, async |served| {
        let mut holder = served.session().await;
        sqlx::raw_sql("SELECT pg_advisory_lock(1), pg_advisory_lock(2)").execute(&mut holder).await.unwrap();
        let let_go = async {
            served.lock_waiters(2).await;
            sqlx::raw_sql("SELECT pg_advisory_unlock_all()").execute(&mut holder).await.unwrap();
        };
        let (up, down, ()) = tokio::join!(served.call("Up", "{}"), served.call("Down", "{}"), let_go);
        let (lost, won): (Vec<_>, Vec<_>) = [up, down].into_iter().partition(Result::is_err);
        assert_eq!((lost[0].as_ref().unwrap_err().reason, won.len()), (Reason::Deadlock, 1));
        assert_eq!(served.get("{}").await.unwrap(), r#"{"a":{"n":"1"},"b":{"n":"1"}}"#);
    });
}
