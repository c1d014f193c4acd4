//! Values that their field cannot hold: each is named with its column, and never a wrong number.

use super::*;
use crate::fixture::{contract, message};

fn what(field: &str, value: Scalar<'_>) -> Misfit {
    let pool =
        contract(&format!("enum E {{ E_UNSPECIFIED = 0; E_ONE = 1; }} message M {{ {field} x = 1; }}"));
    let fault = write(&message(&pool, "M"), &[("x", value)]).expect_err(field);
    assert_eq!(fault.column, "x");
    fault.what
}

#[test]
fn a_number_outside_the_fields_range_is_told() {
    for (field, value) in [
        ("int32", Scalar::Int(i64::from(i32::MAX) + 1)),
        ("sint32", Scalar::Int(i64::from(i32::MIN) - 1)),
        ("sfixed32", Scalar::Int(i64::MIN)),
        ("uint32", Scalar::Int(-1)),
        ("fixed32", Scalar::Int(i64::from(u32::MAX) + 1)),
        ("uint64", Scalar::Int(-1)),
        ("fixed64", numeric(-1)),
        ("int64", numeric(1 << 63)),
        ("bool", Scalar::Int(2)),
        ("E", Scalar::Int(i64::MAX)),
        ("E", text("two")),
        ("double", Scalar::Int((1 << 53) + 1)),
        ("float", Scalar::Float(1e39)),
        ("google.protobuf.Int32Value", Scalar::Int(i64::MAX)),
        ("google.protobuf.Timestamp", Scalar::Int(i64::MAX)),
    ] {
        assert_eq!(what(field, value), Misfit::Range, "{field}");
    }
}

#[test]
fn a_value_of_another_type_is_told_also_where_it_looks_like_a_default() {
    for (field, value) in [
        ("int32", text("")),
        ("int32", text("1.0")),
        ("int32", text("18446744073709551616")),
        ("int32", Scalar::Bool(false)),
        ("int64", Scalar::Float(0.0)),
        ("double", text("0")),
        ("bool", text("")),
        ("bool", Scalar::Float(0.0)),
        ("string", Scalar::Int(0)),
        ("string", Scalar::Bool(false)),
        ("string", Scalar::Bytes(b"")),
        ("bytes", text("")),
        ("E", Scalar::Bool(false)),
        ("E", Scalar::Bytes(b"E_ONE")),
        ("google.protobuf.Timestamp", text("")),
        ("google.protobuf.Timestamp", text("infinity")),
        ("google.protobuf.Timestamp", Scalar::Float(0.0)),
        ("google.protobuf.StringValue", Scalar::Int(0)),
        ("google.protobuf.BoolValue", text("")),
    ] {
        assert_eq!(what(field, value), Misfit::Type, "{field}");
    }
}

#[test]
fn an_infinite_float_stays_one() {
    let pool = contract("message M { float x = 1; double y = 2; }");
    let row = [("x", Scalar::Float(f64::INFINITY)), ("y", Scalar::Float(f64::NEG_INFINITY))];
    assert_eq!(json(&message(&pool, "M"), &row), r#"{"x":"Infinity","y":"-Infinity"}"#);
}

#[test]
fn a_fault_in_a_nested_message_has_the_whole_column() {
    let pool = contract("message M { M inner = 1; int32 x = 2; }");
    let fault = write(&message(&pool, "M"), &[("inner.inner.x", Scalar::Int(i64::MAX))]).unwrap_err();
    assert_eq!(fault.column, "inner.inner.x");
}
