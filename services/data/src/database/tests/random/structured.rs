//! Values of several: ranges, JSON, arrays, composite types.

use super::moments::moment;
use super::*;

#[test]
fn ranges() {
    let bounds = || prop::sample::select(vec![("[", "]"), ("[", ")"), ("(", "]"), ("(", ")")]);
    let integers = (bounds(), -1_000..1_000_i64, 0..1_000_i64, any::<bool>(), any::<bool>());
    let integers = integers.prop_map(|((open, close), low, length, has_low, has_high)| {
        let low_text = if has_low { low.to_string() } else { String::new() };
        let high_text = if has_high { (low + length).to_string() } else { String::new() };
        format!("{open}{low_text},{high_text}{close}")
    });
    for kind in ["int4range", "int8range", "numrange"] {
        is_postgresqls_text(kind, integers.clone());
    }
    let days = (bounds(), 1..=12_u8, 1..=28_u8).prop_map(|((open, close), month, day)| {
        format!("{open}2023-{month:02}-{day:02},2024-{month:02}-{day:02}{close}")
    });
    for kind in ["daterange", "tsrange", "tstzrange"] {
        is_postgresqls_text(kind, days.clone());
    }
    let quoted = |text: String| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let words = "[ -~é]{0,8}".prop_map(move |word| format!("[{},)", quoted(word)));
    is_postgresqls_text("textrange", words);
}

/// Any JSON whose numbers a double holds.
fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        (-(1_i64 << 53)..=1 << 53).prop_map(|value| json!(value as f64)),
        (-1e15..1e15_f64).prop_map(|value| json!(value)),
        "[^\\x00]{0,10}".prop_map(Json::String),
    ];
    leaf.prop_recursive(4, 30, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Json::Array),
            prop::collection::btree_map("[^\\x00]{0,5}", inner, 0..5)
                .prop_map(|entries| Json::Object(entries.into_iter().collect())),
        ]
    })
}

#[test]
fn json_values() {
    let not_null = || any_json().prop_filter("null is what is not compared", |json| !json.is_null());
    for kind in ["json", "jsonb"] {
        is_postgresqls_text(kind, any_json().prop_map(|json| json.to_string()));
        holds(kind, "google.protobuf.Value", not_null().prop_map(|json| (json.to_string(), json)));
    }
    let entries = prop::collection::btree_map("[^\\x00]{0,5}", any::<i64>(), 1..5).prop_map(|entries| {
        let strings: serde_json::Map<String, Json> =
            entries.iter().map(|(key, value)| (key.clone(), json!(value.to_string()))).collect();
        (json!(entries).to_string(), Json::Object(strings))
    });
    holds("jsonb", "map<string, int64>", entries);
    let list =
        prop::collection::vec(any::<i32>(), 1..20).prop_map(|list| (json!(list).to_string(), json!(list)));
    holds("jsonb", "repeated int32", list);
}

#[test]
fn arrays() {
    let array = |texts: Vec<String>| format!("{{{}}}", texts.join(","));
    let integers = prop::collection::vec(any::<i64>(), 1..50).prop_map(move |list| {
        let texts: Vec<String> = list.iter().map(ToString::to_string).collect();
        (array(texts.clone()), json!(texts))
    });
    holds("int8[]", "repeated int64", integers.clone());
    holds("int8[]", "repeated google.protobuf.Int64Value", integers);
    let quoted = |text: &String| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let words = prop::collection::vec("[^\\x00]{0,8}", 1..20)
        .prop_map(move |list: Vec<String>| (array(list.iter().map(quoted).collect()), json!(list)));
    holds("text[]", "repeated string", words);
    let moments = prop::collection::vec(moment(), 1..20).prop_map(move |list| {
        let (texts, all): (Vec<String>, Vec<Json>) = list.into_iter().unzip();
        (array(texts), Json::Array(all))
    });
    holds("timestamptz[]", "repeated google.protobuf.Timestamp", moments);
}

#[test]
fn composite_values() {
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let pair = (1..i32::MAX, "[^\\x00]{0,8}")
        .prop_map(move |(x, y)| (format!("({x},{})", quoted(&y)), json!({"x": x, "y": y})));
    holds("pair", "Pair", pair);
}
