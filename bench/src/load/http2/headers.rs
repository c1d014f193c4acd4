//! Headers: a request's, which are the same each time, and a reply's, of which only the status is looked at.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use bytes::{Bytes, BytesMut};
use meanwhile_http2::hpack::{Decoder, Encoder, Name};
use meanwhile_proto::MISSING_PARTS_TRAILER;

/// The headers of a connection's first request, which enter its table, and those of every later one, which are found there.
pub fn request(path: &str, authority: &str) -> (Bytes, Bytes) {
    let fields = [
        (":method", "POST"),
        (":scheme", "http"),
        (":authority", authority),
        (":path", path),
        ("content-type", "application/grpc"),
        ("te", "trailers"),
    ];
    let mut encoder = Encoder::new();
    let mut block = || {
        let mut block = BytesMut::new();
        for (name, value) in fields {
            if let Some(name) = Name::read(name.as_bytes()) {
                encoder.encode(&name, value.as_bytes(), &mut block);
            }
        }
        block.freeze()
    };
    (block(), block())
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
    decoder: Decoder,
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
        let (changes, mut fields) = (self.decoder.changes(), Fields::default());
        let visited = self.decoder.decode(block, |name, value| {
            let value = || String::from_utf8_lossy(value.as_bytes()).into_owned();
            match name.as_str() {
                "grpc-status" => fields.status = Some(value()),
                "grpc-message" => fields.message = value(),
                MISSING_PARTS_TRAILER => fields.is_partial = true,
                _ => {}
            }
        });
        visited.ok().context("headers that cannot be read")?;
        let fields = Arc::new(fields);
        if self.decoder.changes() != changes {
            self.known.clear();
        } else if self.known.len() < KNOWN {
            self.known.push((block.into(), fields.clone()));
        }
        Ok(fields)
    }
}

/// More different blocks than that have something in them that is never the same.
const KNOWN: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_requests_say_what_the_first_said() {
        let (first, later) = request("/pkg.Service/Method", "127.0.0.1:1");
        let mut decoder = Decoder::new();
        let mut values = |block: &[u8]| {
            let mut values = Vec::new();
            decoder.decode(block, |_, value| values.push(value)).unwrap();
            values
        };
        let expected = ["POST", "http", "127.0.0.1:1", "/pkg.Service/Method", "application/grpc", "trailers"];
        assert_eq!(values(&first), expected);
        assert_eq!(values(&later), expected);
        assert_eq!(later.len(), expected.len());
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
