//! inet and cidr, as PostgreSQL writes them: `192.168.0.1`, `10.0.0.0/8`, `2001:db8::1`.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr};

/// The address's text; none where the bytes are no address.
pub(super) fn text(bytes: &[u8]) -> Option<String> {
    let [family, bits, is_cidr, length, address @ ..] = bytes else { return None };
    let mut text = String::new();
    let all_bits = match (family, length) {
        (2, 4) => {
            let _ = write!(text, "{}", Ipv4Addr::from(<[u8; 4]>::try_from(address).ok()?));
            32
        }
        (3, 16) => {
            write_v6(Ipv6Addr::from(<[u8; 16]>::try_from(address).ok()?), &mut text);
            128
        }
        _ => return None,
    };
    if *bits > all_bits {
        return None;
    }
    if *is_cidr != 0 || *bits < all_bits {
        let _ = write!(text, "/{bits}");
    }
    Some(text)
}

/// As RFC 5952 has it, and beyond that with the last 32 bits as IPv4 also where only zeros come before them.
fn write_v6(address: Ipv6Addr, out: &mut String) {
    let _ = match address.segments() {
        [0, 0, 0, 0, 0, 0, high, low] if high != 0 => {
            let [a, b, c, d] = [high.to_be_bytes(), low.to_be_bytes()].concat()[..] else { return };
            write!(out, "::{a}.{b}.{c}.{d}")
        }
        _ => write!(out, "{address}"),
    };
}
