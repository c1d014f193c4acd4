//! Random values of every type through a real PostgreSQL, into every kind of field that holds them. What comes out is
//! what went in, or, as a string, what PostgreSQL itself writes.

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

/// Every day that PostgreSQL has, as text that it reads.
fn day() -> impl Strategy<Value = String> {
    let far = (-4_712..=5_874_897_i64, 1..=12_u8, 1..=28_u8);
    far.prop_map(|(year, month, day)| match year {
        1.. => format!("{year:04}-{month:02}-{day:02}"),
        _ => format!("{:04}-{month:02}-{day:02} BC", 1 - year),
    })
}

/// A moment as text that PostgreSQL reads, and its seconds and nanoseconds as protobuf's JSON has them.
fn moment() -> impl Strategy<Value = Sample> {
    let instant = -62_135_596_800_000_000..=253_402_300_799_999_999_i64;
    let near = 1_700_000_000_000_000..1_800_000_000_000_000_i64;
    prop_oneof![instant, near].prop_map(|micros| {
        let instant = crate::instant::Instant::from_micros(micros).unwrap().to_string();
        (instant.clone(), json!(protobuf(&instant)))
    })
}

/// Protobuf's JSON has 0, 3, 6 or 9 decimals.
fn protobuf(instant: &str) -> String {
    match instant.trim_end_matches('Z').split_once('.') {
        None => instant.to_owned(),
        Some((seconds, decimals)) => {
            format!("{seconds}.{decimals:0<width$}Z", width = decimals.len().div_ceil(3) * 3)
        }
    }
}

#[test]
fn days() {
    is_postgresqls_text("date", day());
    let named = (1..=9_999_i16, 1..=12_i8, 1..=28_i8).prop_map(|(year, month, day)| {
        (format!("{year:04}-{month:02}-{day:02}"), json!({"year": year, "month": month, "day": day}))
    });
    holds("date", "google.type.Date", named);
}

#[test]
fn times() {
    let clock = || (0..24_u8, 0..60_u8, 0..60_u8, prop_oneof![Just(0), 1..1_000_000_u32]);
    let text =
        |(hours, minutes, seconds, micros)| format!("{hours:02}:{minutes:02}:{seconds:02}.{micros:06}");
    is_postgresqls_text("time", clock().prop_map(text));
    let fields = move |(hours, minutes, seconds, micros): (u8, u8, u8, u32)| {
        let all = [("hours", hours.into()), ("minutes", minutes.into()), ("seconds", seconds.into())];
        let all = all.into_iter().chain([("nanos", micros * 1_000)]).filter(|(_, value)| *value != 0);
        let fields = all.map(|(name, value)| (name.to_owned(), json!(value))).collect();
        (text((hours, minutes, seconds, micros)), Json::Object(fields))
    };
    holds("time", "google.type.TimeOfDay", clock().prop_map(fields));
}

#[test]
fn moments() {
    for kind in ["timestamp", "timestamptz"] {
        holds(kind, "google.protobuf.Timestamp", moment());
        is_postgresqls_text(kind, day().prop_filter("in range", |day| day.len() < 12 || day.ends_with("BC")));
        is_postgresqls_text(kind, moment().prop_map(|(text, _)| text));
    }
}

#[test]
fn intervals() {
    let any = (any::<i32>(), any::<i32>(), any::<i64>());
    let small = (-30..30_i32, -40..40_i32, -90_000_000_000..90_000_000_000_i64);
    // PostgreSQL takes microseconds one by one only where they fit its own arithmetic.
    let text = |(months, days, micros): (i32, i32, i64)| {
        format!("{months} mons {days} days {} microseconds", micros / 2)
    };
    is_postgresqls_text("interval", prop_oneof![any, small].prop_map(text));
    let fixed = (-3_000_000..3_000_000_i32, -9_000_000_000_000_000..9_000_000_000_000_000_i64);
    let duration = |(days, micros): (i32, i64)| {
        let all = i128::from(days) * 86_400_000_000 + i128::from(micros);
        let sign = if all < 0 { "-" } else { "" };
        let (seconds, rest) = (all.unsigned_abs() / 1_000_000, all.unsigned_abs() % 1_000_000);
        let decimals = match rest {
            0 => String::new(),
            _ if rest % 1_000 == 0 => format!(".{:03}", rest / 1_000),
            _ => format!(".{rest:06}"),
        };
        (format!("{days} days {micros} microseconds"), json!(format!("{sign}{seconds}{decimals}s")))
    };
    holds("interval", "google.protobuf.Duration", fixed.prop_map(duration));
}

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
