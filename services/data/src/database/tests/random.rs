//! Random values of every type through a real PostgreSQL, into every kind of field that holds them. What comes out is
//! what went in, or, as a string, what PostgreSQL itself writes.

mod moments;
mod structured;

use base64::Engine as _;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value as Json, json};

use crate::fixture::{Served, Shop, on_postgres};

/// A value as text that PostgreSQL reads, and what the reply has for it.
type Sample = (String, Json);

/// Asks for the values, many at once, as a field of that type.
fn holds(kind: &str, field: &str, samples: impl Strategy<Value = Sample>) {
    let messages = format!(
        "message Request {{ repeated string values = 1; }} message Reply {{ repeated Row rows = 1; }}
         message Row {{ {field} x = 1; optional string theirs = 2; }} message Pair {{ int32 x = 1; optional string y = 2; }}
         enum Mood {{ MOOD_UNSPECIFIED = 0; MOOD_SAD = 1; MOOD_OK = 2; }}"
    );
    let sql = format!(
        "SELECT CAST(v AS {kind}) AS x, format('%s', CAST(v AS {kind})) AS theirs \
         FROM unnest(CAST(:values AS text[])) WITH ORDINALITY AS u (v, n) ORDER BY n"
    );
    on_postgres(&Shop::reading(&messages, &sql), async |served| {
        let samples = prop::collection::vec(samples, 1..100);
        let mut runner = TestRunner::new(Config { cases: 8, failure_persistence: None, ..Config::default() });
        tokio::task::block_in_place(|| runner.run(&samples, |samples| compare(served, field, &samples)))
            .unwrap_or_else(|error| panic!("{kind} into {field}: {error}"));
    });
}

fn compare(served: &Served, field: &str, samples: &[Sample]) -> Result<(), TestCaseError> {
    let values: Vec<&str> = samples.iter().map(|(value, _)| value.as_str()).collect();
    let request = json!({ "values": values }).to_string();
    let reply = tokio::runtime::Handle::current().block_on(served.get(&request));
    let reply = reply.map_err(|fault| TestCaseError::fail(format!("{fault}")))?;
    let reply: Json = serde_json::from_str(&reply).unwrap();
    for ((value, expected), row) in samples.iter().zip(reply["rows"].as_array().unwrap()) {
        match expected {
            Json::Null => prop_assert_eq!(&row["x"], &row["theirs"], "{}", value),
            expected => {
                prop_assert!(same(field, &row["x"], expected), "{}: {} and not {}", value, row["x"], expected)
            }
        }
    }
    Ok(())
}

/// A float may have several texts that are equally short, and JSON has any of them.
fn same(field: &str, found: &Json, expected: &Json) -> bool {
    match (found.as_f64(), expected.as_f64()) {
        (Some(found), Some(expected)) if field.ends_with("float") => found as f32 == expected as f32,
        _ => found == expected,
    }
}

/// The same as a string, where PostgreSQL's own text is what is expected.
fn is_postgresqls_text(kind: &str, values: impl Strategy<Value = String>) {
    holds(kind, "optional string", values.prop_map(|value| (value, Json::Null)));
}

/// Numbers of any size, and those around which something changes.
fn around(low: i64, high: i64) -> impl Strategy<Value = i64> {
    let edges = [low, low + 1, -1, 0, 1, 127, 128, 16_383, 16_384, high - 1, high];
    prop_oneof![low..=high, prop::sample::select(edges.to_vec()), -1_000..1_000_i64]
}

#[test]
fn integers() {
    for (kind, low, high) in [
        ("int2", i16::MIN.into(), i16::MAX.into()),
        ("int4", i32::MIN.into(), i32::MAX.into()),
        ("small", i16::MIN.into(), i16::MAX.into()),
    ] {
        for field in ["int32", "sint32", "sfixed32"] {
            let sample = |value: i64| (value.to_string(), json!(value));
            holds(kind, &format!("optional {field}"), around(low, high).prop_map(sample));
        }
    }
    for field in ["int64", "sint64", "sfixed64"] {
        let sample = |value: i64| (value.to_string(), json!(value.to_string()));
        holds("int8", &format!("optional {field}"), around(i64::MIN, i64::MAX).prop_map(sample));
        holds("numeric", &format!("optional {field}"), around(i64::MIN, i64::MAX).prop_map(sample));
    }
    let sample = |value: i64| (value.to_string(), json!({"value": value.to_string()}));
    holds("int8", "google.type.Decimal", around(i64::MIN, i64::MAX).prop_map(sample));
}

