//! A field that comes more than once. Protobuf's encoding guide: the last scalar wins, messages are merged, and of a
//! oneof's members the last one is there.

use super::*;
use crate::fixture::{contract, message};

const CONTRACT: &str = "
    message R {
        string name = 1; optional int32 count = 2; F filter = 3;
        oneof by { string key = 4; F other = 5; int32 id = 6; }
        google.protobuf.Timestamp at = 7; google.protobuf.Int32Value wrapped = 8;
    }
    message F { string country = 1; int32 least = 2; optional int32 most = 3; F inner = 4; }";

/// The values of `names` in the messages of `json`, one after the other in one message.
fn read(names: &[&str], json: &[&str]) -> Vec<Value> {
    let pool = contract(CONTRACT);
    let request = message(&pool, "R");
    let bytes: Vec<u8> = json.iter().flat_map(|json| bytes(&request, json)).collect();
    layout(&request, names).read(&bytes).unwrap()
}

#[test]
fn of_scalars_the_last_one_counts() {
    let values = read(&["name", "count"], &[r#"{"name": "a", "count": 1}"#, r#"{"name": "b", "count": 2}"#]);
    assert_eq!(values, [text("b"), Value::Int(2)]);
}

#[test]
fn messages_are_merged() {
    let names = ["filter.country", "filter.least", "filter.most", "filter.inner.country"];
    let values = read(
        &names,
        &[
            r#"{"filter": {"country": "NL", "most": 5, "inner": {"country": "BE"}}}"#,
            r#"{"filter": {"least": 3, "inner": {}}}"#,
        ],
    );
    assert_eq!(values, [text("NL"), Value::Int(3), Value::Int(5), text("BE")]);
}

#[test]
fn timestamps_and_wrappers_are_merged_too() {
    let values = read(
        &["at", "wrapped"],
        &[
            r#"{"at": "1969-12-31T23:59:58Z", "wrapped": 7}"#,
            r#"{"at": "1970-01-01T00:00:00.5Z", "wrapped": 0}"#,
        ],
    );
    assert_eq!(values, [Value::Instant("1969-12-31T23:59:58.5Z".parse().unwrap()), Value::Int(7)]);
}

#[test]
fn of_a_oneof_the_last_member_is_there_and_the_others_are_gone() {
    let names = ["key", "other.country", "other.least", "id"];
    let (key, other, id) = (r#"{"key": "a"}"#, r#"{"other": {"country": "NL"}}"#, r#"{"id": 0}"#);
    assert_eq!(read(&names, &[other, key]), [text("a"), Value::Null, Value::Null, Value::Null]);
    assert_eq!(read(&names, &[key, other]), [Value::Null, text("NL"), Value::Int(0), Value::Null]);
    assert_eq!(read(&names, &[other, id]), [Value::Null, Value::Null, Value::Null, Value::Int(0)]);
}

#[test]
fn a_member_that_comes_back_starts_anew() {
    let least = r#"{"other": {"least": 3}}"#;
    let names = ["other.country", "other.least"];
    let country = r#"{"other": {"country": "NL"}}"#;
    assert_eq!(read(&names, &[country, r#"{"id": 1}"#, least]), [text(""), Value::Int(3)]);
    assert_eq!(read(&names, &[country, least]), [text("NL"), Value::Int(3)]);
}

#[test]
fn fields_of_an_absent_message_are_null_and_of_an_empty_one_default() {
    let names = ["filter.country", "filter.least", "filter.most", "filter.inner.country"];
    assert_eq!(read(&names, &["{}"]), vec![Value::Null; 4]);
    assert_eq!(read(&names, &[r#"{"filter": {}}"#]), [text(""), Value::Int(0), Value::Null, Value::Null]);
}

#[test]
fn a_message_inside_one_of_its_own_kind_is_read_as_deep_as_it_is_wanted() {
    let deep = "filter.inner.inner.inner.inner.inner.inner.inner.inner.inner.inner.country";
    let mut json = r#"{"country": "NL"}"#.to_owned();
    for _ in 0..10 {
        json = format!(r#"{{"inner": {json}}}"#);
    }
    assert_eq!(read(&[deep], &[&format!(r#"{{"filter": {json}}}"#)]), [text("NL")]);
}
