//! `google.api.field_behavior = REQUIRED` (AIP-203).

use super::*;
use crate::fixture::{contract, message};

const CONTRACT: &str = "
    message R {
        string name = 1 [(google.api.field_behavior) = REQUIRED];
        F filter = 2; repeated F list = 3;
        oneof by { F first = 4; F second = 5; }
    }
    message F {
        int32 least = 1 [(google.api.field_behavior) = REQUIRED];
        optional int32 most = 2 [(google.api.field_behavior) = REQUIRED];
        G filter = 3;
    }
    message G { string x = 1 [(google.api.field_behavior) = REQUIRED]; G again = 2; }
    message L { repeated int32 ids = 1 [(google.api.field_behavior) = REQUIRED]; google.protobuf.Int32Value n = 2 [(google.api.field_behavior) = REQUIRED]; }";

fn read(name: &str, json: &[&str]) -> Result<(), String> {
    let pool = contract(CONTRACT);
    let request = message(&pool, name);
    let bytes: Vec<u8> = json.iter().flat_map(|json| bytes(&request, json)).collect();
    let fault = layout(&request, &[]).read(&bytes).err();
    fault.map_or(Ok(()), |fault| {
        assert_eq!(fault.reason, Reason::FieldRequired);
        Err(fault.field.unwrap())
    })
}

const FULL: &str = r#"{"least": 1, "most": 0}"#;

fn refused(name: &str, json: &[&str]) -> String {
    read(name, json).unwrap_err()
}

#[test]
fn an_absent_or_default_value_is_missing_and_one_with_presence_only_when_absent() {
    assert_eq!(refused("R", &["{}"]), "name");
    assert_eq!(refused("R", &[r#"{"name": ""}"#]), "name");
    assert_eq!(refused("R", &[r#"{"name": "x", "filter": {"least": 1}}"#]), "filter.most");
    assert_eq!(refused("R", &[r#"{"name": "x", "filter": {"most": 1}}"#]), "filter.least");
    read("R", &[&format!(r#"{{"name": "x", "filter": {FULL}}}"#)]).unwrap();
}

#[test]
fn an_absent_message_requires_nothing() {
    read("R", &[r#"{"name": "x"}"#]).unwrap();
}

#[test]
fn a_field_deep_inside_is_required_also_below_a_field_of_the_same_name() {
    assert_eq!(
        refused("R", &[r#"{"name": "x", "filter": {"least": 1, "most": 2, "filter": {}}}"#]),
        "filter.filter.x"
    );
}

#[test]
fn merged_messages_are_judged_as_one() {
    read("R", &[r#"{"filter": {"least": 1}}"#, r#"{"name": "x", "filter": {"most": 1}}"#]).unwrap();
}

#[test]
fn the_last_value_is_judged() {
    let pool = contract(CONTRACT);
    let request = message(&pool, "R");
    // name = "x", then name = "", which an encoder leaves out.
    let fault = layout(&request, &[]).read(&[0x0A, 1, b'x', 0x0A, 0]).unwrap_err();
    assert_eq!(fault.field.as_deref(), Some("name"));
}

#[test]
fn a_member_that_another_took_the_place_of_requires_nothing() {
    let (name, full) = (r#"{"name": "x"}"#, format!(r#"{{"second": {FULL}}}"#));
    read("R", &[name, r#"{"first": {}}"#, &full]).unwrap();
    let first = format!(r#"{{"first": {FULL}}}"#);
    assert_eq!(refused("R", &[name, &first, &full, r#"{"first": {"least": 1}}"#]), "first.most");
}

#[test]
fn a_list_or_a_wrapper_that_is_there_is_enough() {
    assert_eq!(refused("L", &[r#"{"n": 0}"#]), "ids");
    assert_eq!(refused("L", &[r#"{"ids": [0]}"#]), "n");
    read("L", &[r#"{"ids": [0], "n": 0}"#]).unwrap();
}
