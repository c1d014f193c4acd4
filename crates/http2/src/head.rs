//! Heads of requests and responses, and trailers: read from blocks of fields by the rules of RFC 9113 section 8, and written.

use bytes::BytesMut;
use http::header::{CONNECTION, CONTENT_LENGTH, TE, TRANSFER_ENCODING, UPGRADE};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, Version};

use crate::hpack::{Decoder, Encoder, Name};

/// What a field counts besides its bytes (RFC 9113 section 6.5.2).
const OVERHEAD: usize = 32;

/// Starts of blocks that are remembered.
const KNOWN: usize = 16;

/// The fields of one block.
#[derive(Debug, Clone, Default)]
pub struct Fields {
    method: Option<Method>,
    scheme: Option<HeaderValue>,
    authority: Option<HeaderValue>,
    path: Option<HeaderValue>,
    status: Option<HeaderValue>,
    /// All but the pseudo-headers.
    headers: HeaderMap,
    /// What the pseudo-headers of a request say together, where that is known before.
    uri: Option<Uri>,
    size: usize,
    /// It has more fields than are allowed; these are not all.
    pub is_too_large: bool,
    /// A rule of section 8 is broken.
    is_malformed: bool,
}

impl Fields {
    fn add(&mut self, name: &Name, value: HeaderValue, limit: usize) {
        self.size += name.as_str().len() + value.len() + OVERHEAD;
        self.is_too_large |= self.size > limit;
        if self.is_too_large {
            return;
        }
        let place = match name {
            Name::Header(name) => {
                self.is_malformed |= !is_allowed(name, &value);
                self.headers.append(name, value);
                return;
            }
            Name::Method => {
                let method = Method::from_bytes(value.as_bytes()).ok();
                self.is_malformed |= method.is_none() || self.method.is_some() || !self.headers.is_empty();
                self.method = method;
                return;
            }
            Name::Scheme => &mut self.scheme,
            Name::Authority => &mut self.authority,
            Name::Path => &mut self.path,
            Name::Status => &mut self.status,
        };
        // Each once, and before all headers.
        self.is_malformed |= place.is_some() || !self.headers.is_empty();
        *place = Some(value);
        self.uri = None;
    }

    fn has_pseudo(&self) -> bool {
        self.method.is_some()
            || self.scheme.is_some()
            || self.authority.is_some()
            || self.path.is_some()
            || self.status.is_some()
    }

    /// As the head of a request; none where it is none.
    pub fn request(mut self) -> Option<Request<()>> {
        if self.is_malformed || self.status.is_some() {
            return None;
        }
        let uri = self.uri.take().or_else(|| self.read_uri())?;
        let mut request = Request::new(());
        *request.method_mut() = self.method?;
        *request.uri_mut() = uri;
        *request.version_mut() = Version::HTTP_2;
        *request.headers_mut() = self.headers;
        Some(request)
    }

    /// As the head of a response; none where it is none.
    pub fn response(self) -> Option<Response<()>> {
        let is_request =
            self.method.is_some() || self.scheme.is_some() || self.authority.is_some() || self.path.is_some();
        if self.is_malformed || is_request {
            return None;
        }
        let mut response = Response::new(());
        *response.status_mut() = StatusCode::from_bytes(self.status?.as_bytes()).ok()?;
        *response.version_mut() = Version::HTTP_2;
        *response.headers_mut() = self.headers;
        Some(response)
    }

    /// As trailers; none where they are none.
    pub fn trailers(self) -> Option<HeaderMap> {
        (!self.is_malformed && !self.has_pseudo()).then_some(self.headers)
    }

    fn read_uri(&self) -> Option<Uri> {
        let mut parts = http::uri::Parts::default();
        parts.path_and_query = Some(PathAndQuery::try_from(self.path.as_ref()?.as_bytes()).ok()?);
        let scheme = Scheme::try_from(self.scheme.as_ref()?.as_bytes()).ok()?;
        // One without an authority names it in `host`, or not at all; a URL has both or neither.
        if let Some(authority) = &self.authority {
            parts.authority = Some(Authority::try_from(authority.as_bytes()).ok()?);
            parts.scheme = Some(scheme);
        }
        Uri::from_parts(parts).ok()
    }
}

