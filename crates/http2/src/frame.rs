//! Frames: their head, and what stands in those that are not of fields or data (RFC 9113 sections 4.1 and 6).

use bytes::{Buf, BufMut, BytesMut};

/// Bytes of a frame's head.
pub const HEAD: usize = 9;
/// The largest payload that a peer may send before it is told of another (SETTINGS_MAX_FRAME_SIZE), which is never here.
pub const MAX_PAYLOAD: usize = 16_384;
/// What a client says first.
pub const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// The largest window, and the largest number of a stream.
pub const MOST: u32 = u32::MAX >> 1;
/// A window before anything was said of it (section 6.9.2).
pub const FIRST_WINDOW: u32 = 65_535;

#[allow(missing_docs, reason = "the RFC's own names")]
pub mod kind {
    pub const DATA: u8 = 0;
    pub const HEADERS: u8 = 1;
    pub const PRIORITY: u8 = 2;
    pub const RST_STREAM: u8 = 3;
    pub const SETTINGS: u8 = 4;
    pub const PUSH_PROMISE: u8 = 5;
    pub const PING: u8 = 6;
    pub const GOAWAY: u8 = 7;
    pub const WINDOW_UPDATE: u8 = 8;
    pub const CONTINUATION: u8 = 9;
}

/// ACK and END_STREAM are the same bit; no frame has both.
#[allow(missing_docs, reason = "the RFC's own names")]
pub mod flag {
    pub const END_STREAM: u8 = 0x1;
    pub const ACK: u8 = 0x1;
    pub const END_HEADERS: u8 = 0x4;
    pub const PADDED: u8 = 0x8;
    pub const PRIORITY: u8 = 0x20;
}

#[allow(missing_docs, reason = "the RFC's own names")]
pub mod setting {
    pub const HEADER_TABLE_SIZE: u16 = 1;
    pub const ENABLE_PUSH: u16 = 2;
    pub const MAX_CONCURRENT_STREAMS: u16 = 3;
    pub const INITIAL_WINDOW_SIZE: u16 = 4;
    pub const MAX_FRAME_SIZE: u16 = 5;
    pub const MAX_HEADER_LIST_SIZE: u16 = 6;
}

/// What stands before a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Bytes of the payload.
    pub length: usize,
    /// One of [`kind`]; others are to be ignored.
    pub kind: u8,
    /// Bits of [`flag`].
    pub flags: u8,
    /// 0 for the connection.
    pub stream: u32,
}

impl Head {
    /// Whether that flag is set.
    pub fn has(self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// The first frame's head; none while it is not all there.
    pub fn peek(input: &[u8]) -> Option<Self> {
        let mut head = input.get(..HEAD)?;
        let length = head.get_uint(3) as usize;
        let (kind, flags) = (head.get_u8(), head.get_u8());
        Some(Self { length, kind, flags, stream: head.get_u32() & MOST })
    }

    /// Writes it.
    pub fn put(self, out: &mut BytesMut) {
        let mut head = [0; HEAD];
        head[..3].copy_from_slice(&(self.length as u32).to_be_bytes()[1..]);
        (head[3], head[4]) = (self.kind, self.flags);
        head[5..].copy_from_slice(&self.stream.to_be_bytes());
        out.put_slice(&head);
    }
}

/// Writes a frame.
pub fn put(out: &mut BytesMut, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
    Head { length: payload.len(), kind, flags, stream }.put(out);
    out.put_slice(payload);
}

/// Lets the peer send so many bytes more, on a stream, or on the connection (0).
pub fn put_window_update(out: &mut BytesMut, stream: u32, bytes: u32) {
    put(out, kind::WINDOW_UPDATE, 0, stream, &bytes.to_be_bytes());
}

/// Writes settings.
pub fn put_settings(out: &mut BytesMut, settings: &[(u16, u32)]) {
    Head { length: 6 * settings.len(), kind: kind::SETTINGS, flags: 0, stream: 0 }.put(out);
    for &(name, value) in settings {
        out.put_u16(name);
        out.put_u32(value);
    }
}

/// The settings of a payload, as far as they are whole.
pub fn settings(payload: &[u8]) -> impl Iterator<Item = (u16, u32)> {
    payload.chunks_exact(6).map(|mut setting| (setting.get_u16(), setting.get_u32()))
}

/// The number that a payload begins with.
pub fn number(payload: &[u8]) -> Option<u32> {
    payload.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))
}

/// The payload of a frame of data or fields without its padding, and without the priority that may stand before fields. None
/// where there is more of that than of the frame.
pub fn inside(head: Head, mut payload: &[u8]) -> Option<&[u8]> {
    if head.has(flag::PADDED) {
        let (&padding, rest) = payload.split_first()?;
        payload = rest.get(..rest.len().checked_sub(padding.into())?)?;
    }
    let priority = if head.kind == kind::HEADERS && head.has(flag::PRIORITY) { 5 } else { 0 };
    payload.get(priority..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_read_as_it_was_written() {
        let mut out = BytesMut::new();
        put(&mut out, kind::HEADERS, flag::END_HEADERS, 7, b"block");
        let head = Head { length: 5, kind: kind::HEADERS, flags: flag::END_HEADERS, stream: 7 };
        assert_eq!(Head::peek(&out), Some(head));
        assert_eq!(&out[HEAD..], b"block");
        assert_eq!(Head::peek(&out[..8]), None);
    }

    #[test]
    fn padding_and_priority_are_taken_off() {
        let head = Head { length: 0, kind: kind::HEADERS, flags: flag::PADDED | flag::PRIORITY, stream: 1 };
        assert_eq!(inside(head, &[2, 0, 0, 0, 0, 9, 1, 2, 3, 0, 0]), Some(&[1, 2, 3][..]));
        assert_eq!(inside(head, &[200, 1]), None);
        assert_eq!(inside(head, &[]), None);
    }

    #[test]
    fn settings_are_read_as_they_were_written() {
        let mut out = BytesMut::new();
        put_settings(&mut out, &[(setting::ENABLE_PUSH, 0), (setting::INITIAL_WINDOW_SIZE, 70_000)]);
        let expected = [(setting::ENABLE_PUSH, 0), (setting::INITIAL_WINDOW_SIZE, 70_000)];
        assert!(settings(&out[HEAD..]).eq(expected));
    }
}
