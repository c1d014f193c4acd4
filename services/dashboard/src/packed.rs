//! Spans as they came, packed: what the timeline does not read of them (attributes, events) is shown of one request and
//! exported, seldom, and would take most of the memory.

use std::collections::HashSet;
use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use meanwhile_timeline::TraceId;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, TracesData};
use prost::Message as _;

/// Packed spans.
#[derive(Debug, Default)]
pub struct Packed(Box<[u8]>);

impl Packed {
    pub fn new(resources: &[ResourceSpans]) -> Self {
        let bytes = TracesData { resource_spans: resources.to_vec() }.encode_to_vec();
        let mut encoder = DeflateEncoder::new(Vec::with_capacity(bytes.len() / 4), Compression::fast());
        // Memory takes every byte.
        let written = encoder.write_all(&bytes).and_then(|()| encoder.finish());
        Self(written.unwrap_or_default().into_boxed_slice())
    }

    /// What it takes, in bytes.
    pub fn bytes(&self) -> usize {
        self.0.len()
    }

    /// The spans of those traces, with what they are of.
    pub fn of(&self, traces: &HashSet<TraceId>) -> Vec<ResourceSpans> {
        let is_of = |id: &[u8]| id.try_into().is_ok_and(|id| traces.contains(&TraceId(id)));
        let mut found = self.unpack();
        for resource in &mut found {
            for scope in &mut resource.scope_spans {
                scope.spans.retain(|span| is_of(&span.trace_id));
            }
            resource.scope_spans.retain(|scope: &ScopeSpans| !scope.spans.is_empty());
        }
        found.retain(|resource| !resource.scope_spans.is_empty());
        found
    }

    fn unpack(&self) -> Vec<ResourceSpans> {
        let mut bytes = Vec::new();
        // Packed here, so it is whole.
        let read = DeflateDecoder::new(&*self.0).read_to_end(&mut bytes);
        let data = read.ok().and_then(|_| TracesData::decode(&*bytes).ok());
        data.map(|data| data.resource_spans).unwrap_or_default()
    }
}
