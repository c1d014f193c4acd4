//! In, stored, out: whatever a request says comes back from a table, through the same engine that serves it, wherever
//! both sides can hold it.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value as Json, json};

use crate::fixture::{Served, Shop, on_postgres, on_sqlite};

/// A field's type, its column on PostgreSQL and on SQLite, and values of it as protobuf's JSON has them.
struct Kind {
    field: &'static str,
    postgres: &'static str,
    sqlite: &'static str,
    values: BoxedStrategy<Json>,
}

fn kind(
    field: &'static str,
    postgres: &'static str,
    sqlite: &'static str,
    values: impl Strategy<Value = Json> + 'static,
) -> Kind {
    Kind { field, postgres, sqlite, values: values.boxed() }
}

/// Up to 1 MB.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![9 => short(), 1 => Just("é".repeat((1 << 19) - 64))]
}

fn short() -> impl Strategy<Value = String> {
    let any = prop::collection::vec(any::<char>().prop_filter("NUL", |c| *c != '\0'), 0..40);
    prop_oneof![
        any.prop_map(|chars| chars.into_iter().collect()),
        prop::sample::select(vec!["", "NULL", "{}", "'; --", "\\", "\"", "(,)", "\u{10FFFF}"])
            .prop_map(str::to_owned),
    ]
}

fn nanos() -> impl Strategy<Value = u32> {
    prop_oneof![Just(0_u32), 0..1_000_000_u32].prop_map(|micros| micros * 1_000)
}

fn instant() -> impl Strategy<Value = Json> {
    let seconds =
        prop_oneof![Just(-62_135_596_800_i64), Just(253_402_300_799), -62_135_596_800..253_402_300_799_i64];
    (seconds, nanos()).prop_map(|(seconds, nanos)| {
        json!(prost_types::Timestamp { seconds, nanos: nanos as i32 }.to_string())
    })
}

fn duration() -> impl Strategy<Value = Json> {
    let seconds =
        prop_oneof![Just(315_576_000_000_i64), Just(-315_576_000_000), Just(0), -1_000_000..1_000_000_i64];
    (seconds, nanos()).prop_map(|(seconds, nanos)| {
        let nanos = if seconds.abs() == 315_576_000_000 { 0 } else { nanos as i32 };
        json!(prost_types::Duration { seconds, nanos: if seconds < 0 { -nanos } else { nanos } }.to_string())
    })
}

fn date() -> impl Strategy<Value = Json> {
    let date =
        prop_oneof![Just((1, 1, 1)), Just((9999, 12, 31)), Just((2024, 2, 29)), (1..=9999, 1..=12, 1..=28)];
    date.prop_map(|(year, month, day)| json!({ "year": year, "month": month, "day": day }))
}

fn decimal() -> impl Strategy<Value = Json> {
    "-?[1-9][0-9]{0,30}\\.[0-9]{1,30}".prop_map(|text| json!({ "value": text }))
}

fn number() -> impl Strategy<Value = Json> {
    prop_oneof![any::<i64>(), Just(i64::MIN), Just(i64::MAX), Just(0)].prop_map(|n| json!(n.to_string()))
}

