//! Values of requests as parameters: PostgreSQL says which type each has, and what its type cannot take is the field's
//! fault.

use crate::fault::Fault;
use crate::fixture::{Shop, on_both, on_postgres};

/// One field `x` of that type goes into that expression, and its text comes back.
fn echo(field: &str, expression: &str) -> Shop {
    Shop::reading(
        &format!(
            "message Request {{ {field} x = 1; }} message Reply {{ string x = 1; }} enum Status {{ STATUS_UNSPECIFIED = 0; STATUS_OPEN = 1; STATUS_SOLD_OUT = 2; }}"
        ),
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

fn refused(field: &str, expression: &str, requests: &[&str]) {
    on_postgres(&echo(field, expression), async |served| {
        for request in requests {
            let fault = served.get(&format!(r#"{{"x": {request}}}"#)).await.expect_err(expression);
            assert_eq!(fault.reason.as_str(), "VALUE_REJECTED", "{expression} {request}: {fault}");
        }
    });
}

#[test]
fn a_text_may_go_where_postgresql_wants_another_type() {
    let uuid = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11";
    echoed("string", ":x::uuid", &[(&format!("\"{uuid}\""), uuid)]);
    echoed("string", "date '2024-01-01' + (:x - date '2024-01-01')", &[("\"2024-02-03\"", "2024-02-03")]);
    echoed("string", "1.10::numeric + :x", &[("\"2.2\"", "3.30"), ("\"1e-20\"", "1.10000000000000000001")]);
    echoed("string", "'{\"a\": 1}'::jsonb @> :x", &[("\"{}\"", "true"), (r#""{\"a\":2}""#, "false")]);
    echoed("string", "host(:x::inet)", &[("\"::1\"", "::1")]);
    echoed("string", ":x::email", &[("\"a@b\"", "a@b")]);
    echoed("string", "5 + :x", &[("\"37\"", "42")]);
    echoed("string", "interval '1 day' * 2 + :x", &[("\"1 hour\"", "2 days 01:00:00")]);
}

#[test]
fn a_text_that_is_none_of_that_type_is_refused() {
    refused("string", ":x::uuid", &["\"\"", "\"x\""]);
    refused("string", "date '2024-01-01' - :x", &["\"2024-13-01\"", "\"soon\""]);
    refused("string", "1.5::numeric + :x", &["\"one\""]);
    refused("string", "5 + :x", &["\"5.5\"", "\"99999999999999999999\"", "\"99999999999\"", "\"\""]);
    refused("string", "'{}'::jsonb @> :x", &["\"{\""]);
}

#[test]
fn a_domains_check_is_a_check() {
    on_postgres(&echo("string", ":x::email"), async |served| {
        assert_eq!(served.get(r#"{"x": "a"}"#).await.unwrap_err().reason.as_str(), "CHECK_VIOLATION");
    });
}

#[test]
fn integers_go_into_whatever_holds_them() {
    echoed("int64", ":x::int2", &[("\"32767\"", "32767")]);
    echoed("int32", ":x::int8", &[("-2147483648", "-2147483648")]);
    echoed("uint64", ":x::numeric", &[("\"18446744073709551615\"", "18446744073709551615")]);
    echoed("int32", "sqrt(:x)", &[("16", "4")]);
    echoed("int32", "1.5::numeric * :x", &[("3", "4.5")]);
    echoed("int32", ":x::text", &[("-7", "-7")]);
}

#[test]
fn an_integer_outside_its_columns_range_is_its_fields_fault() {
    let shop = echo("uint64", "5::int2 + :x::int2");
    on_postgres(&shop, async |served| {
        for request in ["\"32768\"", "\"9223372036854775807\"", "\"18446744073709551615\""] {
            let Fault { field, reason, message, .. } =
                served.get(&format!(r#"{{"x": {request}}}"#)).await.unwrap_err();
            assert_eq!((reason.as_str(), field.as_deref()), ("VALUE_REJECTED", Some("x")), "{message}");
        }
    });
}

#[test]
fn instants_go_in_with_their_microseconds() {
    echoed(
        "google.protobuf.Timestamp",
        "(:x::timestamptz AT TIME ZONE 'UTC')",
        &[
            ("\"1969-12-31T23:59:59.999999Z\"", "1969-12-31 23:59:59.999999"),
            ("\"0001-01-01T00:00:00Z\"", "0001-01-01 00:00:00"),
            ("\"9999-12-31T23:59:59Z\"", "9999-12-31 23:59:59"),
        ],
    );
    echoed(
        "google.protobuf.Timestamp",
        ":x::timestamp",
        &[("\"2024-05-01T12:00:00Z\"", "2024-05-01 12:00:00")],
    );
    echoed(
        "string",
        "(:x::timestamptz AT TIME ZONE 'UTC')",
        &[("\"2024-05-01 12:00+02\"", "2024-05-01 10:00:00")],
    );
}

#[test]
fn an_enum_goes_in_by_the_databases_own_label() {
    echoed("Status", ":x::status", &[("\"STATUS_OPEN\"", "open"), ("2", "sold_out")]);
    echoed("Status", ":x::\"Loud Status\"", &[("1", "STATUS_OPEN")]);
    echoed("Status", ":x::text", &[("1", "open"), ("2", "sold_out"), ("0", "unspecified")]);
    echoed("Status", ":x::int4", &[("1", "1"), ("7", "7")]);
    refused("Status", ":x::status", &["0", "7"]);
    refused("Status", ":x::text", &["7"]);
}

#[test]
fn bytes_booleans_and_floats_go_in() {
    echoed("bytes", "encode(:x, 'hex')", &[("\"AP8=\"", "00ff")]);
    echoed("bool", "NOT :x", &[("true", "false"), ("false", "true")]);
    echoed("float", ":x::float4", &[("1.1", "1.1")]);
    echoed(
        "double",
        ":x::float8",
        &[("\"NaN\"", "NaN"), ("\"-Infinity\"", "-Infinity"), ("1e300", "1e+300")],
    );
    echoed("double", ":x::numeric", &[("0.1", "0.1"), ("\"NaN\"", "NaN")]);
}

#[test]
fn wrappers_are_their_value_or_null() {
    let shop = echo("google.protobuf.Int32Value", "COALESCE(:x::int4, -1)");
    on_postgres(&shop, async |served| {
        for (request, reply) in [("{}", "-1"), (r#"{"x": 0}"#, "0"), (r#"{"x": 5}"#, "5")] {
            assert_eq!(served.get(request).await.unwrap(), format!(r#"{{"x":"{reply}"}}"#));
        }
    });
}

#[test]
fn where_postgresql_cannot_tell_a_type_the_fields_counts() {
    for (field, request, expected) in [
        ("optional string", "\"NL\"", "NL"),
        ("optional int32", "5", "5"),
        ("optional int64", "\"5\"", "5"),
        ("optional uint64", "\"18446744073709551615\"", "18446744073709551615"),
        ("optional bool", "true", "true"),
        ("optional double", "1.5", "1.5"),
        ("google.protobuf.BoolValue", "true", "true"),
        ("optional Status", "1", "1"),
    ] {
        let sql = "CASE WHEN :x IS NULL THEN 'none' ELSE :x::text END";
        on_postgres(&echo(field, sql), async |served| {
            assert_eq!(served.get("{}").await.unwrap(), r#"{"x":"none"}"#, "{field}");
            // A parameter that is cast to text is text: an enum's name then.
            let expected = if field.ends_with("Status") { "open" } else { expected };
            assert_eq!(
                served.get(&format!(r#"{{"x": {request}}}"#)).await.unwrap(),
                format!(r#"{{"x":"{expected}"}}"#),
                "{field}"
            );
        });
    }
}

#[test]
fn an_optional_filter_is_left_out_on_both_databases() {
    let shop = Shop::reading(
        "message Request { optional string country = 1; optional int32 least = 2; } message Reply { repeated Row rows = 1; } message Row { int64 id = 1; }",
        "SELECT id FROM t WHERE (:country IS NULL OR country = :country) AND (:least IS NULL OR n >= :least) ORDER BY id",
    )
    .schema("CREATE TABLE t (id bigint, country varchar(2), n integer); INSERT INTO t VALUES (1, 'NL', 5), (2, 'BE', 6)");
    on_both(&shop, async |served| {
        for (request, ids) in [
            ("{}", "12"),
            (r#"{"country": "NL"}"#, "1"),
            (r#"{"least": 6}"#, "2"),
            (r#"{"country": "NL", "least": 6}"#, ""),
        ] {
            let reply = served.get(request).await.unwrap();
            let found: String = reply.chars().filter(char::is_ascii_digit).collect();
            assert_eq!(found, ids, "{request}");
        }
    });
}

#[test]
fn sqlite_refuses_a_number_it_cannot_hold() {
    let shop = Shop::reading(
        "message Request { uint64 n = 1; } message Reply { string x = 1; }",
        "SELECT typeof(:n) AS x",
    );
    crate::fixture::on_sqlite(&shop, async |served| {
        let fault = served.get(r#"{"n": "18446744073709551615"}"#).await.unwrap_err();
        assert_eq!((fault.reason.as_str(), fault.field.as_deref()), ("VALUE_REJECTED", Some("n")));
        assert_eq!(served.get(r#"{"n": "9223372036854775807"}"#).await.unwrap(), r#"{"x":"integer"}"#);
    });
}
