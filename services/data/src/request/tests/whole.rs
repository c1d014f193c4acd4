//! Messages that are one value: those that stand for one, and whole ones.

use prost_reflect::DescriptorPool;

use super::*;
use crate::fixture::{contract, message};

const CONTRACT: &str = "
    message R {
        google.type.Date on = 1; google.protobuf.Duration for = 2; google.type.TimeOfDay at = 3; google.type.Decimal n = 4;
        google.protobuf.Struct json = 5; R again = 6; map<string, R> map = 7; oneof one { R first = 8; google.type.Date second = 9; }
        google.protobuf.Value value = 10; google.protobuf.Any any = 11; double d = 12; google.protobuf.DoubleValue w = 13; float f = 14;
        repeated R list = 15; google.protobuf.FieldMask mask = 16; google.protobuf.Empty empty = 17; google.protobuf.Timestamp then = 18;
        E e = 19; bytes raw = 20; uint64 u = 21;
    } enum E { ZERO = 0; ONE = 1; }";

const IMPORTS: &str = "import \"google/protobuf/any.proto\"; import \"google/protobuf/empty.proto\";";

fn pool() -> DescriptorPool {
    contract(&format!("{IMPORTS}{CONTRACT}"))
}

fn read_bytes(name: &str, bytes: &[u8]) -> Result<Value, Fault> {
    layout(&message(&pool(), "R"), &[name]).read(bytes).map(|mut values| values.remove(0))
}

fn read(name: &str, json: &[&str]) -> Result<Value, Fault> {
    let pool = pool();
    let request = message(&pool, "R");
    let bytes: Vec<u8> = json.iter().flat_map(|json| bytes(&request, json)).collect();
    layout(&request, &[name]).read(&bytes).map(|mut values| values.remove(0))
}

