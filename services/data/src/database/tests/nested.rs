//! Arrays and composite types, in each other and in messages.

use crate::fixture::{Shop, on_postgres};

const MESSAGES: &str = "
    message Pair { int32 x = 1; optional string y = 2; }
    message Nested { Pair p = 1; repeated Pair more = 2; repeated string tags = 3; }
    enum Mood { MOOD_UNSPECIFIED = 0; MOOD_SAD = 1; MOOD_OK = 2; }";

/// The reply of one row, or its refusal.
fn row(reply: &str, sql: &str) -> String {
    let shop = Shop::reading(&format!("message Request {{}} message Reply {{ {reply} }} {MESSAGES}"), sql);
    let mut found = String::new();
    on_postgres(&shop, async |served| {
        let findings = served.findings().join("\n");
        found = match findings.is_empty() {
            true => served.get("{}").await.unwrap_or_else(|fault| fault.message),
            false => findings,
        };
    });
    found
}

#[test]
fn an_array_becomes_a_repeated_field_of_its_elements() {
    let reply = row(
        "repeated int64 a = 1; repeated string b = 2; repeated Mood c = 3; repeated bool d = 4; repeated double e = 5; \
         repeated bytes f = 6; repeated google.protobuf.Timestamp g = 7; repeated google.type.Date h = 8; \
         repeated google.protobuf.StringValue i = 9; repeated sint32 j = 10; repeated fixed32 k = 11; \
         repeated google.protobuf.Struct l = 12; repeated google.type.Decimal m = 13; repeated string n = 14;",
        "SELECT ARRAY[1, -9223372036854775808, 300]::int8[] AS a, ARRAY['', 'é', 'NULL'] AS b, \
         ARRAY['ok', 'sad']::mood[] AS c, ARRAY[true, false] AS d, ARRAY['NaN', 1.5]::float8[] AS e, \
         ARRAY['\\x00ff', '\\x']::bytea[] AS f, ARRAY['2024-05-01 00:00:00.5']::timestamp[] AS g, \
         ARRAY['2024-05-01', '1999-12-31']::date[] AS h, ARRAY['', 'x'] AS i, ARRAY[-1, 0, 1]::small[] AS j, \
         ARRAY[4294967295]::int8[] AS k, ARRAY['{\"a\": 1}', '{}']::jsonb[] AS l, ARRAY[1.10, -0.5] AS m, \
         ARRAY['[1,5)']::int4range[] AS n",
    );
    let expected = serde_json::json!({
        "a": ["1", "-9223372036854775808", "300"], "b": ["", "é", "NULL"], "c": ["MOOD_OK", "MOOD_SAD"],
        "d": [true, false], "e": ["NaN", 1.5], "f": ["AP8=", ""], "g": ["2024-05-01T00:00:00.500Z"],
        "h": [{"year": 2024, "month": 5, "day": 1}, {"year": 1999, "month": 12, "day": 31}], "i": ["", "x"],
        "j": [-1, 0, 1], "k": [4_294_967_295_u32], "l": [{"a": 1.0}, {}], "m": [{"value": "1.10"}, {"value": "-0.5"}],
        "n": ["[1,5)"],
    });
    assert_eq!(serde_json::from_str::<serde_json::Value>(&reply).unwrap(), expected);
}

#[test]
fn an_empty_array_and_a_null_one_are_an_empty_list() {
    let sql = "SELECT ARRAY[]::int4[] AS a, NULL::text[] AS b, ARRAY[]::pair[] AS c";
    assert_eq!(row("repeated int32 a = 1; repeated string b = 2; repeated Pair c = 3;", sql), "{}");
}