#[test]
fn unsigned_integers() {
    for field in ["uint64", "fixed64"] {
        let sample = |value: u64| (value.to_string(), json!(value.to_string()));
        holds("numeric", &format!("optional {field}"), any::<u64>().prop_map(sample));
    }
    for field in ["uint32", "fixed32"] {
        let sample = |value: u32| (value.to_string(), json!(value));
        holds("int8", &format!("optional {field}"), any::<u32>().prop_map(sample));
    }
}

#[test]
fn floats() {
    let special = |text: &str| (text.to_owned(), json!(text));
    let specials = || prop::sample::select(vec![special("NaN"), special("Infinity"), special("-Infinity")]);
    let double = (any::<f64>().prop_filter("finite", |value| value.is_finite()))
        .prop_map(|value| (format!("{value:?}"), json!(value)));
    let float = (any::<f32>().prop_filter("finite", |value| value.is_finite()))
        .prop_map(|value| (format!("{value:?}"), json!(value)));
    let widened = (any::<f32>().prop_filter("finite", |value| value.is_finite()))
        .prop_map(|value| (format!("{value:?}"), json!(f64::from(value))));
    holds("float8", "optional double", prop_oneof![9 => double, 1 => specials()]);
    holds("float4", "optional float", prop_oneof![9 => float, 1 => specials()]);
    holds("float4", "optional double", prop_oneof![9 => widened, 1 => specials()]);
}

#[test]
fn numerics() {
    let number = || "-?(0|[1-9][0-9]{0,300})(\\.[0-9]{1,300})?";
    is_postgresqls_text("numeric", number());
    is_postgresqls_text("numeric", "-?[0-9]{1,3}(\\.[0-9]{1,3})?(e-?[0-9]{1,3})?");
    let exact = |value: String| {
        let is_zero = value.chars().all(|digit| matches!(digit, '-' | '0' | '.'));
        let text = if is_zero { value.trim_start_matches('-').to_owned() } else { value };
        (text.clone(), json!({ "value": text }))
    };
    holds("numeric", "google.type.Decimal", number().prop_map(exact));
}

#[test]
fn text() {
    let any_text = || {
        prop_oneof![
            "[^\\x00]{0,50}".boxed(),
            prop::collection::vec(any::<char>(), 0..50)
                .prop_map(|all| all.into_iter().filter(|one| *one != '\0').collect::<String>())
                .boxed(),
        ]
    };
    for kind in ["text", "varchar", "citext"] {
        holds(kind, "optional string", any_text().prop_map(|value| (value.clone(), json!(value))));
        holds(
            kind,
            "google.protobuf.StringValue",
            any_text().prop_map(|value| (value.clone(), json!(value))),
        );
    }
    is_postgresqls_text("name", "[^\\x00]{0,20}");
    is_postgresqls_text("\"char\"", "[ -~]?");
    is_postgresqls_text("char(10)", "[a-z ]{0,10}");
    is_postgresqls_text(
        "mood",
        prop::sample::select(vec!["sad".to_owned(), "ok".to_owned(), "très bien".to_owned()]),
    );
    let mood = prop::sample::select(vec![("sad", "MOOD_SAD"), ("ok", "MOOD_OK")]);
    holds("mood", "optional Mood", mood.prop_map(|(label, name)| (label.to_owned(), json!(name))));
}

#[test]
fn bytes_and_truth_values() {
    let bytes = prop::collection::vec(any::<u8>(), 0..300).prop_map(|bytes| {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        (format!("\\x{hex}"), json!(base64::engine::general_purpose::STANDARD.encode(bytes)))
    });
    holds("bytea", "optional bytes", bytes);
    holds("bool", "optional bool", any::<bool>().prop_map(|value| (value.to_string(), json!(value))));
}

#[test]
fn uuids_and_addresses() {
    is_postgresqls_text("uuid", "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
    let v4 = || any::<u32>().prop_map(|bits| std::net::Ipv4Addr::from(bits).to_string());
    // Zeros are what makes the text of an IPv6 address.
    let word = || prop_oneof![2 => Just(0_u16), 1 => any::<u16>(), 1 => Just(0xffff)];
    let v6 = || [(); 8].map(|()| word()).prop_map(|words| std::net::Ipv6Addr::from(words).to_string());
    is_postgresqls_text("inet", prop_oneof![v4(), v6()]);
    is_postgresqls_text("inet", (v4(), 0..=32_u8).prop_map(|(address, bits)| format!("{address}/{bits}")));
    is_postgresqls_text("inet", (v6(), 0..=128_u8).prop_map(|(address, bits)| format!("{address}/{bits}")));
    is_postgresqls_text("cidr", prop_oneof![v4(), v6()]);
}
