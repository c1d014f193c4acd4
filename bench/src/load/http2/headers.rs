//! Headers (HPACK, RFC 7541): a request's, which are the same each time, and a reply's, of which only the status is looked at.

use std::sync::Arc;

use anyhow::{Result, anyhow};
use bytes::{BufMut, Bytes, BytesMut};
use loona_hpack::Decoder;
use meanwhile_proto::MISSING_PARTS_TRAILER;

/// Entries of the static table: `:method POST`, `:scheme http`.
const POST: u8 = 0x80 | 3;
const HTTP: u8 = 0x80 | 6;
/// A new entry of the table, whose name is an entry of the static one (0: it is spelt out).
const NEW: u8 = 0x40;
const AUTHORITY: u8 = NEW | 1;
const PATH: u8 = NEW | 4;
const CONTENT_TYPE: u8 = NEW | 31;
/// The four entries that the first request makes, oldest first, and then by their numbers.
const MADE: [u8; 4] = [0x80 | 65, 0x80 | 64, 0x80 | 63, 0x80 | 62];

/// The headers of a connection's first request, which enter its table.
pub fn first(path: &str, authority: &str) -> Bytes {
    let mut block = BytesMut::from(&[POST, HTTP][..]);
    for (name, value) in [(PATH, path), (AUTHORITY, authority), (CONTENT_TYPE, "application/grpc")] {
        block.put_u8(name);
        put_text(&mut block, value);
    }
    block.put_u8(NEW);
    put_text(&mut block, "te");
    put_text(&mut block, "trailers");
    block.freeze()
}

/// The headers of every later one.
pub fn later() -> Bytes {
    let mut block = BytesMut::from(&[POST, HTTP][..]);
    block.extend_from_slice(&MADE);
    block.freeze()
}

/// A path or an address is shorter than the 127 bytes that a length of one byte can say.
fn put_text(block: &mut BytesMut, text: &str) {
    debug_assert!(text.len() < 127);
    block.put_u8(text.len() as u8);
    block.put_slice(text.as_bytes());
}

/// What is looked at in a reply's headers or trailers.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Fields {
    /// grpc-status.
    pub status: Option<String>,
    /// grpc-message, as it is written.
    pub message: String,
    /// Parts are missing in the reply.
    pub is_partial: bool,
}

/// Reads replies' headers. A block of nothing but numbers of entries means the same until the table changes, so it is
/// decoded once.
pub struct Reader {
    decoder: Decoder<'static>,
    known: Vec<(Box<[u8]>, Arc<Fields>)>,
}

impl Reader {
    pub fn new() -> Self {
        Self { decoder: Decoder::new(), known: Vec::new() }
    }

    pub fn read(&mut self, block: &[u8]) -> Result<Arc<Fields>> {
        if let Some((_, fields)) = self.known.iter().find(|(known, _)| **known == *block) {
            return Ok(fields.clone());
        }
        let mut fields = Fields::default();
        let list =
            self.decoder.decode(block).map_err(|error| anyhow!("headers that cannot be read: {error:?}"))?;
        for (name, value) in list {
            let value = String::from_utf8_lossy(&value);
            match &*name {
                b"grpc-status" => fields.status = Some(value.into_owned()),
                b"grpc-message" => fields.message = value.into_owned(),
                name if name == MISSING_PARTS_TRAILER.as_bytes() => fields.is_partial = true,
                _ => {}
            }
        }
        let fields = Arc::new(fields);
        // A field that is an entry's number begins with a one, and no other does; the bytes that follow in a long number
        // do, but for its last.
        match block.iter().all(|byte| byte & 0x80 != 0) {
            true => self.known.push((block.into(), fields.clone())),
            false => self.known.clear(),
        }
        Ok(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_requests_say_what_the_first_said() {
        let mut decoder = Decoder::new();
        let first = decoder.decode(&first("/pkg.Service/Method", "127.0.0.1:1")).unwrap();
        let texts: Vec<_> = first.iter().map(|(_, value)| String::from_utf8_lossy(value)).collect();
        assert_eq!(
            texts,
            ["POST", "http", "/pkg.Service/Method", "127.0.0.1:1", "application/grpc", "trailers"]
        );
        assert_eq!(decoder.decode(&later()).unwrap(), first);
    }

    #[test]
    fn a_block_of_numbers_is_read_anew_once_the_table_has_changed() {
        let mut reader = Reader::new();
        let ok = reader.read(b"\x40\x0bgrpc-status\x010").unwrap();
        assert_eq!(reader.read(&[0x80 | 62]).unwrap(), ok);
        assert_eq!(reader.known.len(), 1);
        reader.read(b"\x40\x0bgrpc-status\x015").unwrap();
        assert_eq!(reader.read(&[0x80 | 62]).unwrap().status.as_deref(), Some("5"));
        assert_eq!(reader.read(&[0x80 | 63]).unwrap(), ok);
    }
}
