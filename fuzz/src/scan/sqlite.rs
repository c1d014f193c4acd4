//! SQLite's tokenize.c.

use super::Kind;
use super::cursor::Cursor;

pub(super) fn piece(cursor: &mut Cursor<'_>) -> Option<Kind> {
    let first = cursor.peek(0);
    if is_space(first) {
        cursor.skip_while(is_space);
        return Some(Kind::Space);
    }
    // Behind a colon it belongs to the name.
    if cursor.starts_with("\u{feff}") && !cursor.is_behind(b".:") {
        cursor.at += 3;
        return Some(Kind::Space);
    }
    if cursor.starts_with("--") {
        cursor.skip_while(|byte| byte != b'\n');
        return Some(Kind::Comment);
    }
    if cursor.starts_with("/*") && cursor.rest().len() > 2 {
        cursor.at += 2;
        // One that nothing closes goes on to the end.
        cursor.skip_behind(b"*/");
        return Some(Kind::Comment);
    }
    match first {
        b'\'' | b'"' | b'`' => {
            cursor.at += 1;
            cursor.skip_quoted(first, false)?;
            Some(if first == b'\'' { Kind::Quoted } else { Kind::QuotedName })
        }
        b'[' => cursor.skip_behind(b"]").then_some(Kind::QuotedName),
        b'x' | b'X' if cursor.peek(1) == b'\'' => blob(cursor),
        b'0'..=b'9' => number(cursor),
        b'.' if cursor.peek(1).is_ascii_digit() => number(cursor),
        b'?' => {
            cursor.at += 1;
            placeholder(cursor)
        }
        b':' if is_word_start(cursor.peek(1)) => {
            cursor.at += 1;
            Some(Kind::Colon)
        }
        // A name of Tcl's, which is none once a name of ours in it is replaced.
        b':' if cursor.peek(1) == b':' => None,
        b':' | b'@' | b'$' | b'#' => variable(cursor),
        _ if is_word_start(first) => {
            cursor.skip_while(is_word_part);
            Some(Kind::Word)
        }
        b'(' | b')' | b';' | b'+' | b'*' | b'/' | b'%' | b'=' | b'<' | b'>' | b'|' | b',' | b'&' | b'~'
        | b'.' | b'-' => {
            cursor.at += 1;
            Some(Kind::Sign(first))
        }
        b'!' if cursor.peek(1) == b'=' => {
            cursor.at += 2;
            Some(Kind::Sign(first))
        }
        _ => None,
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0c)
}

fn is_word_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn is_word_part(byte: u8) -> bool {
    is_word_start(byte) || byte.is_ascii_digit() || byte == b'$'
}

/// `x'c0ffee'`
fn blob(cursor: &mut Cursor<'_>) -> Option<Kind> {
    cursor.at += 2;
    let start = cursor.at;
    cursor.skip_while(|byte| byte.is_ascii_hexdigit());
    let is_whole = cursor.peek(0) == b'\'' && (cursor.at - start).is_multiple_of(2);
    cursor.at += 1;
    is_whole.then_some(Kind::Quoted)
}

fn placeholder(cursor: &mut Cursor<'_>) -> Option<Kind> {
    let digits = cursor.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = std::str::from_utf8(&cursor.rest()[..digits]).ok()?;
    cursor.at += digits;
    if number.is_empty() { Some(Kind::Variable) } else { number.parse().ok().map(Kind::Placeholder) }
}

/// `@name`, `$name`, `#name`, `:1`, also with `::` in it or something in parentheses behind it, which Tcl writes.
fn variable(cursor: &mut Cursor<'_>) -> Option<Kind> {
    let (mut length, mut any) = (1, false);
    loop {
        match cursor.peek(length) {
            byte if is_word_part(byte) => (length, any) = (length + 1, true),
            b'(' if any => {
                let inside =
                    cursor.rest()[length..].iter().take_while(|byte| **byte != b')' && !is_space(**byte));
                length += inside.count() + 1;
                if cursor.peek(length - 1) != b')' {
                    return None;
                }
                break;
            }
            b':' if cursor.peek(length + 1) == b':' => length += 2,
            _ => break,
        }
    }
    cursor.at += length;
    any.then_some(Kind::Variable)
}

/// A word right behind a number is an error.
fn number(cursor: &mut Cursor<'_>) -> Option<Kind> {
    if cursor.starts_with("0x") || cursor.starts_with("0X") {
        cursor.at += 2;
        cursor.skip_while(|byte| byte.is_ascii_hexdigit());
    } else {
        let digits =
            |cursor: &mut Cursor<'_>| cursor.skip_while(|byte| byte.is_ascii_digit() || byte == b'_');
        digits(cursor);
        if cursor.peek(0) == b'.' {
            cursor.at += 1;
            digits(cursor);
        }
        if matches!(cursor.peek(0), b'e' | b'E') {
            let sign = usize::from(matches!(cursor.peek(1), b'+' | b'-'));
            if cursor.peek(1 + sign).is_ascii_digit() {
                cursor.at += 1 + sign;
                digits(cursor);
            }
        }
    }
    (!is_word_part(cursor.peek(0))).then_some(Kind::Number)
}
