//! Members of a oneof: one of them may have a value.

use super::*;
use crate::fixture::{contract, message};

const CONTRACT: &str = "
    message M {
        oneof either { string a = 3; int32 b = 1; P place = 5; google.protobuf.Timestamp at = 6; }
        int32 between = 2; oneof other { bool c = 4; bool d = 7; } optional int32 maybe = 8; optional int32 also = 9;
    }
    message P { double lat = 1; oneof inner { int32 x = 2; int32 y = 3; } }";

fn sent(row: &[(&str, Scalar<'_>)]) -> Result<String, ValueFault> {
    let descriptor = message(&contract(CONTRACT), "M");
    let bytes = write(&descriptor, row)?;
    let message = DynamicMessage::decode(descriptor, bytes.as_slice()).unwrap();
    Ok(serde_json::to_string(&message).unwrap())
}

#[test]
fn the_member_that_is_not_null_is_set_also_to_a_default() {
    let row = |a, b, lat| [("a", a), ("b", b), ("place.lat", lat), ("between", Scalar::Int(5))];
    for (row, expected) in [
        (row(text(""), Scalar::Null, Scalar::Null), r#"{"a":"","between":5}"#),
        (row(Scalar::Null, Scalar::Int(0), Scalar::Null), r#"{"b":0,"between":5}"#),
        (row(Scalar::Null, Scalar::Null, Scalar::Float(0.0)), r#"{"between":5,"place":{}}"#),
        (row(Scalar::Null, Scalar::Null, Scalar::Null), r#"{"between":5}"#),
    ] {
        let found: serde_json::Value = serde_json::from_str(&sent(&row).unwrap()).unwrap();
        assert_eq!(found, serde_json::from_str::<serde_json::Value>(expected).unwrap());
    }
}

#[test]
fn two_members_that_are_not_null_are_told_with_their_columns() {
    for (row, columns) in [
        ([("a", text("")), ("b", Scalar::Int(0))], "b and a"),
        ([("a", text("x")), ("place.lat", Scalar::Float(0.0))], "a and place"),
        ([("c", Scalar::Int(0)), ("d", Scalar::Int(0))], "c and d"),
        ([("place.x", Scalar::Int(0)), ("place.y", Scalar::Int(0))], "place.x and place.y"),
    ] {
        let fault = sent(&row).unwrap_err();
        assert_eq!((fault.column.as_str(), &fault.what), (columns, &Misfit::OneOf));
    }
}

#[test]
fn two_oneofs_and_optional_fields_do_not_disturb_each_other() {
    let row = [("a", text("x")), ("c", Scalar::Int(1)), ("maybe", Scalar::Int(1)), ("also", Scalar::Int(2))];
    let found: serde_json::Value = serde_json::from_str(&sent(&row).unwrap()).unwrap();
    assert_eq!(found, serde_json::json!({"a": "x", "c": true, "maybe": 1, "also": 2}));
}