/// Fields that are of a connection have no place in HTTP/2 (section 8.2.2).
fn is_allowed(name: &HeaderName, value: &HeaderValue) -> bool {
    match *name {
        TE => value == "trailers",
        CONNECTION | TRANSFER_ENCODING | UPGRADE => false,
        _ => name != "keep-alive" && name != "proxy-connection",
    }
}

/// The bytes of the body that a head announces.
pub fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Reads a peer's blocks. Most begin with the same entries' numbers as one before, and mean the same while the table does.
#[derive(Debug)]
pub struct Reader {
    decoder: Decoder,
    limit: usize,
    known: Vec<(Box<[u8]>, Fields)>,
    /// How often the table had changed when the last block had been read.
    changes: u64,
}

impl Reader {
    pub fn new(limit: u32) -> Self {
        Self { decoder: Decoder::new(), limit: limit as usize, known: Vec::new(), changes: 0 }
    }

    /// The fields of a block; none where it is no HPACK, and the connection cannot go on.
    pub fn read(&mut self, block: &[u8]) -> Option<Fields> {
        let is_same_table = self.decoder.changes() == self.changes;
        if !is_same_table {
            self.known.clear();
            self.changes = self.decoder.changes();
        }
        // Only these are whole fields of one byte, and change no table.
        let length = block.iter().position(|byte| !(0x80..0xff).contains(byte)).unwrap_or(block.len());
        let (start, rest) = block.split_at(length);
        let mut fields = match self.known.iter().find(|(known, _)| **known == *start) {
            Some((_, fields)) => fields.clone(),
            None => {
                let mut fields = Fields::default();
                self.decode(start, &mut fields)?;
                // A table that changes with every block is not worth it.
                if is_same_table && self.known.len() < KNOWN {
                    fields.uri = fields.read_uri();
                    self.known.push((start.into(), fields.clone()));
                }
                fields
            }
        };
        if !rest.is_empty() {
            self.decode(rest, &mut fields)?;
        }
        Some(fields)
    }

    fn decode(&mut self, block: &[u8], fields: &mut Fields) -> Option<()> {
        self.decoder.decode(block, |name, value| fields.add(name, value, self.limit)).ok()
    }
}

/// Writes a request's head.
pub fn put_request(encoder: &mut Encoder, request: &Request<()>, out: &mut BytesMut) {
    let uri = request.uri();
    encoder.encode(&Name::Method, request.method().as_str().as_bytes(), out);
    encoder.encode(&Name::Scheme, uri.scheme_str().unwrap_or("http").as_bytes(), out);
    if let Some(authority) = uri.authority() {
        encoder.encode(&Name::Authority, authority.as_str().as_bytes(), out);
    }
    let path = uri.path_and_query().map_or("/", PathAndQuery::as_str);
    encoder.encode(&Name::Path, path.as_bytes(), out);
    put_headers(encoder, request.headers(), out);
}

/// Writes a response's head.
pub fn put_response(encoder: &mut Encoder, response: &Response<()>, out: &mut BytesMut) {
    encoder.encode(&Name::Status, response.status().as_str().as_bytes(), out);
    put_headers(encoder, response.headers(), out);
}

/// Writes headers, or trailers: those that enter no table last, as a reader may know the others already.
pub fn put_headers(encoder: &mut Encoder, headers: &HeaderMap, out: &mut BytesMut) {
    let mut has_sensitive = false;
    for (name, value) in headers.iter().filter(|(name, value)| is_allowed(name, value)) {
        has_sensitive |= value.is_sensitive();
        if !value.is_sensitive() {
            encoder.encode(&Name::Header(name.clone()), value.as_bytes(), out);
        }
    }
    if has_sensitive {
        for (name, value) in
            headers.iter().filter(|(name, value)| value.is_sensitive() && is_allowed(name, value))
        {
            encoder.encode_sensitive(&Name::Header(name.clone()), value.as_bytes(), out);
        }
    }
}
