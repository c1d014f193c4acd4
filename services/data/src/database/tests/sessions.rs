//! Sessions that end while they are pooled or in use. A read is run again; what may have written never is.

use meanwhile_proto::errors::Reason;

use crate::fixture::{Shop, on_postgres};

/// What ends its own session, after it did something that no rollback takes back: it took a number of a sequence.
const SUICIDE: &str = "SELECT take_and_die() AS n";
const MESSAGES: &str = "message Request {} message Reply { int64 n = 1; }";
const SCHEMA: &str = "
    CREATE TABLE t (n bigint);
    CREATE SEQUENCE taken;
    CREATE FUNCTION take_and_die() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN
        PERFORM nextval('taken');
        PERFORM pg_terminate_backend(pg_backend_pid());
        PERFORM pg_sleep(60);
        RETURN 1;
    END $$";

fn taken(served: &crate::fixture::Served) -> String {
    served.psql("SELECT nextval('taken') - 1")
}

#[test]
fn a_read_is_run_once_more_and_then_told() {
    on_postgres(&Shop::reading(MESSAGES, SUICIDE).schema(SCHEMA), async |served| {
        assert_eq!(served.get("{}").await.unwrap_err().reason, Reason::ConnectionLost);
        assert_eq!(taken(served), "2");
    });
}

#[test]
fn a_method_that_does_not_promise_to_read_only_is_run_once_whatever_its_statement_looks_like() {
    on_postgres(&Shop::writing(MESSAGES, SUICIDE).schema(SCHEMA), async |served| {
        assert_eq!(served.get("{}").await.unwrap_err().reason, Reason::DatabaseUnreachable);
        assert_eq!(taken(served), "1");
    });
}

#[test]
fn a_write_whose_session_is_ended_is_not_done_and_not_run_again() {
    let sql = "INSERT INTO t SELECT take_and_die()";
    on_postgres(&Shop::writing("message Request {} message Reply {}", sql).schema(SCHEMA), async |served| {
        assert_eq!(served.get("{}").await.unwrap_err().reason, Reason::DatabaseUnreachable);
        assert_eq!((served.psql("SELECT count(*) FROM t"), taken(served)), ("0".to_owned(), "1".to_owned()));
    });
}

#[test]
fn a_read_does_not_see_that_every_pooled_session_was_ended() {
    let shop = Shop::reading("message Request {} message Reply { int64 n = 1; }", "SELECT 7::bigint AS n")
        .schema(SCHEMA);
    on_postgres(&shop, async |served| {
        for _ in 0..3 {
            served.database.warm().await;
            served.end_sessions();
            assert_eq!(served.get("{}").await.unwrap(), r#"{"n":"7"}"#);
        }
    });
}

#[test]
fn a_write_on_a_session_that_was_ended_in_the_pool_is_told_as_not_done_and_the_next_one_is_done() {
    let shop =
        Shop::writing("message Request {} message Reply {}", "INSERT INTO t VALUES (1)").schema(SCHEMA);
    on_postgres(&shop, async |served| {
        served.database.warm().await;
        served.end_sessions();
        let first = served.get("{}").await;
        // Where the server's last words arrived it is known that nothing was done, else it is not.
        let reason = first.unwrap_err().reason;
        assert!(matches!(reason, Reason::DatabaseUnreachable | Reason::WriteOutcomeUnknown), "{reason:?}");
        served.get("{}").await.unwrap();
        assert_eq!(served.psql("SELECT count(*) FROM t"), "1");
    });
}
