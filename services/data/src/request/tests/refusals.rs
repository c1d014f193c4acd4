//! What is no message of its type, and values that nothing can take.

use proptest::prelude::*;

use super::*;
use crate::fixture::{contract, message};

const CONTRACT: &str = "message R {
    string name = 1; int64 n = 2; double d = 3; F f = 4; google.protobuf.Timestamp at = 5; bytes raw = 6;
    google.protobuf.StringValue wrapped = 7; repeated string list = 8; fixed32 x = 9; F unwanted = 10;
} message F { string name = 1; }";

fn read(bytes: &[u8]) -> Result<Vec<Value>, Fault> {
    let pool = contract(CONTRACT);
    layout(&message(&pool, "R"), &["name", "n", "d", "f.name", "at", "raw", "wrapped", "x"]).read(bytes)
}

#[test]
fn cut_off_or_mixed_up_bytes_are_malformed() {
    for (what, bytes) in [
        ("a key alone", &[0x08_u8][..]),
        ("field number 0", &[0x00, 1]),
        ("an endless varint", &[0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1]),
        ("a length beyond the end", &[0x0A, 5, b'x']),
        ("a length beyond memory", &[0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]),
        ("a double of 7 bytes", &[0x19, 1, 2, 3, 4, 5, 6, 7]),
        ("a fixed32 of 3 bytes", &[0x4D, 1, 2, 3]),
        ("a number where text is", &[0x08, 1]),
        ("text where a number is", &[0x12, 1, b'x']),
        ("text that is not UTF-8", &[0x0A, 1, 0xFF]),
        ("an end of no group", &[0x7C]),
        ("a group without end", &[0x7B, 0x08, 1]),
        ("wire type 6", &[0x0E, 1]),
        ("a message that is cut off", &[0x22, 2, 0x0A, 3]),
        ("an unknown field that is cut off", &[0x7A, 3, 1]),
        ("a list's item that is cut off", &[0x42, 3, 1]),
        ("a timestamp that is cut off", &[0x2A, 1, 0x08]),
        ("a wrapper of something else", &[0x3A, 2, 0x08, 1]),
    ] {
        let fault = read(bytes).expect_err(what);
        assert_eq!(fault.reason, Reason::RequestMalformed, "{what}: {fault}");
    }
}

#[test]
fn a_nul_in_a_text_is_the_fields_fault() {
    for (bytes, field) in [
        (&[0x0A, 2, b'x', 0][..], "name"),
        (&[0x22, 3, 0x0A, 1, 0], "f.name"),
        (&[0x3A, 3, 0x0A, 1, 0], "wrapped"),
    ] {
        let fault = read(bytes).unwrap_err();
        assert_eq!((fault.reason, fault.field.as_deref()), (Reason::FieldInvalid, Some(field)));
    }
    assert_eq!(read(&[0x32, 1, 0]).unwrap()[5], Value::Bytes(vec![0]));
}

#[test]
fn an_instant_outside_the_years_1_to_9999_is_the_fields_fault() {
    let pool = contract("");
    let timestamp = pool.get_message_by_name("google.protobuf.Timestamp").unwrap();
    for (seconds, nanos) in [
        (253_402_300_800, 0),
        (-62_135_596_801, 0),
        (0, -1),
        (0, 1_000_000_000),
        (i64::MAX, i32::MAX),
        (i64::MIN, 0),
    ] {
        let mut instant = DynamicMessage::new(timestamp.clone());
        instant.set_field_by_name("seconds", prost_reflect::Value::I64(seconds));
        instant.set_field_by_name("nanos", prost_reflect::Value::I32(nanos));
        let mut bytes = vec![0x2A];
        crate::rows::with_length(&mut bytes, |bytes| prost::Message::encode(&instant, bytes).unwrap());
        let fault = read(&bytes).unwrap_err();
        assert_eq!(
            (fault.reason, fault.field.as_deref()),
            (Reason::FieldInvalid, Some("at")),
            "{seconds} {nanos}"
        );
    }
}

#[test]
fn groups_in_groups_without_end_are_malformed() {
    let fault = read(&[0x7B; 100_000]).unwrap_err();
    assert_eq!(fault.reason, Reason::RequestMalformed);
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..60), key in 1_u8..0x58) {
        for bytes in [bytes.clone(), [&[key], bytes.as_slice()].concat()] {
            if let Err(fault) = read(&bytes) {
                let known = [Reason::RequestMalformed, Reason::FieldInvalid];
                prop_assert!(known.contains(&fault.reason), "{:?}", fault);
            }
        }
    }
}
