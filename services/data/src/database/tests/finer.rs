//! An instant that is finer than its column: refused as it is, and taken where the statement has the database round it, in
//! the words of docs/types.md.

use meanwhile_proto::errors::Reason;

use crate::fixture::{Served, Shop, on_postgres, on_sqlite};

const MESSAGES: &str = "message Request { google.protobuf.Timestamp at = 1; } message Reply { google.protobuf.Timestamp at = 1; }";

const FINE: &str = r#"{"at": "2024-05-01T12:30:00.123456789Z"}"#;

/// Stores an instant by that expression in that column.
fn stored(column: &str, expression: &str) -> Shop {
    Shop::writing(MESSAGES, &format!("INSERT INTO t (at) VALUES ({expression}) RETURNING at"))
        .schema(&format!("CREATE TABLE t (at {column})"))
}

async fn is_refused(served: &Served) {
    assert_eq!(served.get(FINE).await.unwrap_err().reason, Reason::ValueRejected);
}

async fn is_taken(served: &Served, cases: &[(&str, &str)]) {
    for (at, back) in cases {
        let reply = served.get(&format!(r#"{{"at": "{at}"}}"#)).await.unwrap();
        assert_eq!(reply, format!(r#"{{"at":"{back}"}}"#), "{at}");
    }
    assert_eq!(served.get("{}").await.unwrap(), "{}");
}

#[test]
fn a_statement_may_have_sqlite_cut_it_to_seconds() {
    on_sqlite(&stored("integer", ":at"), is_refused);
    on_sqlite(&stored("integer", "unixepoch(:at)"), async |served| {
        is_taken(
            served,
            &[
                ("2024-05-01T12:30:00.123456789Z", "2024-05-01T12:30:00Z"),
                ("2024-05-01T12:30:00Z", "2024-05-01T12:30:00Z"),
                ("1969-12-31T23:59:59.500Z", "1969-12-31T23:59:59Z"),
                ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
                ("9999-12-31T23:59:59.100Z", "9999-12-31T23:59:59Z"),
            ],
        )
        .await;
    });
}

#[test]
fn a_statement_may_have_postgresql_round_it_to_microseconds() {
    on_postgres(&stored("timestamptz", ":at"), is_refused);
    on_postgres(&stored("timestamptz", "CAST(CAST(:at AS text) AS timestamptz)"), async |served| {
        is_taken(
            served,
            &[
                ("2024-05-01T12:30:00.123456789Z", "2024-05-01T12:30:00.123457Z"),
                ("1969-12-31T23:59:59.500Z", "1969-12-31T23:59:59.500Z"),
                ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
            ],
        )
        .await;
    });
}
