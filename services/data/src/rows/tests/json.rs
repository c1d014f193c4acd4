//! JSON into lists, maps and messages, by protobuf's JSON mapping.

use super::*;
use crate::fixture::{contract, message};

const CONTRACT: &str = "
    enum Mood { MOOD_UNSPECIFIED = 0; MOOD_SAD = 1; }
    message M {
        repeated int64 list = 1; map<string, int32> map = 2; P place = 3; repeated P places = 4;
        google.protobuf.Struct struct = 5; google.protobuf.Value value = 6; google.protobuf.ListValue values = 7;
        map<int32, P> by_number = 8; repeated google.protobuf.Duration spans = 9; repeated Mood moods = 10;
        google.protobuf.Timestamp at = 11; google.type.Date day = 12; string text = 13; map<bool, bytes> by_truth = 14;
        oneof either { P left = 15; P right = 16; } google.protobuf.Int64Value wrapped = 17;
    }
    message P {
        double lat = 1; optional int64 big_id = 2; P inner = 3; float narrow = 4; google.protobuf.Value any = 5;
        repeated google.protobuf.Value list = 6; map<string, google.protobuf.Struct> map = 7; uint64 n = 8;
        google.protobuf.DoubleValue wrapped = 9; string text = 10;
    }";

fn sent(field: &str, text: &str) -> Result<serde_json::Value, Misfit> {
    let descriptor = message(&contract(CONTRACT), "M");
    let bytes = write(&descriptor, &[(field, Scalar::Json(text))]).map_err(|fault| fault.what)?;
    let message = DynamicMessage::decode(descriptor, bytes.as_slice()).unwrap();
    Ok(serde_json::to_value(&message).unwrap())
}

