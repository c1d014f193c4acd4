//! The forms in which SQLite's four kinds of values stand for what it has no types for.

use super::*;
use crate::fixture::{contract, message};

fn field(kind: &str, value: Scalar<'_>) -> Result<serde_json::Value, Misfit> {
    let pool = contract(&format!("message M {{ {kind} x = 1; }}"));
    let descriptor = message(&pool, "M");
    let bytes = write(&descriptor, &[("x", value)]).map_err(|fault| fault.what)?;
    let message = DynamicMessage::decode(descriptor, bytes.as_slice()).unwrap();
    Ok(serde_json::to_value(&message).unwrap()["x"].clone())
}

fn date(year: i32, month: i32, day: i32) -> serde_json::Value {
    serde_json::json!({"year": year, "month": month, "day": day})
}

#[test]
fn a_date_is_text_of_year_month_and_day() {
    let sent = |value: &'static str| field("google.type.Date", text(value));
    assert_eq!(sent("2024-02-29").unwrap(), date(2024, 2, 29));
    assert_eq!(sent("0001-01-01").unwrap(), date(1, 1, 1));
    assert_eq!(sent("9999-12-31").unwrap(), date(9999, 12, 31));
    for other in [
        "",
        "2024",
        "2024-2-29",
        "2023-02-29",
        "2024-13-01",
        "0000-01-01",
        "2024-05-01T00:00:00",
        "24-05-01",
        " 2024-05-01",
        "2024-05-01 ",
        "-2024-05-01",
        "10000-01-01",
        "2024-05-0x",
        "infinity",
        "2024-+5-01",
    ] {
        assert_eq!(sent(other), Err(Misfit::Type), "{other}");
    }
    for other in [Scalar::Int(20_240_501), Scalar::Float(0.0), Scalar::Bytes(b"2024-05-01")] {
        assert_eq!(field("google.type.Date", other), Err(Misfit::Type));
    }
}

#[test]
fn a_time_of_day_is_text_of_hours_minutes_and_seconds() {
    let sent = |value: &'static str| field("google.type.TimeOfDay", text(value));
    assert_eq!(sent("12:30:05").unwrap(), serde_json::json!({"hours": 12, "minutes": 30, "seconds": 5}));
    assert_eq!(sent("00:00:00").unwrap(), serde_json::json!({}));
    assert_eq!(sent("24:00:00").unwrap(), serde_json::json!({"hours": 24}));
    assert_eq!(sent("00:00:00.5").unwrap(), serde_json::json!({"nanos": 500_000_000}));
    assert_eq!(sent("00:00:00.000000001").unwrap(), serde_json::json!({"nanos": 1}));
    for other in [
        "",
        "12:30",
        "1:2:3",
        "24:00:01",
        "23:60:00",
        "23:59:60",
        "12:30:00.",
        "12:30:00.0000000001",
        "12:30:00Z",
        "12:30:00 ",
        "-1:30:00",
        "12:30:00.+5",
        "12:30:00.5.5",
    ] {
        assert_eq!(sent(other), Err(Misfit::Type), "{other}");
    }
}

#[test]
fn a_duration_is_text_as_protobuf_writes_it_or_whole_seconds() {
    let sent = |value: &'static str| field("google.protobuf.Duration", text(value));
    assert_eq!(sent("3.5s").unwrap(), "3.500s");
    assert_eq!(sent("-0.000000001s").unwrap(), "-0.000000001s");
    assert_eq!(sent("315576000000s").unwrap(), "315576000000s");
    assert_eq!(field("google.protobuf.Duration", Scalar::Int(-90)).unwrap(), "-90s");
    for other in ["", "3.5", "1 hour", "s", "1.5.5s", "3.5S", "1e3s", "0.0000000001s"] {
        assert_eq!(sent(other), Err(Misfit::Type), "{other}");
    }
    for far in [text("315576000001s"), text("-315576000000.1s"), Scalar::Int(i64::MAX), Scalar::Int(i64::MIN)]
    {
        assert_eq!(field("google.protobuf.Duration", far.clone()), Err(Misfit::Range), "{far:?}");
    }
    assert_eq!(field("google.protobuf.Duration", Scalar::Float(1.5)), Err(Misfit::Type));
}

#[test]
fn a_decimal_is_a_number_as_text_or_an_integer() {
    let sent = |value| field("google.type.Decimal", value);
    for number in ["0", "-0.10", "+5", "1e400", "1.5E-7", ".5", "5.", "12345678901234567890.123456789"] {
        assert_eq!(sent(text(number)).unwrap(), serde_json::json!({"value": number}));
    }
    assert_eq!(sent(Scalar::Int(i64::MIN)).unwrap(), serde_json::json!({"value": i64::MIN.to_string()}));
    for other in
        ["", ".", "-", "NaN", "Infinity", "1,5", "1e", "1e+", "0x10", "1 ", "--1", "1.5.5", "e5", "١"]
    {
        assert_eq!(sent(text(other)), Err(Misfit::Type), "{other}");
    }
    assert_eq!(sent(Scalar::Float(1.5)), Err(Misfit::Type));
}

#[test]
fn an_integer_in_a_float_or_a_double_is_one_that_it_holds_exactly() {
    assert_eq!(field("double", Scalar::Int(-(1 << 53))).unwrap(), -9_007_199_254_740_992.0);
    assert_eq!(field("double", Scalar::Int((1 << 53) + 1)), Err(Misfit::Range));
    assert_eq!(field("float", Scalar::Int(1 << 24)).unwrap(), 16_777_216.0);
    assert_eq!(field("float", Scalar::Int((1 << 24) + 1)), Err(Misfit::Range));
    assert_eq!(field("double", Scalar::Int(i64::MIN)), Err(Misfit::Range));
}

#[test]
fn every_other_pair_is_told() {
    let values = [Scalar::Int(1), Scalar::Float(1.0), text("1"), Scalar::Bytes(b"1")];
    for (kind, takes) in [
        ("bool", [true, false, false, false]),
        ("int32", [true, false, false, false]),
        ("uint64", [true, false, false, false]),
        ("double", [true, true, false, false]),
        ("float", [true, true, false, false]),
        ("string", [false, false, true, false]),
        ("bytes", [false, false, false, true]),
        ("google.protobuf.Timestamp", [true, false, false, false]),
        ("google.protobuf.Duration", [true, false, false, false]),
        ("google.type.Date", [false, false, false, false]),
        ("google.type.TimeOfDay", [false, false, false, false]),
        ("google.type.Decimal", [true, false, true, false]),
        ("google.protobuf.Value", [false, false, true, false]),
        ("google.protobuf.Struct", [false, false, false, false]),
        ("google.protobuf.Int32Value", [true, false, false, false]),
        ("repeated int32", [false, false, false, false]),
        ("map<string, string>", [false, false, false, false]),
    ] {
        for (value, takes) in values.iter().zip(takes) {
            assert_eq!(field(kind, value.clone()).is_ok(), takes, "{value:?} into {kind}");
        }
    }
}