#[test]
fn where_an_array_starts_to_count_makes_no_difference() {
    assert_eq!(row("repeated int32 a = 1;", "SELECT '[5:6]={7,8}'::int4[] AS a"), r#"{"a":[7,8]}"#);
}

#[test]
fn what_a_list_cannot_have_is_told_with_its_column() {
    for (field, value, what) in [
        ("repeated int32", "ARRAY[1, NULL]", "its array has a NULL element"),
        ("repeated string", "ARRAY[NULL]::text[]", "its array has a NULL element"),
        ("repeated Pair", "ARRAY[NULL]::pair[]", "its array has a NULL element"),
        ("repeated int32", "ARRAY[[1, 2], [3, 4]]", "its array has more than one dimension"),
        ("repeated Mood", "ARRAY['très bien']::mood[]", "its value is outside its field's range"),
        ("repeated uint32", "ARRAY[-1]", "its value is outside its field's range"),
        ("repeated google.type.Date", "ARRAY['infinity']::date[]", "its value is outside its field's range"),
    ] {
        let refused = row(&format!("{field} list = 1; int32 n = 2;"), &format!("SELECT {value} AS list"));
        assert_eq!(refused, format!("the column list cannot be sent: {what}"), "{value}");
    }
}

#[test]
fn a_composite_type_becomes_a_message_by_its_attributes_names() {
    let reply = row(
        "Nested a = 1; Pair b = 2; Pair c = 3; Pair d = 4; repeated Pair e = 5;",
        "SELECT ROW(ROW(1, 'one'), ARRAY[ROW(2, 'two'), ROW(3, NULL)]::pair[], ARRAY['t'])::nested AS a, \
         ROW(0, '')::pair AS b, NULL::pair AS c, ROW(NULL, NULL)::pair AS d, ARRAY[ROW(4, 'four')]::pair[] AS e",
    );
    let expected = serde_json::json!({
        "a": {"p": {"x": 1, "y": "one"}, "more": [{"x": 2, "y": "two"}, {"x": 3}], "tags": ["t"]},
        "b": {"y": ""}, "d": {}, "e": [{"x": 4, "y": "four"}],
    });
    assert_eq!(serde_json::from_str::<serde_json::Value>(&reply).unwrap(), expected);
}

#[test]
fn a_tables_row_is_a_composite_type_less_its_dropped_columns() {
    let messages = "message Request {} message Reply { repeated Line lines = 1; } message Line { int64 id = 1; string note = 2; }";
    let shop = Shop::new(
        "rpc Get(Request) returns (Wrap) { option idempotency_level = NO_SIDE_EFFECTS; }",
        &format!("{messages} message Wrap {{ Reply reply = 1; }}"),
    )
    .sql("Get.sql", "SELECT array_agg(l ORDER BY id) AS \"reply.lines\" FROM line l")
    .schema(
        "CREATE TABLE line (gone text, id bigint, note text); INSERT INTO line VALUES ('x', 1, 'one'), ('y', 2, 'two');
         ALTER TABLE line DROP COLUMN gone",
    );
    on_postgres(&shop, async |served| {
        let expected = r#"{"reply":{"lines":[{"id":"1","note":"one"},{"id":"2","note":"two"}]}}"#;
        assert_eq!(served.get("{}").await.unwrap(), expected);
        // The next row is of another type, and its attributes have no fields yet.
        served.psql("ALTER TABLE line ADD COLUMN more int");
        let fault = served.get("{}").await.unwrap_err();
        assert_eq!(fault.message, "the column reply.lines cannot be sent: the type public.line was altered");
    });
}

#[test]
fn a_fault_inside_a_composite_value_has_the_whole_way_to_it() {
    let messages = "message Narrow { Inner p = 1; } message Inner { uint32 x = 1; string y = 2; }";
    let shop = Shop::reading(
        &format!("message Request {{}} message Reply {{ Narrow n = 1; }} {messages}"),
        "SELECT ROW(ROW(-1, ''))::narrow AS n",
    )
    .schema("CREATE TYPE inn AS (x int, y text); CREATE TYPE narrow AS (p inn)");
    on_postgres(&shop, async |served| {
        let fault = served.get("{}").await.unwrap_err();
        assert_eq!(fault.message, "the column n.p.x cannot be sent: its value is outside its field's range");
    });
}

#[test]
fn attributes_that_do_not_meet_a_message_are_told_at_their_column() {
    let found =
        row("Small s = 1; } message Small { string x = 1;", "SELECT 1 AS n,\n  ROW(1, '')::pair AS s");
    for told in [
        "Get.sql:1:13: shop.v1.Reply has no field n",
        "Get.sql:2:23: s.x into shop.v1.Small.x: a column of int4 does not fit the field",
        "Get.sql:2:23: shop.v1.Small has no field s.y",
    ] {
        assert!(found.contains(told), "{found}");
    }
}

#[test]
fn a_part_may_be_a_list_of_values_or_a_map() {
    let messages = "message Request {} message Reply { repeated string tags = 1; map<string, int64> sizes = 2; repeated google.protobuf.Timestamp days = 3; int64 n = 4; }";
    let shop = Shop::new(
        "rpc Get(Request) returns (Reply) { option idempotency_level = NO_SIDE_EFFECTS; }",
        messages,
    )
    .sql("Get/tags.sql", "SELECT ARRAY['a', 'b'] AS tags")
    .sql("Get/sizes.sql", "SELECT jsonb_build_object('a', 1) AS sizes")
    .sql("Get/days.sql", "SELECT ARRAY['2024-05-01'::timestamp] AS days")
    .sql("Get/n.sql", "SELECT count(*) AS n FROM unnest(CAST(:tags.tags AS text[]))");
    on_postgres(&shop, async |served| {
        let expected = serde_json::json!({
            "tags": ["a", "b"], "sizes": {"a": "1"}, "days": ["2024-05-01T00:00:00Z"], "n": "2",
        });
        let reply = served.get("{}").await.unwrap();
        assert_eq!(serde_json::from_str::<serde_json::Value>(&reply).unwrap(), expected);
    });
}
