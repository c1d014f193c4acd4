//! Messages, maps and google/protobuf/struct.proto as parameters: JSON by protobuf's mapping, composite types by their
//! attributes' names.

use crate::fixture::{Shop, on_both, on_postgres};

const MESSAGES: &str = "message Reply { string x = 1; }
    message Place { optional double lat = 1; string name = 2; Status status = 3; repeated int64 ids = 4; bytes raw = 5; Inner inner = 6; google.protobuf.Timestamp at = 7; }
    message Inner { bool yes = 1; google.protobuf.Duration for = 2; }
    enum Status { STATUS_UNSPECIFIED = 0; STATUS_OPEN = 1; }";

const TYPES: &str = "CREATE TYPE state AS ENUM ('unspecified', 'open');
    CREATE TYPE inside AS (yes bool, \"for\" interval);
    CREATE TYPE place AS (name text, lat float8, extra text, status state, ids int8[], raw bytea, \"inner\" inside, at timestamptz);
    SET TimeZone = 'UTC'";

fn shop(field: &str, expression: &str) -> Shop {
    let messages = format!("message Request {{ {field} x = 1; }} {MESSAGES}");
    Shop::reading(&messages, &format!("SELECT CAST({expression} AS text) AS x"))
        .with("migrations/1_types.postgres.sql", TYPES)
        .with("migrations/1_types.sqlite.sql", "CREATE TABLE t (n int)")
}

fn reply(text: &str) -> String {
    serde_json::json!({ "x": text }).to_string()
}

#[test]
fn a_message_is_json_on_both_databases() {
    let whole = r#"{"lat": 1, "name": "a\"b", "status": "STATUS_OPEN", "ids": ["1", "-2"], "raw": "AP8=", "inner": {"yes": true, "for": "1.5s"}, "at": "2024-05-01T12:00:00Z"}"#;
    let json = r#"{"at":"2024-05-01T12:00:00Z","ids":["1","-2"],"inner":{"for":"1.500s","yes":true},"lat":1,"name":"a\"b","raw":"AP8=","status":"STATUS_OPEN"}"#;
    for (field, expression, request, expected) in [
        ("Place", "CAST(:x AS json)", whole, json),
        ("Place", "CAST(:x AS json)", "{}", "{}"),
        ("repeated Inner", "CAST(:x AS json)", r#"[{"yes": true}, {}]"#, r#"[{"yes":true},{}]"#),
        ("map<string, int64>", "CAST(:x AS json)", r#"{"b": "1", "a": "0"}"#, r#"{"a":"0","b":"1"}"#),
        ("map<int32, Inner>", "CAST(:x AS json)", r#"{"7": {}}"#, r#"{"7":{}}"#),
        (
            "google.protobuf.Struct",
            "CAST(:x AS json)",
            r#"{"b": [1, 1.5, null, "x", {}], "a": true}"#,
            r#"{"a":true,"b":[1,1.5,null,"x",{}]}"#,
        ),
        ("google.protobuf.Value", "CAST(:x AS json)", "null", "null"),
        ("google.protobuf.Value", "CAST(:x AS json)", "1e300", "1e+300"),
        ("google.protobuf.ListValue", "CAST(:x AS json)", "[]", "[]"),
        ("repeated google.protobuf.Value", "CAST(:x AS json)", r#"[1, "x", null]"#, r#"[1,"x",null]"#),
    ] {
        let shop = shop(field, expression).sql("Get.sqlite.sql", "SELECT :x AS x");
        on_both(&shop, async |served| {
            assert_eq!(
                served.get(&format!(r#"{{"x": {request}}}"#)).await.unwrap(),
                reply(expected),
                "{field}"
            );
        });
    }
}

#[test]
fn what_is_absent_is_null_and_a_list_or_a_map_is_empty() {
    for (field, expected) in [
        ("Place", "none"),
        ("google.protobuf.Struct", "none"),
        ("google.protobuf.Value", "none"),
        ("repeated Inner", "[]"),
        ("map<string, string>", "{}"),
    ] {
        let shop = shop(field, "COALESCE(CAST(CAST(:x AS json) AS text), 'none')")
            .sql("Get.sqlite.sql", "SELECT COALESCE(:x, 'none') AS x");
        on_both(&shop, async |served| {
            assert_eq!(served.get("{}").await.unwrap(), reply(expected), "{field}")
        });
    }
}

#[test]
fn a_message_is_a_composite_type_by_names() {
    let whole = r#"{"x": {"lat": 1.5, "name": "a, \"b\" \\ c", "status": "STATUS_OPEN", "ids": ["1", "-2"], "raw": "AP8=", "inner": {"yes": true, "for": "-1.5s"}, "at": "2024-05-01T12:00:00Z"}}"#;
    for (expression, expected) in [
        ("(CAST(:x AS place)).name", "a, \"b\" \\ c"),
        ("(CAST(:x AS place)).lat", "1.5"),
        ("(CAST(:x AS place)).status", "open"),
        ("(CAST(:x AS place)).ids", "{1,-2}"),
        ("(CAST(:x AS place)).raw", "\\x00ff"),
        ("((CAST(:x AS place)).\"inner\").yes", "true"),
        ("((CAST(:x AS place)).\"inner\").\"for\"", "-00:00:01.5"),
        ("(CAST(:x AS place)).at AT TIME ZONE 'UTC'", "2024-05-01 12:00:00"),
        ("COALESCE((CAST(:x AS place)).extra, 'none')", "none"),
    ] {
        on_postgres(&shop("Place", expression), async |served| {
            assert_eq!(served.get(whole).await.unwrap(), reply(expected), "{expression}");
        });
    }
}

#[test]
fn fields_that_are_absent_are_null_in_a_composite_type() {
    for (expression, expected) in [
        ("(CAST(:x AS place)).lat IS NULL", "true"),
        ("(CAST(:x AS place)).name = ''", "true"),
        ("(CAST(:x AS place)).ids = '{}'", "true"),
        ("(CAST(:x AS place)).\"inner\" IS NULL", "true"),
    ] {
        on_postgres(&shop("Place", expression), async |served| {
            assert_eq!(served.get(r#"{"x": {}}"#).await.unwrap(), reply(expected), "{expression}");
        });
    }
}

#[test]
fn messages_are_an_array_of_a_composite_type() {
    let shop = shop("repeated Inner", "(CAST(:x AS inside[]))");
    on_postgres(&shop, async |served| {
        let request = r#"{"x": [{"yes": true, "for": "60s"}, {}]}"#;
        assert_eq!(served.get(request).await.unwrap(), reply(r#"{"(t,00:01:00)","(f,)"}"#));
    });
}

#[test]
fn a_field_that_the_composite_type_has_no_attribute_for_is_told() {
    let messages = "message Request { Place x = 1; } message Place { bool yes = 1; string no = 2; } message Reply { string x = 1; }";
    let shop = Shop::reading(messages, "SELECT CAST(CAST(:x AS inside) AS text) AS x").schema(TYPES);
    on_postgres(&shop, async |served| {
        let found = served.findings();
        assert!(
            found.len() == 1 && found[0].contains("PostgreSQL takes :x for a composite type"),
            "{found:?}"
        );
    });
}

#[test]
fn what_no_database_takes_is_the_fields_fault_however_deep_it_is() {
    for (field, request) in [
        ("Place", r#"{"name": "a\u0000b"}"#),
        ("map<string, string>", r#"{"a": "\u0000"}"#),
        ("map<string, string>", r#"{"\u0000": "a"}"#),
        ("google.protobuf.Struct", r#"{"a": ["\u0000"]}"#),
        ("repeated Place", r#"[{}, {"name": "\u0000"}]"#),
    ] {
        on_both(&shop(field, "CAST(:x AS json)").sql("Get.sqlite.sql", "SELECT :x AS x"), async |served| {
            let fault = served.get(&format!(r#"{{"x": {request}}}"#)).await.expect_err(field);
            assert_eq!(fault.reason.as_str(), "FIELD_INVALID", "{field}");
            assert!(fault.field.unwrap().starts_with('x'), "{field}");
        });
    }
}

#[test]
fn rows_are_inserted_by_the_fields_of_a_list_of_messages() {
    let shop = Shop::writing(
        "message Request { repeated Item items = 1; } message Item { string sku = 1; optional int32 quantity = 2; }
         message Reply { string x = 1; }",
        "SELECT CAST(sum(quantity) AS text) || ' ' || string_agg(sku, ',' ORDER BY sku) AS x
         FROM unnest(:items.sku::text[], :items.quantity::int4[]) AS t (sku, quantity)",
    )
    .sql(
        "Get.sqlite.sql",
        "SELECT sum(q.value) || ' ' || group_concat(s.value) AS x FROM json_each(:items.sku) s JOIN json_each(:items.quantity) q USING (key)",
    );
    on_both(&shop, async |served| {
        let request =
            r#"{"items": [{"sku": "a", "quantity": 2}, {"sku": "b"}, {"sku": "c", "quantity": 5}]}"#;
        assert_eq!(served.get(request).await.unwrap(), reply("7 a,b,c"));
    });
}
