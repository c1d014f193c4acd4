//! Calls that nobody waits for any more: their statement ends on the server, and their connection serves on.

use std::time::Duration;

use crate::fixture::{Served, Shop, on_both, on_postgres, on_sqlite, on_telling_postgres};

const MESSAGES: &str = "message Request { int32 n = 1; } message Reply { int64 n = 1; }";

/// Longer than any test may take, and far longer than what it waits for takes.
const BOUND: Duration = Duration::from_secs(30);

fn methods() -> Shop {
    let methods = "rpc Get(Request) returns (Reply) { option idempotency_level = NO_SIDE_EFFECTS; }
                   rpc Slow(Request) returns (Reply) { option idempotency_level = NO_SIDE_EFFECTS; }
                   rpc SlowWrite(Request) returns (Reply); rpc Write(Request) returns (Reply);";
    let endless = "WITH RECURSIVE endless (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM endless) SELECT count(*) AS n FROM endless";
    Shop::new(methods, MESSAGES)
        .sql("Get.sql", "SELECT count(*) AS n FROM t")
        .sql("Slow.sql", endless)
        .sql("Slow.postgres.sql", "SELECT 1::bigint AS n FROM pg_sleep(600)")
        .sql("SlowWrite.sql", "INSERT INTO t WITH RECURSIVE endless (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM endless) SELECT max(n) FROM endless RETURNING n")
        .sql("SlowWrite.postgres.sql", "INSERT INTO t SELECT 1 FROM pg_sleep(600) RETURNING n::bigint")
        .sql("Write.sql", "INSERT INTO t VALUES (:n) RETURNING CAST(n AS bigint) AS n")
        .schema("CREATE TABLE t (n integer)")
}

/// Starts a call and leaves it when it has run for a moment.
async fn leave(served: &Served, method: &str) {
    let left = tokio::time::timeout(Duration::from_millis(100), served.call(method, "{}")).await;
    assert!(left.is_err(), "{method} ended by itself: {left:?}");
}

async fn answered(served: &Served, method: &str) -> String {
    let reply = tokio::time::timeout(BOUND, served.call(method, r#"{"n": 7}"#)).await;
    reply.expect("no connection came back").unwrap()
}

#[test]
fn every_connection_comes_back_from_reads_that_were_left() {
    on_both(&methods(), async |served| {
        for _ in 0..2 {
            tokio::join!(leave(served, "Slow"), leave(served, "Slow"));
            assert_eq!(answered(served, "Get").await, "{}");
        }
    });
}

#[test]
fn a_write_that_was_left_did_nothing_and_the_next_one_is_done() {
    on_both(&methods(), async |served| {
        leave(served, "SlowWrite").await;
        assert_eq!(answered(served, "Write").await, r#"{"n":"7"}"#);
        assert_eq!(answered(served, "Get").await, r#"{"n":"1"}"#);
    });
}

#[test]
fn nothing_is_left_running_on_the_server() {
    on_postgres(&methods(), async |served| {
        tokio::join!(leave(served, "Slow"), leave(served, "SlowWrite"));
        tokio::join!(answered(served, "Get"), answered(served, "Get"));
        let running = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep%' AND state = 'active' AND pid <> pg_backend_pid()";
        served.wait_for_psql(running, "0");
    });
}

#[test]
fn readers_of_sqlite_do_not_wait_for_its_writer() {
    on_sqlite(&methods(), async |served| {
        let write = served.call("SlowWrite", "{}");
        let read = async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            answered(served, "Get").await
        };
        tokio::select! {
            reply = write => panic!("{reply:?}"),
            reply = read => assert_eq!(reply, "{}"),
        }
    });
}

#[test]
fn closing_does_not_wait_for_what_was_left_longer_than_it_takes_to_end_it() {
    on_both(&methods(), async |served| {
        leave(served, "Slow").await;
        tokio::time::timeout(BOUND, served.database.close()).await.expect("closing hangs");
    });
}

#[test]
fn cancels_open_no_session() {
    on_telling_postgres(&methods(), async |served, cluster| {
        served.database.warm().await;
        let opened = || cluster.log().matches("application_name=meanwhile-data").count();
        let before = opened();
        assert_eq!(before, 3, "two of the pool, and one for cancels");
        for _ in 0..20 {
            tokio::join!(leave(served, "Slow"), leave(served, "SlowWrite"));
        }
        tokio::join!(answered(served, "Get"), answered(served, "Get"));
        assert_eq!(opened(), before);
    });
}
