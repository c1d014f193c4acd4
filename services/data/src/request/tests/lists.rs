//! Repeated fields, packed or not, and fields of each message in a list.

use super::*;
use crate::fixture::{contract, message};

const CONTRACT: &str = "
    message R {
        repeated int32 n = 1; repeated string s = 2; repeated Item items = 3; F filter = 4; repeated double d = 5 [packed = false];
        repeated google.protobuf.Timestamp at = 6; repeated E e = 7; map<string, int32> map = 8;
    }
    message Item { string sku = 1; optional int32 quantity = 2; F inside = 3; google.type.Date on = 4; oneof by { string a = 5; int32 b = 6; } }
    message F { repeated int32 ids = 1; int64 n = 2; repeated Item items = 3; }
    enum E { ZERO = 0; MINUS = -1; }";

/// The values of `names` in those bytes.
fn read_bytes(names: &[&str], bytes: &[u8]) -> Result<Vec<Value>, Fault> {
    let pool = contract(CONTRACT);
    layout(&message(&pool, "R"), names).read(bytes)
}

fn read(names: &[&str], json: &[&str]) -> Vec<Value> {
    let pool = contract(CONTRACT);
    let request = message(&pool, "R");
    let bytes: Vec<u8> = json.iter().flat_map(|json| bytes(&request, json)).collect();
    layout(&request, names).read(&bytes).unwrap()
}

fn ints(items: &[i64]) -> Value {
    Value::List(items.iter().map(|item| Value::Int(*item)).collect())
}

fn texts(items: &[&str]) -> Value {
    Value::List(items.iter().map(|item| text(item)).collect())
}

#[test]
fn items_come_packed_or_one_by_one_and_mixed() {
    for bytes in [
        &[0x0A, 3, 1, 2, 3][..],
        &[0x08, 1, 0x08, 2, 0x08, 3],
        &[0x08, 1, 0x0A, 2, 2, 3],
        &[0x0A, 0, 0x0A, 3, 1, 2, 3],
    ] {
        assert_eq!(read_bytes(&["n"], bytes).unwrap(), [ints(&[1, 2, 3])], "{bytes:?}");
    }
    let half = 0.5_f64.to_le_bytes();
    let (packed, single) = ([&[0x2A, 8][..], &half].concat(), [&[0x29][..], &half].concat());
    for bytes in [packed, single] {
        assert_eq!(read_bytes(&["d"], &bytes).unwrap(), [Value::List(vec![Value::Float(0.5)])]);
    }
    let minus = [0x3A, 11, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1];
    assert_eq!(read_bytes(&["e"], &minus).unwrap(), [ints(&[0, -1])]);
}

#[test]
fn lists_of_messages_that_follow_each_other_are_one() {
    let values = read(
        &["n", "s", "filter.ids"],
        &[
            r#"{"n": [1], "s": ["a"], "filter": {"ids": [7]}}"#,
            r#"{"n": [2], "s": ["b"], "filter": {"ids": [8]}}"#,
        ],
    );
    assert_eq!(values, [ints(&[1, 2]), texts(&["a", "b"]), ints(&[7, 8])]);
}

#[test]
fn an_absent_list_is_empty_and_that_of_an_absent_message_is_null() {
    let names = ["n", "items.sku", "filter.ids", "filter.items.sku", "map"];
    let none = Value::List(Vec::new());
    let map = |values: &[Value]| match &values[4] {
        Value::Structured(map) => map.json().to_owned(),
        other => panic!("{other:?}"),
    };
    let values = read(&names, &["{}"]);
    assert_eq!(values[..4], [none.clone(), none.clone(), Value::Null, Value::Null]);
    assert_eq!(map(&values), "{}");
    assert_eq!(read(&names, &[r#"{"filter": {}}"#])[..4], vec![none; 4]);
}

#[test]
fn a_field_of_each_message_in_a_list_is_a_list_with_null_where_it_is_absent() {
    let json = r#"{"items": [{"sku": "a", "quantity": 0, "inside": {"n": "5"}, "on": {"year": 2024, "month": 2, "day": 29}, "b": 0}, {}, {"a": "x", "inside": {}}]}"#;
    let values =
        read(&["items.sku", "items.quantity", "items.inside.n", "items.a", "items.b", "items.on"], &[json]);
    let on = Value::Date(jiff::civil::date(2024, 2, 29));
    assert_eq!(
        values,
        [
            texts(&["a", "", ""]),
            Value::List(vec![Value::Int(0), Value::Null, Value::Null]),
            Value::List(vec![Value::Int(5), Value::Null, Value::Int(0)]),
            Value::List(vec![Value::Null, Value::Null, text("x")]),
            Value::List(vec![Value::Int(0), Value::Null, Value::Null]),
            Value::List(vec![on, Value::Null, Value::Null]),
        ]
    );
}

#[test]
fn a_message_in_a_list_may_be_wanted_whole_and_by_its_fields() {
    let values = read(
        &["items", "items.inside", "items.sku"],
        &[r#"{"items": [{"sku": "a", "inside": {"n": "5"}}, {}]}"#],
    );
    let json = |value: &Value| match value {
        Value::List(items) => items.iter().map(|item| item.to_text()).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    let whole = r#"{"inside":{"n":"5"},"sku":"a"}"#;
    assert_eq!(json(&values[0]), [Some(whole.to_owned()), Some("{}".to_owned())]);
    assert_eq!(json(&values[1]), [Some(r#"{"n":"5"}"#.to_owned()), None]);
    assert_eq!(values[2], texts(&["a", ""]));
}

#[test]
fn items_of_another_encoding_are_malformed() {
    for (what, bytes) in [
        ("a packed list that is cut off", &[0x0A, 3, 1][..]),
        ("a number that is cut off in a packed list", &[0x0A, 2, 1, 0x80]),
        ("fixed bytes where numbers are", &[0x0D, 1, 2, 3, 4]),
        ("seven bytes of doubles", &[0x2A, 7, 1, 2, 3, 4, 5, 6, 7]),
        ("a number where texts are", &[0x10, 1]),
        ("a text that is not UTF-8", &[0x12, 1, 0xFF]),
        ("a message that is cut off", &[0x1A, 2, 0x0A, 3]),
        ("a number where messages are", &[0x18, 1]),
    ] {
        let fault = read_bytes(&["n", "s", "d", "items.sku"], bytes).expect_err(what);
        assert_eq!(fault.reason, Reason::RequestMalformed, "{what}: {fault}");
    }
}

#[test]
fn a_long_list_is_read_as_it_is() {
    let count = 4 << 20;
    let mut bytes = vec![0x0A];
    prost::encoding::encode_varint(count, &mut bytes);
    bytes.resize(bytes.len() + count as usize, 1);
    let Value::List(items) = &read_bytes(&["n"], &bytes).unwrap()[0] else { panic!() };
    assert!(items.len() == count as usize && items.iter().all(|item| *item == Value::Int(1)));
}
