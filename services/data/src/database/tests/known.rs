//! Messages that stand for one value, as parameters of PostgreSQL.

use crate::fixture::{Shop, on_postgres};

fn echo(field: &str, expression: &str) -> Shop {
    Shop::reading(
        &format!("message Request {{ {field} x = 1; }} message Reply {{ string x = 1; }}"),
        &format!("SELECT ({expression})::text AS x"),
    )
}

fn echoed(field: &str, expression: &str, requests: &[(&str, &str)]) {
    on_postgres(&echo(field, expression), async |served| {
        for (request, expected) in requests {
            let reply = served.get(&format!(r#"{{"x": {request}}}"#)).await;
            let reply = reply.unwrap_or_else(|fault| panic!("{expression} {request}: {fault}"));
            assert_eq!(reply, format!(r#"{{"x":"{expected}"}}"#), "{expression}");
        }
    });
}

#[test]
fn a_duration_is_an_interval() {
    let cases = [
        ("\"3.5s\"", "00:00:03.5"),
        ("\"-0.000001s\"", "-00:00:00.000001"),
        ("\"86400s\"", "24:00:00"),
        ("\"315576000000s\"", "87660000:00:00"),
        ("\"-315576000000s\"", "-87660000:00:00"),
    ];
    echoed("google.protobuf.Duration", ":x::interval", &cases);
    echoed("google.protobuf.Duration", ":x::text", &[("\"3.5s\"", "3.500s")]);
    echoed(
        "google.protobuf.Duration",
        "timestamp '2024-02-28' + :x",
        &[("\"86400s\"", "2024-02-29 00:00:00")],
    );
}

#[test]
fn a_date_is_a_date() {
    let cases = [
        (r#"{"year": 2024, "month": 2, "day": 29}"#, "2024-02-29"),
        (r#"{"year": 1, "month": 1, "day": 1}"#, "0001-01-01"),
        (r#"{"year": 1999, "month": 12, "day": 31}"#, "1999-12-31"),
        (r#"{"year": 9999, "month": 12, "day": 31}"#, "9999-12-31"),
    ];
    for expression in [":x::date", ":x::text", "date '2000-01-01' + (:x - date '2000-01-01')"] {
        echoed("google.type.Date", expression, &cases);
    }
}

#[test]
fn a_time_of_day_is_a_time() {
    let cases = [
        (r#"{}"#, "00:00:00"),
        (r#"{"hours": 23, "minutes": 59, "seconds": 59, "nanos": 999999000}"#, "23:59:59.999999"),
        (r#"{"hours": 24}"#, "24:00:00"),
    ];
    echoed("google.type.TimeOfDay", ":x::time", &cases);
    echoed("google.type.TimeOfDay", ":x::text", &cases);
}

#[test]
fn a_decimal_keeps_each_of_its_digits() {
    let long = format!("{}.{}", "9".repeat(100), "1".repeat(100));
    let long_json = format!(r#"{{"value": "{long}"}}"#);
    let cases = [
        (r#"{"value": "1.10"}"#, "1.10"),
        (r#"{"value": "-.5"}"#, "-0.5"),
        (r#"{"value": "2.5e-8"}"#, "0.000000025"),
        ("{}", "0"),
        (long_json.as_str(), long.as_str()),
    ];
    echoed("google.type.Decimal", ":x::numeric", &cases);
    echoed("google.type.Decimal", ":x::text", &[(r#"{"value": "+1.10"}"#, "+1.10")]);
}

#[test]
fn lists_of_them_are_arrays() {
    echoed(
        "repeated google.type.Date",
        ":x::date[]",
        &[(r#"[{"year": 2024, "month": 2, "day": 29}]"#, "{2024-02-29}")],
    );
    echoed(
        "repeated google.protobuf.Duration",
        ":x::interval[]",
        &[(r#"["1s", "-1s"]"#, "{00:00:01,-00:00:01}")],
    );
    echoed("repeated google.type.Decimal", ":x::numeric[]", &[(r#"[{"value": "1.0"}, {}]"#, "{1.0,0}")]);
    echoed("repeated google.type.TimeOfDay", ":x::time[]", &[(r#"[{"hours": 1}]"#, "{01:00:00}")]);
    echoed("repeated google.protobuf.Int32Value", ":x::int4[]", &[("[1, 0]", "{1,0}")]);
}

#[test]
fn where_postgresql_cannot_tell_a_type_theirs_counts() {
    for (field, request, expected) in [
        ("google.protobuf.Duration", "\"1.5s\"", "interval"),
        ("google.type.Date", r#"{"year": 1, "month": 1, "day": 1}"#, "date"),
        ("google.type.TimeOfDay", r#"{"hours": 1}"#, "time without time zone"),
        ("google.type.Decimal", r#"{"value": "1"}"#, "numeric"),
        ("google.protobuf.Struct", r#"{"a": 1}"#, "jsonb"),
        ("map<string, int32>", r#"{"a": 1}"#, "jsonb"),
        ("repeated google.protobuf.Struct", r#"[{"a": 1}]"#, "jsonb"),
        ("repeated string", r#"["a"]"#, "text[]"),
        ("repeated google.type.Date", r#"[{"year": 1, "month": 1, "day": 1}]"#, "date[]"),
    ] {
        echoed(field, "pg_typeof(:x)", &[(request, expected)]);
    }
}

#[test]
fn what_they_do_not_allow_is_the_fields_fault() {
    for (field, requests) in [
        (
            "google.type.Date",
            &[
                "{}",
                r#"{"year": 2024}"#,
                r#"{"year": 2023, "month": 2, "day": 29}"#,
                r#"{"year": 10000, "month": 1, "day": 1}"#,
                r#"{"year": -1, "month": 1, "day": 1}"#,
                r#"{"month": 5, "day": 1}"#,
            ][..],
        ),
        (
            "google.type.TimeOfDay",
            &[
                r#"{"hours": 25}"#,
                r#"{"hours": 24, "nanos": 1}"#,
                r#"{"seconds": 60}"#,
                r#"{"minutes": -1}"#,
                r#"{"nanos": 1000000000}"#,
            ],
        ),
        (
            "google.type.Decimal",
            &[
                r#"{"value": "NaN"}"#,
                r#"{"value": "1,5"}"#,
                r#"{"value": "."}"#,
                r#"{"value": "1e"}"#,
                r#"{"value": " 1"}"#,
            ],
        ),
    ] {
        on_postgres(&echo(field, ":x::text"), async |served| {
            for request in requests {
                let fault = served.get(&format!(r#"{{"x": {request}}}"#)).await.expect_err(request);
                assert_eq!(
                    (fault.reason.as_str(), fault.field.as_deref()),
                    ("FIELD_INVALID", Some("x")),
                    "{field} {request}: {fault}"
                );
            }
        });
    }
}
