//! Ranges, as PostgreSQL writes them: `[1,10)`, `["2024-05-01 00:00:00",)`, `empty`.

use super::nested::next;
use super::read;
use crate::rows::Scalar;
use crate::rows::column::ColumnType;

const EMPTY: u8 = 0x01;
const LOWER_INCLUSIVE: u8 = 0x02;
const UPPER_INCLUSIVE: u8 = 0x04;
const LOWER_INFINITE: u8 = 0x08;
const UPPER_INFINITE: u8 = 0x10;

/// The range's text; none where the bytes are no range of that.
pub(super) fn text(element: &ColumnType, bytes: &[u8]) -> Option<String> {
    let (&flags, mut rest) = bytes.split_first()?;
    let has = |flag: u8| flags & flag != 0;
    if has(EMPTY) {
        return Some("empty".to_owned());
    }
    let mut text = vec![if has(LOWER_INCLUSIVE) { b'[' } else { b'(' }];
    if !has(LOWER_INFINITE) {
        write_bound(element, next(&mut rest)??, &mut text)?;
    }
    text.push(b',');
    if !has(UPPER_INFINITE) {
        write_bound(element, next(&mut rest)??, &mut text)?;
    }
    text.push(if has(UPPER_INCLUSIVE) { b']' } else { b')' });
    rest.is_empty().then(|| String::from_utf8(text).ok()).flatten()
}

/// A bound with quotes where it could be misread without.
fn write_bound(element: &ColumnType, bytes: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut bound = Vec::new();
    match read(element, bytes).ok()? {
        Scalar::Int(value) => bound.extend_from_slice(value.to_string().as_bytes()),
        value => value.write_text(&mut bound).then_some(())?,
    }
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | b'(' | b')' | b'[' | b']' | b',');
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0B | 0x0C);
    if !bound.is_empty() && !bound.iter().any(|byte| is_special(byte) || is_space(byte)) {
        out.extend_from_slice(&bound);
        return Some(());
    }
    out.push(b'"');
    for byte in bound {
        if matches!(byte, b'"' | b'\\') {
            out.push(byte);
        }
        out.push(byte);
    }
    out.push(b'"');
    Some(())
}
