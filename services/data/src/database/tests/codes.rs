//! What a client learns of an error, by SQLSTATE on PostgreSQL and by result code on SQLite.

use meanwhile_proto::errors::Reason;

use crate::database::errors::{Outcome, Stake, outcome};
use crate::fixture::{Shop, on_both, on_postgres, on_sqlite};

/// A method that runs `sql` with `:x`, an `optional int64`, over the tables that break.
fn breaking(sql: &str) -> Shop {
    Shop::writing("message Request { optional int64 x = 1; } message Reply {}", sql).schema(
        "CREATE TABLE parents (id bigint PRIMARY KEY);
         CREATE TABLE t (
            id bigint PRIMARY KEY, parent bigint REFERENCES parents, stars integer CONSTRAINT t_stars CHECK (stars > 0),
            name text NOT NULL DEFAULT 'x');
         INSERT INTO parents VALUES (1); INSERT INTO t VALUES (1, 1, 1, 'one')",
    )
}

fn check(sql: &str, reason: Reason, metadata: &[(&'static str, &str)]) {
    on_both(&breaking(sql), async |served| {
        let fault = served.get(r#"{"x": 1}"#).await.expect_err(sql);
        assert_eq!(fault.reason, reason, "{sql}: {fault}");
        for (key, value) in metadata {
            assert!(fault.metadata.contains(&(key, (*value).to_owned())), "{sql}: {:?}", fault.metadata);
        }
        assert!(!fault.message.contains("t_") && fault.detail.is_some(), "{fault:?}");
        // The connection serves on.
        served.get(r#"{"x": 1}"#).await.expect_err(sql);
    });
}

#[test]
fn a_broken_constraint_is_told_by_its_kind() {
    check("INSERT INTO t (id) VALUES (:x)", Reason::UniqueViolation, &[]);
    check("INSERT INTO t (id, parent) VALUES (2, :x + 5)", Reason::ForeignKeyViolation, &[]);
    check("DELETE FROM parents WHERE id = :x", Reason::ForeignKeyViolation, &[]);
    check(
        "INSERT INTO t (id, stars) VALUES (2, :x - 1)",
        Reason::CheckViolation,
        &[("constraint", "t_stars")],
    );
    check("INSERT INTO t (id, name) VALUES (:x + 1, NULL)", Reason::NotNullViolation, &[("column", "name")]);
}

#[test]
fn an_update_or_delete_of_no_rows_is_not_found_and_an_insert_of_none_is_not() {
    for sql in ["UPDATE t SET stars = 2 WHERE id = :x", "DELETE FROM t WHERE id = :x"] {
        on_both(&breaking(sql), async |served| {
            assert_eq!(served.get(r#"{"x": 5}"#).await.unwrap_err().reason, Reason::ResourceNotFound);
            assert_eq!(served.get(r#"{"x": 1}"#).await.unwrap(), "{}");
        });
    }
    on_both(&breaking("INSERT INTO t (id) VALUES (:x) ON CONFLICT DO NOTHING"), async |served| {
        for _ in 0..2 {
            assert_eq!(served.get(r#"{"x": 1}"#).await.unwrap(), "{}");
        }
    });
}

/// A method that fails with the SQLSTATE that its request names.
fn raising() -> Shop {
    Shop::writing("message Request { string code = 1; } message Reply {}", "SELECT fail(:code)").schema(
        "CREATE FUNCTION fail(code text) RETURNS void LANGUAGE plpgsql AS
         $$ BEGIN RAISE EXCEPTION 'secret words' USING ERRCODE = code; END $$",
    )
}

#[test]
fn every_class_of_sqlstate_has_its_reason() {
    on_postgres(&raising(), async |served| {
        for (code, reason) in [
            ("22003", Reason::ValueRejected),
            ("22001", Reason::ValueRejected),
            ("22P02", Reason::ValueRejected),
            ("23505", Reason::UniqueViolation),
            ("23503", Reason::ForeignKeyViolation),
            ("23001", Reason::ForeignKeyViolation),
            ("23502", Reason::NotNullViolation),
            ("23514", Reason::CheckViolation),
            ("23P01", Reason::CheckViolation),
            ("40001", Reason::SerializationFailure),
            ("40P01", Reason::Deadlock),
            ("55P03", Reason::SerializationFailure),
            ("57014", Reason::DeadlineExceeded),
            ("53100", Reason::DatabaseUnreachable),
            ("53300", Reason::DatabaseUnreachable),
            ("42P01", Reason::MethodBroken),
            ("42703", Reason::MethodBroken),
            ("0A000", Reason::MethodBroken),
            ("42501", Reason::DatabaseError),
            ("P0001", Reason::DatabaseError),
            ("XX000", Reason::DatabaseError),
        ] {
            let fault = served.get(&format!(r#"{{"code": "{code}"}}"#)).await.expect_err(code);
            assert_eq!(fault.reason, reason, "{code}");
            assert!(!fault.message.contains("secret"), "{code}: {}", fault.message);
            assert!(fault.detail.as_ref().unwrap().contains("secret words"), "{code}");
        }
    });
}

#[test]
fn what_sqlite_says_has_its_reason_too() {
    for (sql, reason) in [
        ("INSERT INTO strict VALUES ('a' || :x)", Reason::ValueRejected),
        ("INSERT INTO parents VALUES ('a' || :x)", Reason::ValueRejected),
        ("SELECT json('{' || :x)", Reason::ValueRejected),
        ("SELECT abs(-9223372036854775807 - :x)", Reason::ValueRejected),
    ] {
        let shop = breaking(sql).with("migrations/2_strict.sql", "CREATE TABLE strict (n INTEGER) STRICT; DROP TABLE t; DROP TABLE parents; CREATE TABLE parents (id INTEGER PRIMARY KEY)");
        on_sqlite(&shop, async |served| {
            let fault = served.get(r#"{"x": 1}"#).await.expect_err(sql);
            assert_eq!(fault.reason, reason, "{sql}: {fault}");
        });
    }
}

#[test]
fn a_broken_connection_leaves_the_fate_of_a_write_and_of_a_commit_open_and_of_nothing_else() {
    let broken = || sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into());
    for (stake, expected) in [
        (Stake::Read, Reason::ConnectionLost),
        (Stake::Uncommitted, Reason::ConnectionLost),
        (Stake::Write, Reason::WriteOutcomeUnknown),
        (Stake::Commit, Reason::WriteOutcomeUnknown),
    ] {
        let Outcome::Lost(fault) = outcome(&broken(), stake) else { panic!("the connection is of no use") };
        assert_eq!(fault.reason, expected);
    }
}
