//! What SQLite keeps of a parameter, by what the column it stands beside was declared as.

use crate::fixture::{Shop, on_sqlite};

const ENUM: &str = "enum Status { STATUS_UNSPECIFIED = 0; STATUS_OPEN = 1; STATUS_SOLD_OUT = 2; }";

/// A method that stores `x` in a column of that type, and says what is kept.
fn storing(field: &str, column: &str) -> Shop {
    let messages =
        format!("message Request {{ {field} x = 1; }} message Reply {{ string kept = 1; }} {ENUM}");
    Shop::writing(&messages, "INSERT INTO t (x) VALUES (:x) RETURNING typeof(x) || ' ' || x AS kept")
        .schema(&format!("CREATE TABLE t (x {column})"))
}

fn kept(field: &str, column: &str, request: &str) -> String {
    let mut kept = String::new();
    on_sqlite(&storing(field, column), async |served| {
        let reply = served.get(&format!(r#"{{"x": {request}}}"#)).await;
        kept = reply.unwrap_or_else(|fault| format!("{} {}", fault.reason.as_str(), fault.message));
    });
    kept.trim_start_matches(r#"{"kept":""#).trim_end_matches(r#""}"#).to_owned()
}

#[test]
fn an_enum_is_its_short_name_in_a_column_of_text_and_its_number_elsewhere() {
    for column in ["TEXT", "VARCHAR(20)"] {
        assert_eq!(kept("Status", column, "2"), "text sold_out", "{column}");
    }
    for column in ["INTEGER", "int", ""] {
        assert_eq!(kept("Status", column, "2"), "integer 2", "{column}");
    }
    assert!(kept("Status", "TEXT", "7").starts_with("VALUE_REJECTED the enum has no value"));
}

#[test]
fn instants_and_durations_are_text_or_whole_seconds() {
    let at = "google.protobuf.Timestamp";
    assert_eq!(kept(at, "TEXT", "\"2024-05-01T12:00:00.5Z\""), "text 2024-05-01T12:00:00.500000000Z");
    assert_eq!(kept(at, "DATETIME", "\"2024-05-01T12:00:00Z\""), "text 2024-05-01T12:00:00.000000000Z");
    assert_eq!(kept(at, "INTEGER", "\"1969-12-31T23:59:59Z\""), "integer -1");
    assert!(
        kept(at, "INTEGER", "\"1969-12-31T23:59:59.5Z\"").starts_with("VALUE_REJECTED its column is one of")
    );
    assert_eq!(kept("google.protobuf.Duration", "TEXT", "\"3.5s\""), "text 3.500s");
    assert_eq!(kept("google.protobuf.Duration", "INTEGER", "\"-90s\""), "integer -90");
}

#[test]
fn dates_decimals_and_json_are_text_and_booleans_are_numbers() {
    assert_eq!(
        kept("google.type.Date", "TEXT", r#"{"year": 2024, "month": 2, "day": 29}"#),
        "text 2024-02-29"
    );
    assert_eq!(
        kept("google.type.TimeOfDay", "TEXT", r#"{"hours": 7, "nanos": 5000}"#),
        "text 07:00:00.000005"
    );
    assert_eq!(kept("google.type.Decimal", "TEXT", r#"{"value": "1.10"}"#), "text 1.10");
    assert_eq!(kept("repeated int64", "TEXT", r#"["9007199254740993", "1"]"#), "text [9007199254740993,1]");
    assert_eq!(kept("map<string, bool>", "TEXT", r#"{"a": true}"#), r#"text {\"a\":true}"#);
    assert_eq!(kept("bool", "INTEGER", "true"), "integer 1");
    assert!(kept("double", "REAL", "\"NaN\"").starts_with("VALUE_REJECTED SQLite has no NaN"));
}

#[test]
fn a_filter_by_an_enum_finds_the_rows_that_have_its_name() {
    let messages = format!(
        "message Request {{ optional Status status = 1; repeated Status any = 2; }} message Reply {{ repeated Row rows = 1; }}
         message Row {{ int64 id = 1; Status status = 2; }} {ENUM}"
    );
    let sql = "SELECT id, status FROM t AS x WHERE (:status IS NULL OR x.status = :status)
        AND (json_array_length(:any) = 0 OR status IN (SELECT value FROM json_each(:any))) ORDER BY id";
    let shop = Shop::reading(&messages, sql).schema(
        "CREATE TABLE t (id integer, status text); INSERT INTO t VALUES (1, 'open'), (2, 'sold_out')",
    );
    on_sqlite(&shop, async |served| {
        let open = r#"{"rows":[{"id":"1","status":"STATUS_OPEN"}]}"#;
        assert_eq!(served.get(r#"{"status": 1}"#).await.unwrap(), open);
        assert!(served.get("{}").await.unwrap().contains("SOLD_OUT"));
    });
}

#[test]
fn instants_of_text_columns_compare_in_their_order() {
    let shop = Shop::reading(
        "message Request { google.protobuf.Timestamp since = 1; } message Reply { int64 n = 1; }",
        "SELECT count(*) AS n FROM t WHERE at > :since",
    )
    .schema("CREATE TABLE t (at text); INSERT INTO t VALUES ('2024-05-01T12:00:00.000000000Z'), ('2024-05-01T12:00:00.500000000Z')");
    on_sqlite(&shop, async |served| {
        for (since, count) in
            [("2024-05-01T12:00:00Z", "1"), ("2024-05-01T12:00:00.25Z", "1"), ("2024-05-01T11:59:59.9Z", "2")]
        {
            let reply = served.get(&format!(r#"{{"since": "{since}"}}"#)).await.unwrap();
            assert_eq!(reply, format!(r#"{{"n":"{count}"}}"#), "{since}");
        }
    });
}

#[test]
fn what_a_column_of_numbers_can_never_hold_is_told() {
    for (field, column) in [
        ("Inner", "INTEGER"),
        ("repeated int32", "INTEGER"),
        ("bytes", "REAL"),
        ("google.type.Date", "INTEGER"),
        ("map<string, string>", "REAL"),
    ] {
        let messages = format!(
            "message Request {{ {field} x = 1; }} message Inner {{ int32 y = 1; }} message Reply {{ int64 n = 1; }}"
        );
        let shop = Shop::reading(&messages, "SELECT count(*) AS n FROM t WHERE\nx = :x")
            .schema(&format!("CREATE TABLE t (x {column})"));
        on_sqlite(&shop, async |served| {
            let found = served.findings();
            assert!(
                found.len() == 1 && found[0].contains("Get.sql:2:5: SQLite keeps "),
                "{field}: {found:?}"
            );
        });
    }
}
