//! Columns of every type that is read, into the fields they fit.

use crate::fixture::{Shop, on_both, on_postgres, on_sqlite};

fn reading(reply: &str, sql: &str) -> Shop {
    Shop::reading(&format!("message Request {{}} message Reply {{ {reply} }}"), sql)
}

/// The reply of one row on PostgreSQL.
fn row(reply: &str, sql: &str, check: impl FnOnce(Result<String, String>)) {
    on_postgres(&reading(reply, sql), async |served| {
        check(served.get("{}").await.map_err(|fault| format!("{} {}", fault.reason.as_str(), fault.message)));
    });
}

#[test]
fn integers_and_floats_at_their_ends() {
    row(
        "int32 a = 1; int64 b = 2; int32 c = 3; double d = 4; float e = 5; int64 f = 6; uint64 g = 7;",
        "SELECT (-32768)::int2 AS c, 2147483647 AS a, (-9223372036854775808)::int8 AS b, 1e308::float8 AS d, \
         3.4e38::float4 AS e, 9223372036854775807::numeric AS f, 18446744073709551615::numeric AS g",
        |reply| {
            assert_eq!(
                reply.unwrap(),
                r#"{"a":2147483647,"b":"-9223372036854775808","c":-32768,"d":1e+308,"e":3.4e+38,"f":"9223372036854775807","g":"18446744073709551615"}"#
            )
        },
    );
}

