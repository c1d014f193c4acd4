//! How values stand in a message: with and without presence, as members of a oneof, and in messages of several columns.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value as Json, json};

use super::values::*;
use super::*;

/// Stores a row of those columns and gives it back, on both databases. `values` are requests.
fn come_back(
    messages: &str,
    columns: &[(&str, &str, &str)],
    edges: Vec<Json>,
    values: impl Strategy<Value = Json>,
) {
    let names: Vec<&str> = columns.iter().map(|(name, ..)| *name).collect();
    let column = |name: &str| name.replace('.', "_");
    let list = |of: &dyn Fn(&str) -> String| names.iter().map(|name| of(name)).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "INSERT INTO t ({}) VALUES ({}) RETURNING {}",
        list(&column),
        list(&|name| format!(":{name}")),
        list(&|name| format!("{} AS \"{name}\"", column(name)))
    );
    let table = |of: &dyn Fn(&(&str, &str, &str)) -> String| {
        format!("CREATE TABLE t ({})", columns.iter().map(of).collect::<Vec<_>>().join(", "))
    };
    let shop = Shop::writing(messages, &sql)
        .with(
            "migrations/1_t.postgres.sql",
            &table(&|(name, postgres, _)| format!("{} {postgres}", column(name))),
        )
        .with("migrations/1_t.sqlite.sql", &table(&|(name, _, sqlite)| format!("{} {sqlite}", column(name))));
    crate::fixture::on_both(&shop, async |served| {
        assert_eq!(served.findings(), [""; 0]);
        let reply = served.catalog.methods[0].descriptor.output();
        let try_one = |value: Json| {
            let got = tokio::runtime::Handle::current().block_on(served.get(&value.to_string()));
            let got = got.map_err(|fault| TestCaseError::fail(format!("{value}: {fault}")))?;
            let got = shown(&Proto::Message(message(&reply, &serde_json::from_str(&got).unwrap())));
            prop_assert_eq!(got, shown(&Proto::Message(message(&reply, &value))));
            Ok(())
        };
        tokio::task::block_in_place(|| {
            edges.iter().for_each(|edge| try_one(edge.clone()).unwrap());
            let config = Config { cases: 32, failure_persistence: None, ..Config::default() };
            TestRunner::new(config).run(&values, try_one).unwrap();
        });
    });
}

/// An object of those fields that are there.
fn object(fields: impl IntoIterator<Item = (&'static str, Option<Json>)>) -> Json {
    let there = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Json::Object(there.collect())
}

#[test]
fn fields_without_presence_have_their_defaults() {
    let fields = "bool a = 1; int32 b = 2; uint64 c = 3; double d = 4; string e = 5; bytes f = 6; Status g = 7; float h = 8;";
    let messages = format!("message Request {{ {fields} }} message Reply {{ {fields} }} {MESSAGES}");
    let columns = [
        ("a", "bool", "INTEGER"),
        ("b", "int4", "INTEGER"),
        ("c", "numeric", "INTEGER"),
        ("d", "float8", "REAL"),
        ("e", "text", "TEXT"),
        ("f", "bytea", "BLOB"),
        ("g", "int4", "TEXT"),
        ("h", "float4", "REAL"),
    ];
    let values = (any::<bool>(), any::<i32>(), 0..i64::MAX, text(), bytes(), any::<u8>());
    let values = values.prop_map(|(truth, whole, huge, text, raw, there)| {
        let all = [
            ("a", json!(truth)),
            ("b", json!(whole)),
            ("c", json!(huge.to_string())),
            ("d", json!(f64::from(whole) / 8.0)),
            ("e", json!(text)),
            ("f", raw),
            ("g", json!("STATUS_OPEN")),
            ("h", json!(1.5)),
        ];
        object(
            all.into_iter()
                .enumerate()
                .map(|(bit, (name, value))| (name, (there >> bit & 1 == 1).then_some(value))),
        )
    });
    come_back(&messages, &columns, vec![json!({})], values);
}

#[test]
fn of_a_oneof_the_member_that_was_sent_comes_back() {
    let fields = "oneof kind { int32 a = 1; string b = 2; google.protobuf.Timestamp c = 3; bool d = 4; Inner e = 5; bytes f = 6; } int32 g = 7;";
    let messages = format!("message Request {{ {fields} }} message Reply {{ {fields} }} {MESSAGES}");
    let columns = [
        ("a", "int4", "INTEGER"),
        ("b", "text", "TEXT"),
        ("c", "timestamptz", "TEXT"),
        ("d", "bool", "INTEGER"),
        ("e", "jsonb", "TEXT"),
        ("f", "bytea", "BLOB"),
        ("g", "int4", "INTEGER"),
    ];
    let values = prop_oneof![
        any::<i32>().prop_map(|number| json!({ "a": number })),
        text().prop_map(|text| json!({ "b": text, "g": 1 })),
        instants(1_000).prop_map(|at| json!({ "c": at })),
        any::<bool>().prop_map(|truth| json!({ "d": truth })),
        bytes().prop_map(|raw| json!({ "f": raw })),
    ];
    let edges = vec![
        json!({}),
        json!({ "a": 0 }),
        json!({ "b": "" }),
        json!({ "d": false }),
        json!({ "e": {} }),
        json!({ "f": "" }),
    ];
    come_back(&messages, &columns, edges, values);
}

#[test]
fn a_message_may_be_several_columns() {
    let fields = "google.type.LatLng place = 1; Outer outer = 2;";
    let messages = format!(
        "message Request {{ {fields} }} message Reply {{ {fields} }} message Outer {{ Middle middle = 1; optional string note = 2; }}
         message Middle {{ google.protobuf.Int64Value n = 1; repeated string tags = 2; google.type.Date day = 3; }}"
    );
    let columns = [
        ("place.latitude", "float8", "REAL"),
        ("place.longitude", "float8", "REAL"),
        ("outer.note", "text", "TEXT"),
        ("outer.middle.n", "int8", "INTEGER"),
        ("outer.middle.tags", "text[]", "TEXT"),
        ("outer.middle.day", "date", "TEXT"),
    ];
    let values = (
        -90.0..90.0_f64,
        -180.0..180.0_f64,
        text(),
        any::<i64>(),
        prop::collection::vec(text(), 0..3),
        dates(),
    );
    let values = values.prop_map(|(latitude, longitude, note, n, tags, day)| {
        json!({
            "place": { "latitude": latitude, "longitude": longitude },
            "outer": { "note": note, "middle": { "n": n.to_string(), "tags": tags, "day": day } },
        })
    });
    let edges = vec![
        json!({}),
        json!({ "place": {} }),
        json!({ "place": { "latitude": -90, "longitude": 180 } }),
        json!({ "outer": { "note": "" } }),
        json!({ "outer": { "middle": { "n": "0" } } }),
    ];
    come_back(&messages, &columns, edges, values);
}
