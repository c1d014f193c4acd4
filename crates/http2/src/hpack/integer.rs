//! Numbers (RFC 7541 section 5.1): a prefix of some bits, and bytes of seven bits for what it cannot hold.

use bytes::{BufMut, BytesMut};

/// No number that means anything here needs more bytes after its prefix.
const LONGEST: u32 = 4;

/// Takes one off the input, whose first byte has `prefix` bits of it. None where it is cut off, or too large.
pub fn take(input: &mut &[u8], prefix: u32) -> Option<usize> {
    let most = (1_usize << prefix) - 1;
    let mut value = usize::from(take_byte(input)?) & most;
    if value < most {
        return Some(value);
    }
    for shift in 0..LONGEST {
        let byte = take_byte(input)?;
        value += usize::from(byte & 0x7f) << (7 * shift);
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// Writes one, with the bits of `first` before its prefix.
pub fn put(out: &mut BytesMut, first: u8, prefix: u32, value: usize) {
    let most = (1_usize << prefix) - 1;
    if value < most {
        out.put_u8(first | value as u8);
        return;
    }
    out.put_u8(first | most as u8);
    let mut rest = value - most;
    while rest >= 0x80 {
        out.put_u8(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.put_u8(rest as u8);
}

fn take_byte(input: &mut &[u8]) -> Option<u8> {
    let (&byte, rest) = input.split_first()?;
    *input = rest;
    Some(byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_rfc() {
        for (value, prefix, bytes) in
            [(10, 5, &[0b0_1010][..]), (1_337, 5, &[0b1_1111, 0b1001_1010, 0b1010]), (42, 8, &[42])]
        {
            let mut out = BytesMut::new();
            put(&mut out, 0, prefix, value);
            assert_eq!(out, bytes);
            assert_eq!(take(&mut &*out, prefix), Some(value));
        }
    }

    #[test]
    fn one_that_goes_on_and_on_is_none() {
        assert_eq!(take(&mut &[0xff; 20][..], 7), None);
        assert_eq!(take(&mut &[0xff, 0x80, 0x80][..], 7), None);
    }
}
