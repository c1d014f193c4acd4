//! The few pieces of protobuf's wire format that rows need.

use prost::encoding::{WireType, encode_varint, encoded_len_varint};

/// A field's key, encoded once.
#[derive(Debug, Clone)]
pub struct Key {
    bytes: [u8; 5],
    length: u8,
}

impl Key {
    /// The key of that field number.
    pub fn new(number: u32, wire: WireType) -> Self {
        let mut bytes = [0; 5];
        let mut rest = &mut bytes[..];
        prost::encoding::encode_key(number, wire, &mut rest);
        let length = 5 - rest.len() as u8;
        Self { bytes, length }
    }

    /// How many bytes it has.
    pub fn len(&self) -> usize {
        self.length.into()
    }

    /// Writes it.
    #[inline]
    pub fn write(&self, out: &mut Vec<u8>) {
        match self.length {
            1 => out.push(self.bytes[0]),
            length => out.extend_from_slice(&self.bytes[..usize::from(length)]),
        }
    }
}

/// Writes what `content` writes with its length in front. One byte is kept free for the length; only contents of
/// 128 bytes and more are moved.
pub fn with_length<T>(out: &mut Vec<u8>, content: impl FnOnce(&mut Vec<u8>) -> T) -> T {
    let start = out.len();
    out.push(0);
    let result = content(out);
    let length = out.len() - start - 1;
    match length {
        0..0x80 => out[start] = length as u8,
        _ => make_room(out, start, length),
    }
    result
}

/// Writes a length of more than one byte in front of the content that it is of.
fn make_room(out: &mut Vec<u8>, start: usize, length: usize) {
    let more = encoded_len_varint(length as u64) - 1;
    let end = out.len();
    out.resize(end + more, 0);
    out.copy_within(start + 1..end, start + 1 + more);
    let mut slot = &mut out[start..=start + more];
    encode_varint(length as u64, &mut slot);
}

#[inline]
pub(super) fn write_delimited(out: &mut Vec<u8>, bytes: &[u8]) {
    write_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Most lengths and many numbers are one byte.
#[inline]
pub(super) fn write_varint(out: &mut Vec<u8>, value: u64) {
    match value {
        0..0x80 => out.push(value as u8),
        _ => encode_varint(value, out),
    }
}