#[test]
fn json_goes_into_lists_maps_and_messages() {
    for (field, text, expected) in [
        ("list", "[1, \"-2\", 9223372036854775807]", r#"{"list": ["1", "-2", "9223372036854775807"]}"#),
        ("list", "[]", "{}"),
        ("list", "null", "{}"),
        ("map", r#"{"a": 1, "": -1}"#, r#"{"map": {"a": 1, "": -1}}"#),
        ("map", "{}", "{}"),
        ("by_number", r#"{"-5": {"lat": 1.5}}"#, r#"{"byNumber": {"-5": {"lat": 1.5}}}"#),
        ("by_truth", r#"{"true": "AP8="}"#, r#"{"byTruth": {"true": "AP8="}}"#),
        ("place", "{}", r#"{"place": {}}"#),
        ("place", "null", "{}"),
        (
            "place",
            r#"{"bigId": "5", "inner": {"big_id": 6}}"#,
            r#"{"place": {"bigId": "5", "inner": {"bigId": "6"}}}"#,
        ),
        ("places", r#"[{"lat": 1}, {}]"#, r#"{"places": [{"lat": 1.0}, {}]}"#),
        ("spans", r#"["1.5s", "-3s"]"#, r#"{"spans": ["1.500s", "-3s"]}"#),
        ("moods", r#"["MOOD_SAD", 0]"#, r#"{"moods": ["MOOD_SAD", "MOOD_UNSPECIFIED"]}"#),
        (
            "day",
            r#"{"year": 2024, "month": 5, "day": 1}"#,
            r#"{"day": {"year": 2024, "month": 5, "day": 1}}"#,
        ),
        ("right", r#"{"n": 1}"#, r#"{"right": {"n": "1"}}"#),
    ] {
        let expected: serde_json::Value = serde_json::from_str(expected).unwrap();
        assert_eq!(sent(field, text).unwrap(), expected, "{field} {text}");
    }
}

#[test]
fn on_sqlite_json_is_text() {
    let descriptor = message(&contract(CONTRACT), "M");
    let row = [("list", text("[1, 2]")), ("place", text(r#"{"lat": 1.5}"#)), ("value", text("null"))];
    let found: serde_json::Value = serde_json::from_str(&json(&descriptor, &row)).unwrap();
    assert_eq!(found, serde_json::json!({"list": ["1", "2"], "place": {"lat": 1.5}, "value": null}));
}

#[test]
fn any_json_is_a_value() {
    for text in ["null", "true", "1.5", "-0.0", "\"é\\u0000\"", "[1.0, [], {}]", r#"{"a": {"b": [null]}}"#] {
        let expected: serde_json::Value = serde_json::from_str(text).unwrap();
        assert_eq!(sent("value", text).unwrap()["value"], expected, "{text}");
    }
    assert_eq!(
        sent("struct", r#"{"a": [1, null]}"#).unwrap()["struct"],
        serde_json::json!({"a": [1.0, null]})
    );
    assert_eq!(sent("values", r#"[{"a": 1}]"#).unwrap()["values"], serde_json::json!([{"a": 1.0}]));
}

#[test]
fn json_into_a_string_is_its_text_as_it_is() {
    let text = r#" {"b" : 1, "a":[1e400]} "#;
    assert_eq!(sent("text", text).unwrap()["text"], text);
}

#[test]
fn a_double_is_the_nearest_one() {
    for text in ["0.1", "123456789.12345678901234567890", "2.2250738585072011e-308", "1e308", "5e-324"] {
        let expected: f64 = text.parse().unwrap();
        assert_eq!(sent("value", text).unwrap()["value"].as_f64(), Some(expected), "{text}");
        let place = sent("place", &format!(r#"{{"lat": {text}}}"#)).unwrap();
        assert_eq!(place["place"]["lat"].as_f64(), Some(expected), "{text}");
    }
}

#[test]
fn json_of_another_shape_is_told() {
    for (field, text) in [
        ("list", "{}"),
        ("list", "5"),
        ("list", "[1.5]"),
        ("list", "[null]"),
        ("list", "[9223372036854775808]"),
        ("list", "[1] 2"),
        ("list", "[1"),
        ("list", ""),
        ("list", "[1], \"map\": {\"a\": 1}"),
        ("map", "[]"),
        ("map", r#"{"a": 2147483648}"#),
        ("map", r#"{"a": "x"}"#),
        ("by_number", r#"{"a": {}}"#),
        ("place", r#"{"nope": 1}"#),
        ("place", r#"{"inner": {"nope": 1}}"#),
        ("place", "5"),
        ("place", r#"{"n": -1}"#),
        ("places", r#"{"lat": 1}"#),
        ("places", "[5]"),
        ("struct", "[]"),
        ("values", "{}"),
        ("moods", r#"["MOOD_GLAD"]"#),
        ("spans", r#"["1 hour"]"#),
        ("value", "1e400"),
    ] {
        let told = sent(field, text).expect_err(text);
        assert!(matches!(told, Misfit::Json(_)), "{field} {text}: {told:?}");
        assert_eq!(told.to_string(), "its JSON does not fit its field");
    }
}

#[test]
fn a_number_that_would_be_rounded_is_told() {
    for (field, text) in [
        ("value", "9007199254740993"),
        ("value", "-9007199254740993"),
        ("value", "[[100000000000000000000001]]"),
        ("struct", r#"{"a": {"b": 9007199254740993}}"#),
        ("values", "[1, 9007199254740993]"),
        ("place", r#"{"lat": 9007199254740993}"#),
        ("place", r#"{"wrapped": 9007199254740993}"#),
        ("place", r#"{"narrow": 1000000000000001}"#),
        ("place", r#"{"inner": {"any": {"x": 9007199254740993}}}"#),
        ("place", r#"{"list": [1, 9007199254740993]}"#),
        ("place", r#"{"map": {"x": {"y": 9007199254740993}}}"#),
        ("places", r#"[{}, {"any": 9007199254740993}]"#),
        ("by_number", r#"{"1": {"any": 9007199254740993}}"#),
        ("list", "[9.223372036854775808e18]"),
        ("list", "[9007199254740993.0]"),
        ("place", r#"{"n": 1.8446744073709551616e19}"#),
    ] {
        let Misfit::Json(told) = sent(field, text).expect_err(text) else { panic!("{text}") };
        assert!(told.ends_with("would be rounded"), "{field} {text}: {told}");
    }
}

#[test]
fn a_long_number_that_its_field_holds_is_sent() {
    for (field, text) in [
        ("value", "9007199254740992"),
        ("value", "100000000000000000000"),
        ("value", "0.1234567890123456789"),
        ("value", "\"9007199254740993\""),
        ("struct", r#"{"9007199254740993": "x\"9007199254740993"}"#),
        ("list", "[9007199254740993, -9223372036854775808, 1e3, 5.0]"),
        ("place", r#"{"bigId": 9007199254740993, "n": 18446744073709551615, "any": "9007199254740993"}"#),
        ("place", r#"{"text": "9007199254740993", "lat": 1e22, "narrow": 16777216}"#),
    ] {
        assert!(sent(field, text).is_ok(), "{field} {text}: {:?}", sent(field, text));
    }
}

#[test]
fn json_that_is_nested_too_deep_is_told() {
    let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(sent("value", &deep(40)).is_ok());
    assert!(matches!(sent("value", &deep(60)), Err(Misfit::Json(_))));
    assert!(matches!(sent("value", &deep(100_000)), Err(Misfit::Json(_))));
    let places = |depth: usize| r#"{"inner":"#.repeat(depth) + "{}" + &"}".repeat(depth);
    assert!(sent("place", &places(50)).is_ok());
    assert!(matches!(sent("place", &places(100_000)), Err(Misfit::Json(_))));
}