fn kinds() -> Vec<Kind> {
    let whole = || any::<i32>().prop_map(|n| json!(n));
    let bytes = prop::collection::vec(any::<u8>(), 0..50);
    let bytes = bytes.prop_map(|bytes| {
        use base64::Engine as _;
        json!(base64::engine::general_purpose::STANDARD.encode(bytes))
    });
    let inner = || (whole(), short()).prop_map(|(n, s)| json!({ "n": n, "s": s }));
    vec![
        kind("optional bool", "bool", "INTEGER", any::<bool>().prop_map(|b| json!(b))),
        kind("optional int32", "int4", "INTEGER", whole()),
        kind("optional sint64", "int8", "INTEGER", number()),
        kind("optional uint32", "int8", "INTEGER", any::<u32>().prop_map(|n| json!(n))),
        kind(
            "optional uint64",
            "numeric",
            "INTEGER",
            (0..=i64::MAX as u64).prop_map(|n| json!(n.to_string())),
        ),
        kind(
            "optional double",
            "float8",
            "REAL",
            any::<f64>().prop_filter("finite", |n| n.is_finite()).prop_map(|n| json!(n)),
        ),
        kind("optional string", "text", "TEXT", text().prop_map(|s| json!(s))),
        kind("optional string", "varchar", "VARCHAR", text().prop_map(|s| json!(s))),
        kind(
            "optional string",
            "uuid",
            "TEXT",
            "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}".prop_map(|s| json!(s)),
        ),
        kind("optional bytes", "bytea", "BLOB", bytes),
        kind(
            "optional Status",
            "status",
            "TEXT",
            prop::sample::select(vec!["STATUS_OPEN", "STATUS_SOLD_OUT"]).prop_map(|s| json!(s)),
        ),
        kind(
            "optional Status",
            "text",
            "INTEGER",
            prop::sample::select(vec!["STATUS_UNSPECIFIED", "STATUS_OPEN"]).prop_map(|s| json!(s)),
        ),
        kind("google.protobuf.Int32Value", "int4", "INTEGER", whole()),
        kind("google.protobuf.Timestamp", "timestamptz", "TEXT", instant()),
        kind("google.protobuf.Duration", "interval", "TEXT", duration()),
        kind("google.type.Date", "date", "TEXT", date()),
        kind("google.type.Decimal", "numeric", "TEXT", decimal()),
        kind("Inner", "jsonb", "TEXT", inner()),
        kind("Inner", "pair", "TEXT", inner()),
        kind(
            "map<string, int32>",
            "jsonb",
            "TEXT",
            prop::collection::btree_map("[a-z]{0,5}", any::<i32>(), 0..4).prop_map(|map| json!(map)),
        ),
        kind("repeated int64", "int8[]", "TEXT", prop::collection::vec(number(), 0..5).prop_map(Json::Array)),
        kind(
            "repeated string",
            "text[]",
            "TEXT",
            prop::collection::vec(short().prop_map(|s| json!(s)), 0..3).prop_map(Json::Array),
        ),
        kind("repeated Inner", "jsonb", "TEXT", prop::collection::vec(inner(), 0..3).prop_map(Json::Array)),
    ]
}

const TYPES: &str = "CREATE TYPE status AS ENUM ('open', 'sold_out'); CREATE TYPE pair AS (n int4, s text);";

fn shop(kind: &Kind) -> Shop {
    let messages = format!(
        "message Request {{ {field} x = 1; }} message Reply {{ {field} x = 1; int32 other = 2; }} message Inner {{ int32 n = 1; string s = 2; }}
         enum Status {{ STATUS_UNSPECIFIED = 0; STATUS_OPEN = 1; STATUS_SOLD_OUT = 2; }}",
        field = kind.field
    );
    Shop::writing(&messages, "INSERT INTO t (x) VALUES (:x) RETURNING x")
        .with("migrations/1_t.postgres.sql", &format!("{TYPES} CREATE TABLE t (x {})", kind.postgres))
        .with("migrations/1_t.sqlite.sql", &format!("CREATE TABLE t (x {})", kind.sqlite))
}

async fn comes_back(served: &Served, kind: &Kind) {
    let mut runner = TestRunner::new(Config::default());
    let method = &served.catalog.methods[0].descriptor;
    // What is on the wire: a default that is written down and one that is left out are the same there.
    let read = |message: prost_reflect::MessageDescriptor, json: &str| {
        let mut json = serde_json::Deserializer::from_str(json);
        let read = prost_reflect::DynamicMessage::deserialize(message.clone(), &mut json).unwrap();
        let bytes = prost::Message::encode_to_vec(&read);
        prost_reflect::DynamicMessage::decode(message, bytes.as_slice()).unwrap()
    };
    for _ in 0..24 {
        let value = kind.values.new_tree(&mut runner).unwrap().current();
        let request = json!({ "x": value }).to_string();
        let reply = served.get(&request).await;
        let shown: String = request.chars().take(200).collect();
        let reply =
            reply.unwrap_or_else(|fault| panic!("{} {}: {shown}: {fault}", kind.field, kind.postgres));
        let (sent, got) = (read(method.output(), &request), read(method.output(), &reply));
        assert!(sent == got, "{} {}: {shown} came back as {:.200}", kind.field, kind.postgres, reply);
    }
    let empty = served.get("{}").await;
    assert_eq!(empty.unwrap_or_else(|fault| panic!("{}: {fault}", kind.field)), "{}", "{}", kind.field);
}

#[test]
fn every_value_that_postgresql_holds_comes_back_as_it_was() {
    for kind in kinds() {
        on_postgres(&shop(&kind), async |served| comes_back(served, &kind).await);
    }
}

#[test]
fn every_value_that_sqlite_holds_comes_back_as_it_was() {
    for kind in kinds() {
        on_sqlite(&shop(&kind), async |served| comes_back(served, &kind).await);
    }
}
