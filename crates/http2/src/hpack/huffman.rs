//! The Huffman code of strings (RFC 7541 appendix B). It is canonical: each symbol's length says all of it. Only decoding
//! is needed; what is sent often enough to be worth shortening is sent as an entry's number.

use std::sync::LazyLock;

/// The bits of each byte's code.
const LENGTHS: [u8; 256] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28,
    28, 28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6,
    6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7,
    8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7,
    15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24,
    23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23,
    23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26,
    26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20,
    21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27,
    27, 27, 26,
];

/// The longest code; that of the end of a string has as many bits, all ones.
const LONGEST: usize = 30;
/// Bits that are looked up at once: most of what is written in headers has no longer code.
const QUICK: u32 = 8;

struct Code {
    /// By the next bits: the symbol and its length; length 0 where it is longer.
    quick: [(u8, u8); 1 << QUICK],
    /// By length: the first code of it, how many there are, and where their symbols begin.
    lengths: [(u32, u32, usize); LONGEST + 1],
    symbols: Vec<u8>,
}

static CODE: LazyLock<Code> = LazyLock::new(|| {
    let mut code = Code {
        quick: [(0, 0); 1 << QUICK],
        lengths: [(0, 0, 0); LONGEST + 1],
        symbols: Vec::with_capacity(256),
    };
    let mut next = 0_u32;
    for length in 1..=LONGEST {
        next <<= 1;
        let start = code.symbols.len();
        code.symbols
            .extend((0..=u8::MAX).filter(|&symbol| usize::from(LENGTHS[usize::from(symbol)]) == length));
        let many = code.symbols.len() - start;
        code.lengths[length] = (next, many as u32, start);
        if length <= QUICK as usize {
            let spread = 1 << (QUICK as usize - length);
            for (at, &symbol) in code.symbols[start..].iter().enumerate() {
                let first = (next as usize + at) * spread;
                code.quick[first..first + spread].fill((symbol, length as u8));
            }
        }
        next += many as u32;
    }
    code
});

/// The bytes of a string; none where it is no such string, by its padding too (section 5.2).
pub fn decode(input: &[u8]) -> Option<Vec<u8>> {
    let code = &*CODE;
    // The shortest code has five bits.
    let mut output = Vec::with_capacity(input.len() * 8 / 5);
    let (mut bits, mut many, mut input) = (0_u64, 0_u32, input.iter());
    loop {
        while many <= 56
            && let Some(&byte) = input.next()
        {
            bits = bits << 8 | u64::from(byte);
            many += 8;
        }
        if many < QUICK && (many == 0 || is_padding(bits, many)) {
            return Some(output);
        }
        let (symbol, length) = symbol(code, bits, many)?;
        output.push(symbol);
        many -= length;
    }
}

/// Padding is the start of the end's code: ones, less than a byte of them.
fn is_padding(bits: u64, many: u32) -> bool {
    let mask = (1 << many) - 1;
    bits & mask == mask
}

fn symbol(code: &Code, bits: u64, many: u32) -> Option<(u8, u32)> {
    // The next bits, with zeros where there are no more.
    let next =
        |length: u32| (if many >= length { bits >> (many - length) } else { bits << (length - many) }) as u32;
    let (symbol, length) = code.quick[(next(QUICK) & ((1 << QUICK) - 1)) as usize];
    if length != 0 {
        return (many >= length.into()).then_some((symbol, length.into()));
    }
    for length in QUICK + 1..=many.min(LONGEST as u32) {
        let (first, many, start) = code.lengths[length as usize];
        let value = next(length) & ((1 << length) - 1);
        if let Some(at) = value.checked_sub(first).filter(|&at| at < many) {
            return Some((code.symbols[start + at as usize], length));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_rfc() {
        for (bytes, text) in [
            (
                &[0xf1, 0xe3, 0xc2, 0xe5, 0xf2, 0x3a, 0x6b, 0xa0, 0xab, 0x90, 0xf4, 0xff][..],
                "www.example.com",
            ),
            (&[0xa8, 0xeb, 0x10, 0x64, 0x9c, 0xbf], "no-cache"),
            (&[0x64, 0x02], "302"),
            (
                &[
                    0xd0, 0x7a, 0xbe, 0x94, 0x10, 0x54, 0xd4, 0x44, 0xa8, 0x20, 0x05, 0x95, 0x04, 0x0b, 0x81,
                    0x66, 0xe0, 0x82, 0xa6, 0x2d, 0x1b, 0xff,
                ],
                "Mon, 21 Oct 2013 20:13:21 GMT",
            ),
        ] {
            assert_eq!(decode(bytes).as_deref(), Some(text.as_bytes()));
        }
    }

    #[test]
    fn padding_of_zeros_of_a_byte_and_the_end_inside_are_refused() {
        assert_eq!(decode(&[0x00]), None);
        assert_eq!(decode(&[0x64, 0x02, 0xff]), None);
        assert_eq!(decode(&[0xff, 0xff, 0xff, 0xff]), None);
        assert_eq!(decode(&[]), Some(vec![]));
    }
}
