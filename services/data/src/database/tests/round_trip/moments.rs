//! Instants, days, times of day and lengths of time. What is finer than a database keeps is refused, and never cut.

use serde_json::{Value as Json, json};

use super::values::*;
use super::*;

/// Texts that are JSON already, in quotes: what a text column has, read by protobuf's mapping.
const TEXTS: [(&str, &str); 4] = [
    ("text", "to_jsonb(x)"),
    ("varchar", "to_jsonb(x)"),
    ("char(60)", "to_jsonb(rtrim(x))"),
    ("citext", "to_jsonb(x)"),
];

const MICROS: i32 = 1_000;

fn timestamp(column: &str, unit: i32) -> Pair {
    let (first, last) = (*SECONDS.start(), *SECONDS.end());
    let edges = [(first, 0), (last, 0), (last, 999_999_000), (0, 0), (-1, 999_999_000), (-1, 0), (0, unit)];
    let edges = edges.map(|(seconds, nanos)| instant(seconds, nanos));
    pair("google.protobuf.Timestamp", column, edges, instants(unit))
}

/// Instants that only a nanosecond tells from others.
fn fine_instants() -> [Json; 3] {
    [instant(0, 1), instant(-1, 999_999_999), instant(1_700_000_000, 123_456_789)]
}

fn duration_in(column: &str, unit: i32) -> Pair {
    let edges = [(LONGEST, 0), (-LONGEST, 0), (0, 0), (0, unit), (0, -unit), (-1, -500_000_000), (86_400, 0)];
    pair(
        "google.protobuf.Duration",
        column,
        edges.map(|(seconds, nanos)| duration(seconds, nanos)),
        durations(unit),
    )
}

fn fine_durations() -> [Json; 3] {
    [duration(0, 1), duration(-3, -1), duration(1, 123_456_789)]
}

fn day(column: &str) -> Pair {
    let edges = [date(1, 1, 1), date(9999, 12, 31), date(2024, 2, 29), date(1582, 10, 10), date(2000, 1, 1)];
    let none =
        [json!({}), date(0, 1, 1), date(2024, 0, 1), date(2023, 2, 29), date(10_000, 1, 1), date(-1, 1, 1)];
    pair("google.type.Date", column, edges, dates()).and(none.map(|none| case(none, INVALID)))
}

fn time(column: &str, unit: i32) -> Pair {
    let edges =
        [clock([0, 0, 0], 0), clock([24, 0, 0], 0), clock([23, 59, 59], 999_999_000), clock([0, 0, 0], unit)];
    let none = [
        clock([24, 0, 1], 0),
        clock([25, 0, 0], 0),
        clock([0, 60, 0], 0),
        clock([0, 0, -1], 0),
        clock([0, 0, 0], -1),
    ];
    pair("google.type.TimeOfDay", column, edges, clocks(unit)).and(none.map(|none| case(none, INVALID)))
}

fn fine_times() -> [Json; 2] {
    [clock([0, 0, 0], 1), clock([23, 59, 59], 999_999_999)]
}

pub fn on_postgres() -> Vec<Pair> {
    let mut pairs = Vec::new();
    for column in ["timestamp", "timestamptz", "moment"] {
        pairs.push(timestamp(column, MICROS).and(fine_instants().map(refused)));
    }
    pairs.push(duration_in("interval", MICROS).and(fine_durations().map(refused)));
    pairs.push(day("date"));
    pairs.push(time("time", MICROS).and(fine_times().map(refused)));
    for column in ["json", "jsonb"] {
        pairs.extend([
            timestamp(column, 1).and(fine_instants()),
            duration_in(column, 1).and(fine_durations()),
        ]);
        pairs.extend([day(column), time(column, 1).and(fine_times())]);
    }
    for (column, json) in TEXTS {
        pairs.push(timestamp(column, 1).and(fine_instants()).back(json));
        pairs.push(duration_in(column, 1).and(fine_durations()).back(json));
        pairs.push(day(column).back("CAST(x AS date)"));
        pairs.push(time(column, MICROS).back("CAST(x AS time)"));
    }
    pairs
}

