//! Lengths around those where a varint grows by a byte.

use prost::encoding::{decode_varint, encoded_len_varint};

use super::*;
use crate::fixture::{contract, message};

#[test]
fn a_length_stands_in_front_of_its_content_whatever_it_takes() {
    for length in [0_usize, 1, 126, 127, 128, 129, 16_382, 16_383, 16_384, 16_385, 2_097_151, 2_097_152] {
        let content: Vec<u8> = (0..length).map(|index| index as u8).collect();
        let mut bytes = vec![0xAA];
        with_length(&mut bytes, |out| out.extend_from_slice(&content));
        bytes.push(0xBB);
        let mut rest = &bytes[1..];
        assert_eq!(decode_varint(&mut rest).unwrap(), length as u64);
        assert!(rest[..length] == content && rest[length..] == [0xBB], "{length}");
        assert_eq!(bytes.len(), 2 + encoded_len_varint(length as u64) + length);
    }
}

#[test]
fn nested_lengths_grow_together() {
    for length in
        [110_usize, 118, 120, 122, 124, 125, 126, 127, 128, 16_370, 16_374, 16_376, 16_378, 16_383, 16_384]
    {
        let pool = contract("message M { M inner = 1; string text = 2; }");
        let descriptor = message(&pool, "M");
        let long = "x".repeat(length);
        let found = json(&descriptor, &[("inner.inner.inner.text", text(&long)), ("text", text("end"))]);
        let expected = format!(r#"{{"inner":{{"inner":{{"inner":{{"text":"{long}"}}}}}},"text":"end"}}"#);
        assert!(found == expected, "{length}");
    }
}
