//! Which fields a request updates.

use meanwhile_catalog::UpdateMask;
use meanwhile_proto::errors::Reason;

use super::*;
use crate::fixture::{contract, message};

const MESSAGES: &str = "
    message Update { Item item = 1; google.protobuf.FieldMask update_mask = 2; }
    message Item {
        string id = 1;
        string name = 2;
        optional int32 price = 3;
        repeated string tags = 4;
        Address address = 5;
        google.protobuf.Timestamp made_at = 6 [(google.api.field_behavior) = OUTPUT_ONLY];
        map<string, string> labels = 7;
        Item inner = 8;
        google.protobuf.Int32Value size = 9;
        oneof way { string road = 10; string rail = 11; }
        Made made = 12 [(google.api.field_behavior) = OUTPUT_ONLY];
    }
    message Made { string by = 1; }
    message Address { string city = 1 [(google.api.field_behavior) = REQUIRED]; string street = 2; }";

const ASKED: [&str; 13] = [
    "name",
    "price",
    "tags",
    "address",
    "address.city",
    "labels",
    "inner.inner.name",
    "size",
    "road",
    "rail",
    "inner",
    "made_at",
    "address.street",
];

/// The fields of [`ASKED`] that a request updates.
fn updated(json: &str) -> Result<Vec<&'static str>, Fault> {
    asked(&ASKED, json)
}

