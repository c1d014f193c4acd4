//! Frames: their head, and the settings in them (RFC 9113 sections 4.1 and 6).

use bytes::{Buf, BufMut, BytesMut};

/// Bytes of a frame's head.
pub const HEAD: usize = 9;
/// The largest payload that either side sends: no peer may be sent more unless it says so, and we do not.
pub const MAX_PAYLOAD: usize = 16_384;
/// What a client says first.
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const RST_STREAM: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const PUSH_PROMISE: u8 = 5;
pub const PING: u8 = 6;
pub const GOAWAY: u8 = 7;
pub const WINDOW_UPDATE: u8 = 8;
pub const CONTINUATION: u8 = 9;

/// Flags. ACK shares its bit with END_STREAM; no frame has both.
pub const END_STREAM: u8 = 0x1;
pub const ACK: u8 = 0x1;
pub const END_HEADERS: u8 = 0x4;
pub const PADDED: u8 = 0x8;
pub const PRIORITY: u8 = 0x20;

/// Settings.
pub const HEADER_TABLE_SIZE: u16 = 1;
pub const ENABLE_PUSH: u16 = 2;
pub const MAX_CONCURRENT_STREAMS: u16 = 3;
pub const INITIAL_WINDOW_SIZE: u16 = 4;

/// Error codes (RFC 9113 section 7).
pub const CANCEL: u32 = 8;

/// What stands before a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    pub length: usize,
    pub kind: u8,
    pub flags: u8,
    pub stream: u32,
}

impl Head {
    pub fn has(self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// The first frame's head; none while it is not all there.
    pub fn peek(input: &[u8]) -> Option<Self> {
        let mut head = input.get(..HEAD)?;
        let length = head.get_uint(3) as usize;
        let (kind, flags) = (head.get_u8(), head.get_u8());
        Some(Self { length, kind, flags, stream: head.get_u32() & (u32::MAX >> 1) })
    }
}

/// Writes a frame.
pub fn put(out: &mut BytesMut, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
    out.reserve(HEAD + payload.len());
    out.put_uint(payload.len() as u64, 3);
    out.put_u8(kind);
    out.put_u8(flags);
    out.put_u32(stream);
    out.put_slice(payload);
}

/// Lets the peer send so many bytes more, on a stream, or on the connection (0).
pub fn put_window_update(out: &mut BytesMut, stream: u32, bytes: u32) {
    put(out, WINDOW_UPDATE, 0, stream, &bytes.to_be_bytes());
}

/// Writes our settings.
pub fn put_settings(out: &mut BytesMut, settings: &[(u16, u32)]) {
    let mut payload = Vec::with_capacity(6 * settings.len());
    for &(name, value) in settings {
        payload.put_u16(name);
        payload.put_u32(value);
    }
    put(out, SETTINGS, 0, 0, &payload);
}

/// The peer's settings, as far as they are whole.
pub fn settings(payload: &[u8]) -> impl Iterator<Item = (u16, u32)> {
    payload.chunks_exact(6).map(|mut setting| (setting.get_u16(), setting.get_u32()))
}

/// The payload without its padding, and without the priority that may stand first in a frame of headers.
pub fn inside(head: Head, mut payload: &[u8]) -> Option<&[u8]> {
    if head.has(PADDED) {
        let (&padding, rest) = payload.split_first()?;
        payload = rest.get(..rest.len().checked_sub(padding.into())?)?;
    }
    let skipped = if head.kind == HEADERS && head.has(PRIORITY) { 5 } else { 0 };
    payload.get(skipped..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_read_as_it_was_written() {
        let mut out = BytesMut::new();
        put(&mut out, HEADERS, END_HEADERS, 7, b"block");
        let head = Head { length: 5, kind: HEADERS, flags: END_HEADERS, stream: 7 };
        assert_eq!(Head::peek(&out), Some(head));
        assert_eq!(&out[HEAD..], b"block");
        assert_eq!(Head::peek(&out[..8]), None);
    }

    #[test]
    fn padding_and_priority_are_taken_off() {
        let head = Head { length: 0, kind: HEADERS, flags: PADDED | PRIORITY, stream: 1 };
        assert_eq!(inside(head, &[2, 0, 0, 0, 0, 9, 1, 2, 3, 0, 0]), Some(&[1, 2, 3][..]));
        assert_eq!(inside(head, &[200, 1]), None);
    }

    #[test]
    fn settings_are_read_as_they_were_written() {
        let mut out = BytesMut::new();
        put_settings(&mut out, &[(ENABLE_PUSH, 0), (INITIAL_WINDOW_SIZE, 70_000)]);
        assert!(settings(&out[HEAD..]).eq([(ENABLE_PUSH, 0), (INITIAL_WINDOW_SIZE, 70_000)]));
    }
}