#[test]
fn floats_that_are_no_numbers() {
    row("double a = 1; float b = 2;", "SELECT 'NaN'::float8 AS a, '-Infinity'::float4 AS b", |reply| {
        assert_eq!(reply.unwrap(), r#"{"a":"NaN","b":"-Infinity"}"#);
    });
}

#[test]
fn instants_to_the_end_of_time_as_protobuf_has_it() {
    row(
        "google.protobuf.Timestamp a = 1; google.protobuf.Timestamp b = 2; google.protobuf.Timestamp c = 3; google.protobuf.Timestamp d = 4;",
        "SELECT '9999-12-31 23:59:59.999999+00'::timestamptz AS a, '0001-01-01 00:00:00+00'::timestamptz AS b, \
         '1969-12-31 23:59:59.5'::timestamp AS c, '2024-05-01 12:00:00+02'::timestamptz AS d",
        |reply| {
            assert_eq!(
                reply.unwrap(),
                r#"{"a":"9999-12-31T23:59:59.999999Z","b":"0001-01-01T00:00:00Z","c":"1969-12-31T23:59:59.500Z","d":"2024-05-01T10:00:00Z"}"#
            );
        },
    );
}

#[test]
fn instants_beyond_that_are_told_with_their_column() {
    for value in ["10000-01-01 00:00:00", "0001-12-31 23:59:59 BC", "infinity", "-infinity"] {
        row("google.protobuf.Timestamp at = 1;", &format!("SELECT '{value}'::timestamp AS at"), |reply| {
            let refused = reply.unwrap_err();
            assert!(
                refused.starts_with("REPLY_INVALID the column at cannot be sent: "),
                "{value}: {refused}"
            );
        });
    }
}

#[test]
fn a_numeric_that_is_no_whole_number_is_told() {
    for value in ["1.5", "NaN", "9223372036854775808"] {
        row("int64 n = 1;", &format!("SELECT '{value}'::numeric AS n"), |reply| {
            assert!(reply.unwrap_err().starts_with("REPLY_INVALID the column n cannot be sent"), "{value}");
        });
    }
}

#[test]
fn null_is_null_in_every_type() {
    let types =
        ["bool", "int8", "float8", "text", "numeric", "uuid", "date", "timestamptz", "jsonb", "bytea"];
    let columns: Vec<String> = types.iter().map(|kind| format!("NULL::{kind} AS {kind}")).collect();
    row(
        "bool bool = 1; int64 int8 = 2; double float8 = 3; string text = 4; string numeric = 5; string uuid = 6; string date = 7; \
         google.protobuf.Timestamp timestamptz = 8; string jsonb = 9; bytes bytea = 10;",
        &format!("SELECT {}", columns.join(", ")),
        |reply| assert_eq!(reply.unwrap(), "{}"),
    );
}

#[test]
fn a_megabyte_is_a_value_like_others() {
    row("string x = 1;", "SELECT repeat('é', 500000) AS x", |reply| {
        assert_eq!(reply.unwrap(), format!(r#"{{"x":"{}"}}"#, "é".repeat(500_000)));
    });
    row("bytes x = 1;", "SELECT decode(repeat('00', 1000000), 'hex') AS x", |reply| {
        assert_eq!(reply.unwrap().len(), r#"{"x":""}"#.len() + 1_333_336);
    });
}

#[test]
fn a_domain_is_read_as_what_it_is_over() {
    let shop = reading("string email = 1; int64 n = 2;", "SELECT 'a@b'::email AS email, 3::small AS n");
    on_postgres(&shop, async |served| {
        assert_eq!(served.get("{}").await.unwrap(), r#"{"email":"a@b","n":"3"}"#);
    });
}

#[test]
fn zero_is_left_out_whichever_database_it_comes_from() {
    let shop = reading(
        "int64 n = 1; double d = 2; string s = 3;",
        "SELECT sum(n) AS n, 0 * 1.5 AS d, '' AS s FROM t",
    )
    .sql("Get.postgres.sql", "SELECT sum(n) AS n, 0::float8 AS d, '' AS s FROM t")
    .schema("CREATE TABLE t (n bigint); INSERT INTO t VALUES (1), (-1)");
    on_both(&shop, async |served| assert_eq!(served.get("{}").await.unwrap(), "{}"));
}

/// The findings of a reply's fields for a statement on PostgreSQL.
fn misfits(reply: &str, sql: &str) -> Vec<String> {
    let mut findings = Vec::new();
    on_postgres(&reading(reply, sql), async |served| findings = served.findings());
    findings
}

#[test]
fn a_type_that_does_not_fit_its_field_is_told_at_the_column() {
    for (reply, column) in [
        ("string x = 1;", "1"),
        ("int32 x = 1;", "1::int8"),
        ("int64 x = 1;", "'a'::text"),
        ("bool x = 1;", "1"),
        ("double x = 1;", "1::int8"),
        ("double x = 1;", "1.5"),
        ("bytes x = 1;", "'a'::text"),
        ("google.protobuf.Timestamp x = 1;", "'2024-01-01'::date"),
        ("google.protobuf.Int32Value x = 1;", "'a'::text"),
    ] {
        let found = misfits(reply, &format!("SELECT\n  {column} AS x"));
        let place =
            format!("sql/shop.v1.Shop/Get.sql:2:{}: x into shop.v1.Reply.x: a column of ", column.len() + 7);
        assert!(found.len() == 1 && found[0].starts_with(&place), "{reply} {column}: {found:?}");
    }
}

#[test]
fn a_type_that_is_not_read_is_told_with_its_cast() {
    for (value, kind) in [
        ("'1'::money", "money"),
        ("point '(1,2)'", "point"),
        ("ARRAY['1'::money]", "money[]"),
        ("ROW(1, 2)", "record"),
    ] {
        let found = misfits("string x = 1;", &format!("SELECT {value} AS x"));
        let expected =
            format!(": the column x is {kind}, which is not read | make it text: CAST(... AS text) AS \"x\"");
        assert!(found.len() == 1 && found[0].ends_with(&expected), "{found:?}");
    }
}

#[test]
fn a_type_that_the_driver_does_not_know_is_a_finding_of_its_statement_alone() {
    let found = misfits("string x = 1;", "SELECT '{[1,2]}'::int4multirange AS x");
    let told = "sql/shop.v1.Shop/Get.sql:1:1: a column or a parameter of this has a type that cannot";
    assert!(found.len() == 1 && found[0].starts_with(told), "{found:?}");
}

#[test]
fn sqlites_values_fill_fields_of_every_kind() {
    let messages = "message Request {} message Reply {
        bool a = 1; int64 b = 2; double c = 3; bytes d = 4; google.protobuf.Timestamp e = 5; google.type.Date f = 6;
        google.type.TimeOfDay g = 7; google.type.Decimal h = 8; google.protobuf.Duration i = 9; repeated int32 j = 10;
        map<string, string> k = 11; google.protobuf.Struct l = 12; Inner m = 13; Mood n = 14; repeated Inner o = 15;
        google.protobuf.BoolValue p = 16; string q = 17; google.type.Decimal r = 18; }
        message Inner { int64 x = 1; } enum Mood { MOOD_UNSPECIFIED = 0; MOOD_SAD = 1; }";
    let sql = r#"SELECT 1 AS a, -9223372036854775807 - 1 AS b, 1.5 AS c, x'00ff' AS d, '2024-05-01 12:30:00' AS e,
        '2024-05-01' AS f, '12:30:00.5' AS g, '12.50' AS h, '3.5s' AS i, json_array(1, 2) AS j,
        json_object('a', 'b') AS k, '{"a": [null]}' AS l, '{"x": "5"}' AS m, 'sad' AS n,
        json_array(json('{"x": 1}'), json('{}')) AS o, 0 AS p, 'é' AS q, 7 AS r"#;
    on_sqlite(&Shop::reading(messages, sql), async |served| {
        let reply: serde_json::Value = serde_json::from_str(&served.get("{}").await.unwrap()).unwrap();
        let expected = serde_json::json!({
            "a": true, "b": "-9223372036854775808", "c": 1.5, "d": "AP8=", "e": "2024-05-01T12:30:00Z",
            "f": {"year": 2024, "month": 5, "day": 1}, "g": {"hours": 12, "minutes": 30, "nanos": 500_000_000},
            "h": {"value": "12.50"}, "i": "3.500s", "j": [1, 2], "k": {"a": "b"}, "l": {"a": [null]},
            "m": {"x": "5"}, "n": "MOOD_SAD", "o": [{"x": "1"}, {}], "p": false, "q": "é", "r": {"value": "7"},
        });
        assert_eq!(reply, expected);
    });
}