pub fn on_sqlite() -> Vec<Pair> {
    const SECOND: i32 = 1_000_000_000;
    let whole = [instant(*SECONDS.start(), 0), instant(*SECONDS.end(), 0), instant(0, 0), instant(-1, 0)];
    let whole_durations = [duration(LONGEST, 0), duration(-LONGEST, 0), duration(0, 0), duration(-1, 0)];
    let in_seconds = pair("google.protobuf.Timestamp", "INTEGER", whole, instants(SECOND));
    let lengths = pair("google.protobuf.Duration", "INTEGER", whole_durations, durations(SECOND));
    let half = [duration(0, 500_000_000), duration(-3, -1)];
    vec![
        timestamp("TEXT", 1).and(fine_instants()),
        in_seconds.and(fine_instants().map(refused)).and([refused(instant(-1, 500_000_000))]),
        duration_in("TEXT", 1).and(fine_durations()),
        lengths.and(half.map(refused)),
        day("TEXT"),
        time("TEXT", 1).and(fine_times()),
    ]
}

#[test]
fn moments_come_back_from_postgresql() {
    come_back_on_postgres(&on_postgres());
}

#[test]
fn moments_come_back_from_sqlite() {
    come_back_on_sqlite(&on_sqlite());
}

/// A Timestamp by its parts, also one that its JSON could not say.
fn raw(seconds: i64, nanos: i32) -> Vec<u8> {
    prost::Message::encode_to_vec(&prost_types::Timestamp { seconds, nanos })
}

#[test]
fn years_before_the_first_and_after_the_last_are_the_fields_fault() {
    let (first, last) = (*SECONDS.start(), *SECONDS.end());
    let pairs = [timestamp("timestamptz", MICROS)];
    crate::fixture::on_postgres(&shop(&pairs), async |served| {
        for (seconds, nanos) in
            [(first - 1, 0), (last + 1, 0), (i64::MAX, 0), (i64::MIN, 0), (0, -1), (0, 1_000_000_000)]
        {
            let mut request = vec![0x0A, raw(seconds, nanos).len() as u8];
            request.extend(raw(seconds, nanos));
            let fault = served.call_raw("P0", &request).await.unwrap_err();
            let told = (fault.reason.as_str(), fault.field.as_deref());
            assert_eq!(told, ("FIELD_INVALID", Some("x")), "{seconds} {nanos}");
        }
    });
}

#[test]
fn who_wants_an_instant_rounded_has_postgresql_read_it_as_text() {
    let shop = Shop::reading(
        "message Request { google.protobuf.Timestamp x = 1; } message Reply { google.protobuf.Timestamp x = 1; bool before = 2; }",
        "SELECT CAST(CAST(:x AS text) AS timestamptz) AS x, now() < CAST(CAST(:x AS text) AS timestamptz) AS before",
    );
    crate::fixture::on_postgres(&shop, async |served| {
        let reply = served.get(r#"{"x": "2000-01-01T00:00:00.123456789Z"}"#).await.unwrap();
        assert_eq!(reply, r#"{"x":"2000-01-01T00:00:00.123457Z"}"#);
    });
}

#[test]
fn a_bound_of_a_filter_is_not_cut_either() {
    let shop = Shop::reading(
        "message Request { google.protobuf.Timestamp before = 1; } message Reply { bool found = 1; }",
        "SELECT timestamptz '2024-05-01 12:00:00+00' < :before AS found",
    );
    crate::fixture::on_postgres(&shop, async |served| {
        let fault = served.get(r#"{"before": "2024-05-01T12:00:00.000000001Z"}"#).await.unwrap_err();
        assert_eq!((fault.reason.as_str(), fault.field.as_deref()), ("VALUE_REJECTED", Some("before")));
        assert!(fault.message.contains("microseconds"), "{fault}");
    });
}