fn asked(asked: &[&'static str], json: &str) -> Result<Vec<&'static str>, Fault> {
    let request = message(&contract(MESSAGES), "Update");
    let field = |name| request.get_field_by_name(name).unwrap();
    let mask = UpdateMask { field: field("update_mask"), resource: field("item") };
    let paths = [way(&request, "update_mask.paths"), way(&request, "item.name")];
    let ways: Vec<_> = asked.iter().map(|name| way(&request, &format!("item.{name}"))).collect();
    let layout = Layout::new(&request, &paths, Some(Update { mask: &mask, slot: 0, asked: &ways }));
    let values = layout.read(&bytes(&request, json))?;
    assert_eq!(values.len(), 2 + asked.len());
    let answers = values[2..].iter().zip(asked);
    Ok(answers.filter(|(answer, _)| **answer == Value::Bool(true)).map(|(_, name)| *name).collect())
}

fn with_mask(mask: &str) -> Result<Vec<&'static str>, Fault> {
    updated(&format!(r#"{{"item": {{"address": {{"city": "Rome"}}}}, "updateMask": "{mask}"}}"#))
}

#[test]
fn a_mask_updates_what_it_names_and_what_lies_in_it() {
    assert_eq!(with_mask("name").unwrap(), ["name"]);
    assert_eq!(with_mask("name,price,tags").unwrap(), ["name", "price", "tags"]);
    assert_eq!(with_mask("address").unwrap(), ["address", "address.city", "address.street"]);
    assert_eq!(with_mask("address.city").unwrap(), ["address.city"]);
    assert_eq!(with_mask("inner").unwrap(), ["inner.inner.name", "inner"]);
    assert_eq!(with_mask("inner.inner").unwrap(), ["inner.inner.name"]);
    assert_eq!(with_mask("*").unwrap(), ASKED);
    assert_eq!(with_mask("name,*").unwrap(), ASKED);
}

#[test]
fn without_a_mask_the_fields_that_are_there_are_updated() {
    for mask in ["", r#", "updateMask": """#] {
        let updated = |item: &str| updated(&format!(r#"{{"item": {item}{mask}}}"#)).unwrap();
        assert_eq!(updated("{}"), [""; 0]);
        assert_eq!(updated(r#"{"name": "", "price": 0, "tags": [], "labels": {}}"#), ["price"]);
        assert_eq!(
            updated(r#"{"name": "x", "tags": ["a"], "labels": {"a": "b"}}"#),
            ["name", "tags", "labels"]
        );
        assert_eq!(updated(r#"{"address": {"city": "Rome"}}"#), ["address", "address.city"]);
        assert_eq!(
            updated(r#"{"inner": {"inner": {"name": "x"}}, "size": 0}"#),
            ["inner.inner.name", "size", "inner"]
        );
        assert_eq!(updated(r#"{"inner": {}, "rail": ""}"#), ["rail", "inner"]);
    }
    assert_eq!(updated("{}").unwrap(), [""; 0]);
}

#[test]
fn what_only_the_server_sets_is_passed_over() {
    assert_eq!(with_mask("madeAt,name").unwrap(), ["name"]);
    assert_eq!(with_mask("made.by,made").unwrap(), [""; 0]);
}

#[test]
fn a_path_that_does_not_exist_or_that_nobody_asks_about_is_refused() {
    for (mask, words) in [
        ("nme", "t.Item has no field \"nme\""),
        ("address.zip", "t.Item has no field \"address.zip\""),
        ("name.first", "has no field"),
        ("tags.x", "has no field"),
        ("labels.x", "has no field"),
        ("id", "\"id\" cannot be updated here"),
        ("item.name", "has no field"),
        ("inner.name", "\"inner.name\" cannot be updated here"),
        ("name,id", "\"id\" cannot be updated here"),
        ("*,nme", "has no field"),
    ] {
        let fault = with_mask(mask).unwrap_err();
        assert_eq!(
            (fault.reason, fault.field.as_deref()),
            (Reason::FieldInvalid, Some("update_mask")),
            "{mask}"
        );
        assert!(fault.message.contains(words), "{mask}: {}", fault.message);
    }
    let below = asked(&["address"], r#"{"item": {"address": {"city": "x"}}, "updateMask": "address.city"}"#);
    assert!(below.unwrap_err().message.contains("\"address.city\" cannot be updated here"));
    let nothing = asked(&[], r#"{"updateMask": "name"}"#);
    assert!(nothing.unwrap_err().message.contains("cannot be updated here"));
    assert_eq!(asked(&[], r#"{"updateMask": "*"}"#).unwrap(), [""; 0]);
}

#[test]
fn hostile_masks_are_refused() {
    for path in ["", ".", "name.", ".name", "a.".repeat(5_000).as_str(), "name name", "NAME", "**"] {
        let request = message(&contract(MESSAGES), "Update");
        let mut mask = Vec::new();
        prost::encoding::string::encode(1, &path.to_owned(), &mut mask);
        let mut bytes = vec![0x12];
        prost::encoding::encode_varint(mask.len() as u64, &mut bytes);
        bytes.extend(mask);
        let field = |name| request.get_field_by_name(name).unwrap();
        let mask = UpdateMask { field: field("update_mask"), resource: field("item") };
        let paths = [way(&request, "update_mask.paths")];
        let asked = [way(&request, "item.name")];
        let layout = Layout::new(&request, &paths, Some(Update { mask: &mask, slot: 0, asked: &asked }));
        let fault = layout.read(&bytes).unwrap_err();
        assert_eq!(fault.field.as_deref(), Some("update_mask"), "{path:?}");
        assert!(fault.message.len() < 200, "{}", fault.message);
    }
    let many = vec!["name"; 1_001].join(",");
    assert!(with_mask(&many).unwrap_err().message.contains("at most 1000 paths"));
}

#[test]
fn a_required_field_is_required_where_it_is_updated() {
    let street = r#"{"item": {"address": {"street": "x"}}"#;
    for (mask, is_missing) in
        [("address.street", false), ("address.city", true), ("address", true), ("*", true), ("name", false)]
    {
        let result = updated(&format!(r#"{street}, "updateMask": "{mask}"}}"#));
        assert_eq!(result.is_err_and(|fault| fault.reason == Reason::FieldRequired), is_missing, "{mask}");
    }
    // Without a mask the address is there, and is updated as a whole.
    assert_eq!(updated(&format!("{street}}}")).unwrap_err().reason, Reason::FieldRequired);
    assert_eq!(asked(&["address.street"], &format!("{street}}}")).unwrap_err().reason, Reason::FieldRequired);
}
