//! Lists as parameters: arrays of the parameter's type on PostgreSQL, JSON text on SQLite.

use crate::fixture::{Shop, on_both, on_postgres};

fn echo(field: &str, expression: &str) -> Shop {
    Shop::reading(
        &format!(
            "message Request {{ repeated {field} x = 1; }} message Reply {{ string x = 1; }} enum Status {{ STATUS_UNSPECIFIED = 0; STATUS_OPEN = 1; }}"
        ),
        &format!("SELECT ({expression})::text AS x"),
    )
}

#[test]
fn a_list_goes_into_an_array_of_each_type() {
    let uuid = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11";
    for (field, expression, request, expected) in [
        ("int64", ":x::int8[]", r#"["1", "-9223372036854775808"]"#, "{1,-9223372036854775808}"),
        ("int32", ":x::int2[]", "[1, 2]", "{1,2}"),
        ("uint64", ":x::numeric[]", r#"["18446744073709551615"]"#, "{18446744073709551615}"),
        ("string", ":x::text[]", r#"["", "a,b", "{\"}", "null"]"#, r#"{\"\",\"a,b\",\"{\\\"}\",\"null\"}"#),
        ("string", ":x::uuid[]", &format!("[\"{uuid}\"]"), &format!("{{{uuid}}}")),
        ("string", ":x::date[]", r#"["2024-02-29"]"#, "{2024-02-29}"),
        ("string", ":x::varchar[]", r#"["é"]"#, "{é}"),
        ("bool", ":x::bool[]", "[true, false]", "{t,f}"),
        ("double", ":x::float8[]", r#"[1.5, "NaN"]"#, "{1.5,NaN}"),
        ("bytes", ":x::bytea[]", r#"["AP8="]"#, r#"{\"\\\\x00ff\"}"#),
        ("Status", ":x::status[]", "[1]", "{open}"),
        ("Status", ":x::int4[]", "[1, 7]", "{1,7}"),
        ("Status", ":x::text[]", "[0, 1]", "{unspecified,open}"),
        (
            "google.protobuf.Timestamp",
            "(:x::timestamptz[])[1] AT TIME ZONE 'UTC'",
            r#"["2024-05-01T12:00:00Z"]"#,
            "2024-05-01 12:00:00",
        ),
        ("int32", ":x::int4[]", "[]", "{}"),
        ("string", ":x::uuid[]", "[]", "{}"),
    ] {
        on_postgres(&echo(field, expression), async |served| {
            let reply = served.get(&format!(r#"{{"x": {request}}}"#)).await;
            let reply = reply.unwrap_or_else(|fault| panic!("{expression} {request}: {fault}"));
            assert_eq!(reply, format!(r#"{{"x":"{expected}"}}"#), "{expression}");
        });
    }
}

#[test]
fn an_item_that_its_type_cannot_hold_is_the_fields_fault() {
    for (field, expression, request) in [
        ("int64", ":x::int2[]", r#"["1", "32768"]"#),
        ("string", ":x::uuid[]", r#"["soon"]"#),
        ("Status", ":x::status[]", "[0]"),
    ] {
        on_postgres(&echo(field, expression), async |served| {
            let fault = served.get(&format!(r#"{{"x": {request}}}"#)).await.expect_err(expression);
            assert_eq!(fault.reason.as_str(), "VALUE_REJECTED", "{expression} {request}: {fault}");
        });
    }
}

#[test]
fn a_list_where_one_value_is_wanted_is_told_and_the_other_way_round() {
    for (field, sql) in [("repeated int32", "1 + :x"), ("int32", "1 = ANY(:x::int4[])")] {
        let messages = format!("message Request {{ {field} x = 1; }} message Reply {{ string x = 1; }}");
        on_postgres(&Shop::reading(&messages, &format!("SELECT ({sql})::text AS x")), async |served| {
            let findings = served.findings();
            assert!(findings.len() == 1 && findings[0].contains("PostgreSQL takes :x for "), "{findings:?}");
        });
    }
}

#[test]
fn rows_are_found_by_a_list_on_both_databases() {
    let shop = Shop::reading(
        "message Request { repeated int64 ids = 1; repeated string names = 2; } message Reply { repeated Row rows = 1; } message Row { int64 id = 1; }",
        "SELECT id FROM t WHERE id = ANY(:ids) OR name = ANY(:names) ORDER BY id",
    )
    .sql(
        "Get.sqlite.sql",
        "SELECT id FROM t WHERE id IN (SELECT value FROM json_each(:ids)) OR name IN (SELECT value FROM json_each(:names)) ORDER BY id",
    )
    .schema("CREATE TABLE t (id bigint, name text); INSERT INTO t VALUES (1, 'one'), (2, 'two \"quoted\"'), (3, 'three')");
    on_both(&shop, async |served| {
        for (request, ids) in [
            ("{}", ""),
            (r#"{"ids": ["3", "1", "3", "9"]}"#, "13"),
            (r#"{"ids": ["1"], "names": ["two \"quoted\""]}"#, "12"),
        ] {
            let reply = served.get(request).await.unwrap();
            let found: String = reply.chars().filter(char::is_ascii_digit).collect();
            assert_eq!(found, ids, "{request}");
        }
    });
}

#[test]
fn lists_that_are_taken_apart_together_have_their_fields_types() {
    let shop = Shop::reading(
        "message Request { repeated Item items = 1; } message Item { int64 id = 1; optional string name = 2; } message Reply { string all = 1; }",
        "SELECT string_agg(id || coalesce(name, '-'), ' ' ORDER BY place) AS all FROM unnest(:items.id, :items.name) WITH ORDINALITY AS item (id, name, place)",
    );
    on_postgres(&shop, async |served| {
        let reply = served.get(r#"{"items": [{"id": 2, "name": "b"}, {"id": 1}]}"#).await.unwrap();
        assert_eq!(reply, r#"{"all":"2b 1-"}"#);
    });
}