/// The JSON of `again`, for a request whose `again` is that.
fn json(again: &str) -> String {
    let value = read("again", &[&format!(r#"{{"again": {again}}}"#)]).unwrap();
    value.to_text().unwrap()
}

/// That content as field `number`.
fn field(number: u32, content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    prost::encoding::encode_key(number, prost::encoding::WireType::LengthDelimited, &mut bytes);
    prost::encoding::encode_varint(content.len() as u64, &mut bytes);
    bytes.extend_from_slice(content);
    bytes
}

#[test]
fn pieces_of_a_message_are_merged_before_it_is_judged() {
    // Year 2024 first, then month and day.
    let bytes = [field(1, &[0x08, 0xE8, 0x0F]), field(1, &[0x10, 2, 0x18, 29])].concat();
    assert_eq!(read_bytes("on", &bytes).unwrap(), Value::Date(jiff::civil::date(2024, 2, 29)));
    let value = read(
        "again",
        &[r#"{"again": {"d": 1, "map": {"a": {}}}}"#, r#"{"again": {"map": {"b": {}}, "d": 2}}"#],
    );
    assert_eq!(value.unwrap().to_text().unwrap(), r#"{"d":2,"map":{"a":{},"b":{}}}"#);
}

#[test]
fn another_member_of_a_oneof_takes_a_message_back() {
    let first = r#"{"first": {"d": 1}}"#;
    let second = r#"{"second": {"year": 1, "month": 1, "day": 1}}"#;
    assert_eq!(read("first", &[first, second]).unwrap(), Value::Null);
    assert_eq!(read("second", &[second, first]).unwrap(), Value::Null);
    assert_eq!(
        read("first", &[first, second, r#"{"first": {"f": 2}}"#]).unwrap().to_text().unwrap(),
        r#"{"f":2}"#
    );
}

#[test]
fn json_is_protobufs_mapping_with_its_keys_in_order() {
    for (given, expected) in [
        (r#"{"w": "NaN", "d": "-Infinity", "f": 1.1}"#, r#"{"d":"-Infinity","f":1.1,"w":"NaN"}"#),
        (
            r#"{"d": 1e300, "f": 3.4028234663852886e38, "w": 0}"#,
            r#"{"d":1e+300,"f":3.4028234663852886e+38,"w":0}"#,
        ),
        (
            r#"{"e": 7, "raw": "AP8=", "u": "18446744073709551615"}"#,
            r#"{"e":7,"raw":"AP8=","u":"18446744073709551615"}"#,
        ),
        (r#"{"e": "ONE", "empty": {}, "mask": "aB.c,d"}"#, r#"{"e":"ONE","empty":{},"mask":"aB.c,d"}"#),
        (
            r#"{"json": {"z": {"y": [null, true, 1.50, "x"]}, "a": -0.5}}"#,
            r#"{"json":{"a":-0.5,"z":{"y":[null,true,1.5,"x"]}}}"#,
        ),
        (
            r#"{"then": "2024-05-01T12:00:00.5Z", "for": "-1.5s"}"#,
            r#"{"for":"-1.500s","then":"2024-05-01T12:00:00.500Z"}"#,
        ),
        (r#"{"value": null}"#, r#"{"value":null}"#),
        (
            r#"{"any": {"@type": "x/t.R", "d": 1, "any": {"@type": "x/google.protobuf.Duration", "value": "1s"}}}"#,
            r#"{"any":{"@type":"x/t.R","any":{"@type":"x/google.protobuf.Duration","value":"1s"},"d":1}}"#,
        ),
        (r#"{"list": [{}, {"d": 9007199254740993}]}"#, r#"{"list":[{},{"d":9007199254740992}]}"#),
    ] {
        assert_eq!(json(given), expected);
        // And it leads back.
        assert_eq!(json(expected), expected);
    }
}

#[test]
fn what_its_type_does_not_allow_is_refused_wherever_it_lies() {
    for (name, bytes) in [
        // Seconds and nanoseconds of other signs.
        ("for", field(2, &[0x08, 1, 0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1])),
        ("on", field(1, &[])),
        ("n", field(4, &field(1, b"1,5"))),
        ("value", field(10, &[&[0x11][..], &f64::NAN.to_le_bytes()].concat())),
        ("again", field(6, &field(18, &[0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1]))),
        ("again", field(6, &field(16, &field(1, b"aB")))),
        ("any", field(11, &field(1, b"x/no.Such"))),
    ] {
        let fault = read_bytes(name, &bytes).expect_err(name);
        assert_eq!((fault.reason, fault.field.as_deref()), (Reason::FieldInvalid, Some(name)), "{fault}");
    }
}

#[test]
fn messages_in_messages_without_end_are_refused_and_no_stack_overflows() {
    let mut deep = Vec::new();
    for _ in 0..20_000 {
        deep = field(6, &deep);
    }
    assert_eq!(read_bytes("again", &deep).unwrap_err().reason, Reason::RequestMalformed);
    // Nobody wants what lies in it: then it is passed over.
    assert!(read_bytes("d", &deep).is_ok());

    let mut any = Vec::new();
    for _ in 0..20_000 {
        any = [field(1, b"x/google.protobuf.Any"), field(2, &any)].concat();
    }
    assert_eq!(read_bytes("any", &field(11, &any)).unwrap_err().reason, Reason::FieldInvalid);

    let mut list = Vec::new();
    for _ in 0..20_000 {
        list = field(6, &field(1, &list));
    }
    assert_eq!(read_bytes("value", &field(10, &list)).unwrap_err().reason, Reason::RequestMalformed);
}

#[test]
fn a_whole_message_of_something_else_is_malformed() {
    for (name, bytes) in [
        ("again", field(6, &[0x61, 1])),
        ("map", field(7, &[0x0A, 5])),
        ("json", field(5, &[0xFF])),
        ("list", field(15, &[0x60, 1])),
    ] {
        assert_eq!(read_bytes(name, &bytes).unwrap_err().reason, Reason::RequestMalformed, "{name}");
    }
}
