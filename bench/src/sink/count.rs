//! Counts the spans of an `ExportTraceServiceRequest` without decoding them: a sink shares the machine with what is measured.

use bytes::Bytes;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};

/// `resource_spans` of the request, `scope_spans` in it, `spans` in that, and a span's `kind` (opentelemetry-proto).
const RESOURCE_SPANS: u32 = 1;
const SCOPE_SPANS: u32 = 2;
const SPANS: u32 = 2;
const KIND: u32 = 6;

/// SPAN_KIND_SERVER: a request as its server saw it.
const SERVER: u64 = 2;

/// Flag and length in front of a message.
const PREFIX: usize = 5;

/// What a sink has taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    /// All spans.
    pub spans: u64,
    /// Of these, requests at the service that answered them.
    pub requests: u64,
}

impl Seen {
    /// Of one gRPC message; `None` of what is no export.
    pub fn in_message(message: &Bytes) -> Option<Self> {
        let mut seen = Self::default();
        let request = message.slice(PREFIX.min(message.len())..);
        each(request, RESOURCE_SPANS, |resource| {
            each(resource, SCOPE_SPANS, |scope| each(scope, SPANS, |span| seen.count(span)))
        })?;
        Some(seen)
    }

    /// Adds another one.
    pub fn add(&mut self, other: Self) {
        self.spans += other.spans;
        self.requests += other.requests;
    }

    fn count(&mut self, mut span: Bytes) -> Option<()> {
        self.spans += 1;
        while !span.is_empty() {
            match decode_key(&mut span).ok()? {
                (KIND, WireType::Varint) => {
                    self.requests += u64::from(decode_varint(&mut span).ok()? == SERVER);
                    break;
                }
                (tag, wire_type) => skip_field(wire_type, tag, &mut span, DecodeContext::default()).ok()?,
            }
        }
        Some(())
    }
}

/// Calls `visit` with the bytes of each message in that field.
fn each(mut message: Bytes, field: u32, mut visit: impl FnMut(Bytes) -> Option<()>) -> Option<()> {
    while !message.is_empty() {
        let (tag, wire_type) = decode_key(&mut message).ok()?;
        if (tag, wire_type) != (field, WireType::LengthDelimited) {
            skip_field(wire_type, tag, &mut message, DecodeContext::default()).ok()?;
            continue;
        }
        let length = usize::try_from(decode_varint(&mut message).ok()?).ok()?;
        if length > message.len() {
            return None;
        }
        visit(message.split_to(length))?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use prost::Message;

    #[derive(Clone, PartialEq, Message)]
    struct Request {
        #[prost(message, repeated, tag = "1")]
        resource_spans: Vec<Resource>,
    }

    #[derive(Clone, PartialEq, Message)]
    struct Resource {
        #[prost(string, tag = "1")]
        before: String,
        #[prost(message, repeated, tag = "2")]
        scope_spans: Vec<Scope>,
    }

    #[derive(Clone, PartialEq, Message)]
    struct Scope {
        #[prost(message, repeated, tag = "2")]
        spans: Vec<Span>,
        #[prost(string, tag = "3")]
        after: String,
    }

    #[derive(Clone, PartialEq, Message)]
    struct Span {
        #[prost(string, tag = "5")]
        name: String,
        #[prost(uint64, tag = "6")]
        kind: u64,
    }

    #[test]
    fn spans_are_counted_wherever_they_stand_and_requests_apart() {
        let spans = [2, 3, 2, 1].map(|kind| Span { name: "name".to_owned(), kind }).to_vec();
        let scope = Scope { spans, after: "after".to_owned() };
        let resource = Resource { before: "before".to_owned(), scope_spans: vec![scope.clone(), scope] };
        let request = Request { resource_spans: vec![resource.clone(), resource] };
        let message = [&[0; PREFIX], request.encode_to_vec().as_slice()].concat();
        assert_eq!(Seen::in_message(&message.clone().into()), Some(Seen { spans: 16, requests: 8 }));
        let cut = message[..message.len() - 1].to_vec();
        assert_eq!(Seen::in_message(&cut.into()), None);
    }
}
