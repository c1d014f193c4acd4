//! Keys of every type find each other.

use crate::fixture::{Shop, on_postgres, on_sqlite};

const MESSAGES: &str = r#"
message Request {}
message Reply { repeated Row rows = 1; }
message Row { int32 n = 1; repeated Leaf leaves = 2 [(meanwhile.v1.key) = "of"]; }
message Leaf { string name = 1; }"#;

fn shop(parent: &str, child: &str, values: [&str; 2]) -> Shop {
    let [one, two] = values;
    with_schema(&format!(
        "CREATE TABLE p (k {parent}, n int); CREATE TABLE c (k {child}, name text);
         INSERT INTO p VALUES ({one}, 1), ({two}, 2), (NULL, 3);
         INSERT INTO c VALUES ({two}, 'b'), ({one}, 'a'), ({two}, 'c'), (NULL, 'd')"
    ))
}

fn with_schema(schema: &str) -> Shop {
    let get = "rpc Get(Request) returns (Reply) { option idempotency_level = NO_SIDE_EFFECTS; }";
    Shop::new(get, MESSAGES)
        .schema(schema)
        .sql("Get/rows.sql", "SELECT k AS key, n FROM p ORDER BY n")
        .sql("Get/rows.leaves.sql", "SELECT k AS of, name FROM c WHERE k = ANY(:rows.key) ORDER BY name")
        .sql(
            "Get/rows.leaves.sqlite.sql",
            "SELECT k AS of, name FROM c WHERE k IN (SELECT value FROM json_each(:rows.key)) ORDER BY name",
        )
}

const FOUND: &str =
    r#"{"rows":[{"n":1,"leaves":[{"name":"a"}]},{"n":2,"leaves":[{"name":"b"},{"name":"c"}]},{"n":3}]}"#;

#[test]
fn keys_of_every_type_find_each_other_on_postgresql() {
    let uuids = ["'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A12'"];
    for (parent, child, values) in [
        ("int2", "int2", ["-32768", "32767"]),
        ("int4", "int8", ["-2147483648", "2147483647"]),
        ("int8", "int4", ["1", "2"]),
        ("text", "text", ["''", "'é\"{},\\NULL'"]),
        ("text", "varchar(9)", ["'a'", "'b '"]),
        ("char(4)", "char(6)", ["'a'", "'b'"]),
        ("uuid", "uuid", uuids),
        ("bytea", "bytea", ["'\\x'", "'\\x00ff'"]),
        ("numeric", "numeric", ["12345678901234567890.5", "-0.10"]),
        ("numeric(9, 2)", "numeric(9, 4)", ["1.5", "100"]),
        ("numeric(9)", "int4", ["15", "100"]),
        ("float8", "float8", ["0.1", "'-Infinity'"]),
        ("bool", "bool", ["true", "false"]),
        ("date", "date", ["'2024-02-29'", "'-infinity'"]),
        ("time", "time", ["'00:00'", "'23:59:59.999999'"]),
        ("timestamp", "timestamp", ["'2024-05-01 12:00:00.000001'", "'infinity'"]),
        ("timestamptz", "timestamptz", ["'2024-05-01 12:00:00+02'", "'1700-01-01'"]),
    ] {
        on_postgres(&shop(parent, child, values), async |served| {
            let reply = served.get("{}").await.unwrap_or_else(|fault| panic!("{parent} {child}: {fault}"));
            assert_eq!(reply, FOUND, "{parent} {child}");
        });
    }
}

#[test]
fn keys_that_are_written_otherwise_and_equal_find_each_other() {
    let schema =
        "CREATE EXTENSION citext; CREATE TABLE p (k citext, n int); CREATE TABLE c (k citext, name text);
        INSERT INTO p VALUES ('Ab', 1), ('É', 2), (NULL, 3), ('aB', 4);
        INSERT INTO c VALUES ('é', 'b'), ('AB', 'a'), ('É', 'c')";
    on_postgres(&with_schema(schema), async |served| {
        let expected = FOUND.replace(r#"{"n":3}"#, r#"{"n":3},{"n":4,"leaves":[{"name":"a"}]}"#);
        assert_eq!(served.get("{}").await.unwrap(), expected);
    });
}

#[test]
fn keys_of_every_type_find_each_other_on_sqlite() {
    for (parent, child, values) in [
        ("integer", "integer", ["-9223372036854775808", "9223372036854775807"]),
        ("integer", "real", ["1", "2"]),
        ("real", "integer", ["1.0", "2.0"]),
        ("real", "real", ["0.1", "-1e300"]),
        ("text", "text", ["''", "'é\"{},NULL'"]),
        ("text", "text", ["'2024-02-29'", "'1700-01-01'"]),
    ] {
        on_sqlite(&shop(parent, child, values), async |served| {
            let reply = served.get("{}").await.unwrap_or_else(|fault| panic!("{parent} {child}: {fault}"));
            assert_eq!(reply, FOUND, "{parent} {child}");
        });
    }
}

#[test]
fn bytes_find_each_other_on_sqlite_in_its_own_hex() {
    let unhexed = "SELECT k AS of, name FROM c WHERE k IN (SELECT unhex(value) FROM json_each(:rows.key)) ORDER BY name";
    let shop = shop("blob", "blob", ["x''", "x'00ff7f'"]).sql("Get/rows.leaves.sqlite.sql", unhexed);
    on_sqlite(&shop, async |served| assert_eq!(served.get("{}").await.unwrap(), FOUND));
}
