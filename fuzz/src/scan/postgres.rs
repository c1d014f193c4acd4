//! PostgreSQL's scan.l, with standard_conforming_strings on, as it is unless somebody turns it off.

use super::Kind;
use super::cursor::Cursor;

pub(super) fn piece(cursor: &mut Cursor<'_>) -> Option<Kind> {
    let first = cursor.peek(0);
    if is_space(first) {
        cursor.skip_while(is_space);
        return Some(Kind::Space);
    }
    if cursor.starts_with("--") {
        cursor.skip_while(|byte| !is_newline(byte));
        return Some(Kind::Comment);
    }
    if cursor.starts_with("/*") {
        return nested_comment(cursor).map(|()| Kind::Comment);
    }
    if let Some(kind) = quoted(cursor) {
        return kind;
    }
    match first {
        b'$' => dollar(cursor),
        b'0'..=b'9' => number(cursor),
        b'.' if cursor.peek(1).is_ascii_digit() => number(cursor),
        _ if is_word_start(first) => {
            cursor.skip_while(is_word_part);
            Some(Kind::Word)
        }
        b':' if matches!(cursor.peek(1), b':' | b'=') => {
            cursor.at += 2;
            Some(Kind::Sign(first))
        }
        b':' => {
            cursor.at += 1;
            Some(Kind::Colon)
        }
        0 => None,
        _ => {
            cursor.at += 1;
            Some(Kind::Sign(first))
        }
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0c | 0x0b)
}

fn is_newline(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

fn is_word_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn is_word_part(byte: u8) -> bool {
    is_word_start(byte) || byte.is_ascii_digit() || byte == b'$'
}

fn nested_comment(cursor: &mut Cursor<'_>) -> Option<()> {
    let mut depth = 0_usize;
    while !cursor.is_at_end() {
        if cursor.starts_with("/*") {
            depth += 1;
            cursor.at += 2;
        } else if cursor.starts_with("*/") {
            depth -= 1;
            cursor.at += 2;
            if depth == 0 {
                return Some(());
            }
        } else {
            cursor.at += 1;
        }
    }
    None
}

/// A string or a quoted name with what stands before it; the outer none where there is neither.
fn quoted(cursor: &mut Cursor<'_>) -> Option<Option<Kind>> {
    let prefix = match (cursor.peek(0), cursor.peek(1), cursor.peek(2)) {
        (b'\'' | b'"', ..) => 0,
        (b'e' | b'E' | b'b' | b'B' | b'x' | b'X' | b'n' | b'N', b'\'', _) => 1,
        // Behind a colon it ends a name of ours, and is gone in what the database reads.
        (b'u' | b'U', b'&', b'"') if cursor.is_behind(b".:") => return None,
        (b'u' | b'U', b'&', b'\'' | b'"') => 2,
        _ => return None,
    };
    let quote = cursor.peek(prefix);
    let backslashes = prefix == 1 && matches!(cursor.peek(0), b'e' | b'E');
    cursor.at += prefix + 1;
    let mut closed = cursor.skip_quoted(quote, backslashes);
    // A string goes on behind a line's end; only where backslashes count does that differ from a string of its own.
    while closed.is_some() && backslashes && continues(cursor) {
        closed = cursor.skip_quoted(quote, backslashes);
    }
    let kind = if quote == b'"' { Kind::QuotedName } else { Kind::Quoted };
    Some(closed.map(|()| kind))
}

/// Goes to behind the quote with which a string goes on, where it does: white space with a line's end in it stands between.
fn continues(cursor: &mut Cursor<'_>) -> bool {
    let before = cursor.at;
    let mut newline = false;
    loop {
        if is_space(cursor.peek(0)) {
            newline |= is_newline(cursor.peek(0));
            cursor.at += 1;
        } else if cursor.starts_with("--") {
            cursor.skip_while(|byte| !is_newline(byte));
        } else {
            break;
        }
    }
    let goes_on = newline && cursor.peek(0) == b'\'';
    cursor.at = if goes_on { cursor.at + 1 } else { before };
    goes_on
}

/// `$1`, `$$text$$`, `$tag$text$tag$`.
fn dollar(cursor: &mut Cursor<'_>) -> Option<Kind> {
    let rest = &cursor.rest()[1..];
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits > 0 {
        let number = std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
        cursor.at += 1 + digits;
        return (!is_word_start(cursor.peek(0))).then_some(Kind::Placeholder(number));
    }
    let tag = rest.iter().take_while(|byte| is_word_part(**byte) && **byte != b'$').count();
    if rest.get(tag) != Some(&b'$') {
        return None;
    }
    let delimiter = &cursor.rest()[..tag + 2];
    cursor.at += delimiter.len();
    cursor.skip_behind(delimiter).then_some(Kind::Quoted)
}

/// A word right behind a number is an error since PostgreSQL 15, and read apart before.
fn number(cursor: &mut Cursor<'_>) -> Option<Kind> {
    cursor.skip_while(|byte| byte.is_ascii_digit());
    if cursor.peek(0) == b'.' && cursor.peek(1) != b'.' {
        cursor.at += 1;
        cursor.skip_while(|byte| byte.is_ascii_digit());
    }
    if matches!(cursor.peek(0), b'e' | b'E') {
        let sign = usize::from(matches!(cursor.peek(1), b'+' | b'-'));
        if cursor.peek(1 + sign).is_ascii_digit() {
            cursor.at += 1 + sign;
            cursor.skip_while(|byte| byte.is_ascii_digit());
        }
    }
    (!is_word_start(cursor.peek(0))).then_some(Kind::Number)
}
