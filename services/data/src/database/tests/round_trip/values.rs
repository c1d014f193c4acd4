//! Values to store: those at the edges of their types, and any between.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

/// The largest integer of a kind of field, and the smallest.
pub fn whole(low: i128, high: i128) -> impl Strategy<Value = i128> {
    prop_oneof![low..=high, low.max(-1_000)..=1_000.min(high)]
}

pub fn whole_edges(low: i128, high: i128) -> Vec<i128> {
    let powers = [15, 16, 24, 31, 32, 53, 63].map(|bits| 1_i128 << bits);
    let around =
        powers.into_iter().flat_map(|power| [power - 1, power, power + 1, -power - 1, -power, 1 - power]);
    let all = around.chain([low, high, 0, 1, -1]);
    all.filter(|number| (low..=high).contains(number)).collect()
}

pub fn real_edges() -> Vec<f64> {
    let finite = [
        0.0,
        1.0,
        -1.5,
        0.1,
        f64::MAX,
        f64::MIN,
        f64::MIN_POSITIVE,
        5e-324,
        f64::EPSILON,
        1e21,
        9_007_199_254_740_993.0,
    ];
    let of_floats = [f32::MAX, f32::MIN, f32::MIN_POSITIVE, 1e-45, 1.1, 16_777_217.0].map(f64::from);
    [finite.to_vec(), of_floats.to_vec()].concat()
}

/// A number as protobuf's JSON has it, which has words for what is none.
pub fn real(value: f64) -> Json {
    match value {
        _ if value.is_nan() => json!("NaN"),
        f64::INFINITY => json!("Infinity"),
        f64::NEG_INFINITY => json!("-Infinity"),
        _ => json!(value),
    }
}

/// Every character there is but NUL, in texts of many.
pub fn all_of_unicode() -> Vec<String> {
    let all: Vec<char> = ('\u{1}'..=char::MAX).collect();
    all.chunks(60_000).map(|chunk| chunk.iter().collect()).collect()
}

/// Texts that something might take for something else.
pub fn odd_texts() -> Vec<String> {
    let odd = [
        "",
        "NULL",
        "null",
        "{}",
        "'; --",
        "\\",
        "\"",
        "(,)",
        "{\"a\",NULL}",
        "\\x00",
        " a b ",
        "\n\t\r",
        "%s",
        "${x}",
        ":x",
        "\u{1}\u{7f}",
        "\u{feff}",
        "\u{202e}abc",
        "e\u{301}",
        "\u{fdd0}\u{fffe}\u{ffff}",
        "\u{1f468}\u{200d}\u{1f469}",
        "\u{10ffff}",
    ];
    odd.map(str::to_owned).to_vec()
}

pub fn text() -> impl Strategy<Value = String> {
    let any = prop::collection::vec(any::<char>().prop_filter("NUL", |c| *c != '\0'), 0..40);
    any.prop_map(|chars| chars.into_iter().collect())
}

/// One million bytes, as characters of two bytes.
pub fn megabyte() -> String {
    "é".repeat(500_000)
}

pub fn base64(bytes: &[u8]) -> Json {
    use ::base64::Engine as _;
    json!(::base64::engine::general_purpose::STANDARD.encode(bytes))
}

pub fn bytes() -> impl Strategy<Value = Json> {
    prop::collection::vec(any::<u8>(), 0..50).prop_map(|bytes| base64(&bytes))
}

/// The first and the last second of the years 1 to 9999.
pub const SECONDS: std::ops::RangeInclusive<i64> = crate::instant::Instant::SECONDS;

pub fn instant(seconds: i64, nanos: i32) -> Json {
    json!(prost_types::Timestamp { seconds, nanos }.to_string())
}

/// Nanoseconds that are a number of those units.
pub fn nanos(unit: i32) -> impl Strategy<Value = i32> {
    prop_oneof![1 => Just(0), 3 => 0..1_000_000_000 / unit].prop_map(move |units| units * unit)
}

pub fn instants(unit: i32) -> impl Strategy<Value = Json> {
    (prop_oneof![SECONDS, 1_700_000_000..1_800_000_000_i64], nanos(unit))
        .prop_map(|(seconds, nanos)| instant(seconds, nanos))
}

/// The longest Duration, in seconds.
pub const LONGEST: i64 = 315_576_000_000;

pub fn duration(seconds: i64, nanos: i32) -> Json {
    json!(prost_types::Duration { seconds, nanos }.to_string())
}

pub fn durations(unit: i32) -> impl Strategy<Value = Json> {
    (prop_oneof![1 - LONGEST..LONGEST, -1_000_000..1_000_000_i64], nanos(unit))
        .prop_map(|(seconds, nanos)| duration(seconds, if seconds < 0 { -nanos } else { nanos }))
}

pub fn date(year: i32, month: i32, day: i32) -> Json {
    json!({ "year": year, "month": month, "day": day })
}

pub fn dates() -> impl Strategy<Value = Json> {
    (1..=9999, 1..=12, 1..=28).prop_map(|(year, month, day)| date(year, month, day))
}

pub fn clock([hours, minutes, seconds]: [i32; 3], nanos: i32) -> Json {
    json!({ "hours": hours, "minutes": minutes, "seconds": seconds, "nanos": nanos })
}

pub fn clocks(unit: i32) -> impl Strategy<Value = Json> {
    (0..24, 0..60, 0..60, nanos(unit))
        .prop_map(|(hours, minutes, seconds, nanos)| clock([hours, minutes, seconds], nanos))
}

/// A Decimal as PostgreSQL writes it.
pub fn decimals() -> impl Strategy<Value = String> {
    "-?[1-9][0-9]{0,30}(\\.[0-9]{1,30})?"
}

/// Any JSON whose numbers a double holds, as google.protobuf.Value has it.
pub fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        (-(1_i64 << 53)..=1 << 53).prop_map(|value| json!(value as f64)),
        any::<f64>()
            .prop_filter("finite", |value| value.is_finite() && *value != 0.0)
            .prop_map(|value| json!(value)),
        text().prop_map(Json::String),
    ];
    leaf.prop_recursive(4, 20, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Json::Array),
            prop::collection::btree_map("[^\\x00]{0,5}", inner, 0..5).prop_map(|all| json!(all)),
        ]
    })
}

pub fn any_object() -> impl Strategy<Value = Json> {
    prop::collection::btree_map("[^\\x00]{0,5}", any_json(), 0..5).prop_map(|all| json!(all))
}

/// Lists in each other, so many.
pub fn nested(depth: usize) -> Json {
    (0..depth).fold(json!("in"), |inner, _| json!([inner]))
}
