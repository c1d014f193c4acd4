//! Columns of messages inside the message.

use super::*;
use crate::fixture::{contract, message};

const CONTRACT: &str = "
    message M { string last = 9; P place = 2; string first = 1; oneof either { string a = 3; int32 b = 4; } }
    message P { double lat = 2; optional double lon = 1; P inner = 3; google.protobuf.StringValue name = 4; }";

fn row(row: &[(&str, Scalar<'_>)]) -> String {
    json(&message(&contract(CONTRACT), "M"), row)
}

#[test]
fn fields_are_written_by_number_whatever_the_columns_order() {
    let descriptor = message(&contract(CONTRACT), "M");
    let row = [
        ("last", text("z")),
        ("place.lat", Scalar::Float(1.0)),
        ("first", text("a")),
        ("place.lon", Scalar::Float(2.0)),
    ];
    let bytes = write(&descriptor, &row).unwrap();
    let decoded = DynamicMessage::decode(descriptor, bytes.as_slice()).unwrap();
    assert_eq!(bytes, prost::Message::encode_to_vec(&decoded));
}

#[test]
fn a_message_of_nulls_alone_is_absent() {
    assert_eq!(
        row(&[("first", text("a")), ("place.lat", Scalar::Null), ("place.inner.lat", Scalar::Null)]),
        r#"{"first":"a"}"#
    );
}

#[test]
fn a_message_of_defaults_is_there() {
    assert_eq!(row(&[("place.lat", Scalar::Float(0.0)), ("place.lon", Scalar::Null)]), r#"{"place":{}}"#);
    assert_eq!(row(&[("place.inner.lat", Scalar::Int(0))]), r#"{"place":{"inner":{}}}"#);
}

#[test]
fn a_null_leaves_a_field_unset() {
    assert_eq!(
        row(&[
            ("first", Scalar::Null),
            ("place.name", Scalar::Null),
            ("a", Scalar::Null),
            ("b", Scalar::Int(0))
        ]),
        r#"{"b":0}"#
    );
}

#[test]
fn a_row_of_nulls_is_an_empty_message() {
    assert_eq!(row(&[("first", Scalar::Null), ("place.lat", Scalar::Null)]), "{}");
}
