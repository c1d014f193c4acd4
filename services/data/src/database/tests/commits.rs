//! COMMIT: what is refused there, what is not cancelled from there on, and what nobody knows of when it gets no answer.

use meanwhile_proto::errors::Reason;

use crate::fixture::{Served, Shop, on_both, on_postgres};

const CONTRACT: &str = "rpc Create(Request) returns (Reply);
    rpc Get(Nothing) returns (Count) { option idempotency_level = NO_SIDE_EFFECTS; }";
const MESSAGES: &str = "message Nothing {} message Request { int64 n = 1; } message Count { int64 n = 1; }
    message Reply { Row one = 1; Row two = 2; } message Row { int64 n = 1; }";

fn shop(schema: &str) -> Shop {
    Shop::new(CONTRACT, MESSAGES)
        .schema(schema)
        .sql("Create/one.sql", "INSERT INTO t VALUES (:n) RETURNING CAST(n AS bigint) AS n")
        .sql("Create/two.sql", "INSERT INTO t VALUES (:one.n) RETURNING CAST(n AS bigint) AS n")
        .sql("Get.sql", "SELECT count(*) AS n FROM t")
}

/// A table whose rows are looked at when they are committed: by `body`, where the first parameter is the row's number.
fn at_commit(body: &str) -> Shop {
    shop(&format!(
        "CREATE TABLE t (n bigint);
         CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; RETURN NULL; END $$;
         CREATE CONSTRAINT TRIGGER looked AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION look()"
    ))
}

/// Every COMMIT waits for a lock that `held` holds.
fn slow() -> Shop {
    at_commit("PERFORM pg_advisory_xact_lock_shared(1)")
}

async fn held(served: &Served) -> sqlx::postgres::PgConnection {
    let mut session = served.session().await;
    sqlx::raw_sql("SELECT pg_advisory_lock(1)").execute(&mut session).await.unwrap();
    session
}

async fn let_go(session: &mut sqlx::postgres::PgConnection) {
    sqlx::raw_sql("SELECT pg_advisory_unlock(1)").execute(session).await.unwrap();
}

#[test]
fn what_is_refused_at_the_commit_is_told_as_anywhere_and_takes_everything_back() {
    let schema = "CREATE TABLE parents (n integer PRIMARY KEY); INSERT INTO parents VALUES (1);
        CREATE TABLE t (n integer REFERENCES parents DEFERRABLE INITIALLY DEFERRED)";
    on_both(&shop(schema), async |served| {
        for _ in 0..3 {
            let fault = served.call("Create", r#"{"n": 2}"#).await.unwrap_err();
            assert_eq!(fault.reason, Reason::ForeignKeyViolation);
        }
        assert_eq!(served.get("{}").await.unwrap(), "{}");
        served.call("Create", r#"{"n": 1}"#).await.unwrap();
        assert_eq!(served.get("{}").await.unwrap(), r#"{"n":"2"}"#);
    });
}

#[test]
fn transactions_that_could_not_be_ordered_are_told_at_the_commit_too() {
    on_postgres(&at_commit("RAISE EXCEPTION 'no' USING ERRCODE = '40001'"), async |served| {
        let fault = served.call("Create", r#"{"n": 1}"#).await.unwrap_err();
        assert_eq!(fault.reason, Reason::SerializationFailure);
        assert_eq!(served.get("{}").await.unwrap(), "{}");
    });
}

#[test]
fn a_commit_that_was_sent_is_not_cancelled_when_its_caller_leaves() {
    on_postgres(&slow(), async |served| {
        let mut holder = held(served).await;
        {
            let mut call = std::pin::pin!(served.call("Create", r#"{"n": 1}"#));
            let waits = async { served.lock_waiters(1).await };
            tokio::select! {
                reply = &mut call => panic!("{reply:?}"),
                _ = async { tokio::task::yield_now().await; waits.await } => {}
            }
        }
        let_go(&mut holder).await;
        // The pool's end waits for it.
        served.database.close().await;
        assert_eq!(served.psql("SELECT count(*) FROM t"), "2");
    });
}

#[test]
fn a_session_that_ends_during_its_commit_leaves_an_unknown_outcome() {
    on_postgres(&slow(), async |served| {
        let mut holder = held(served).await;
        let end = async {
            let pid = served.lock_waiters(1).await[0];
            served.psql_as_admin(&format!("SELECT pg_terminate_backend({pid})"));
        };
        let (reply, ()) = tokio::join!(served.call("Create", r#"{"n": 1}"#), end);
        let fault = reply.unwrap_err();
        assert_eq!((fault.reason, fault.reason.code()), (Reason::WriteOutcomeUnknown, tonic::Code::Unknown));
        let_go(&mut holder).await;
        assert_eq!(served.get("{}").await.unwrap(), "{}");
        served.call("Create", r#"{"n": 1}"#).await.unwrap();
    });
}
