//! Begins requests: decides a request's parent, its span ids and whether its span is recorded.

use std::sync::Arc;

use http::HeaderMap;
use opentelemetry::trace::{
    Span as _, SpanBuilder, SpanContext, SpanKind, TraceContextExt, TraceFlags, Tracer as _,
};
use opentelemetry::{Context, KeyValue, StringValue};
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator, SdkTracer, Span};

use crate::clock::Clock;
use crate::in_flight::{Call, InFlight, Recorder};
use crate::outcome::HTTP_METHOD;
use crate::propagation;
use crate::request::{Request, RequestContext};

/// Makes a service's request spans. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Tracer {
    /// None where nothing is exported: then there are ids, and no spans.
    sdk: Option<SdkTracer>,
    in_flight: InFlight,
}

impl Tracer {
    pub(crate) fn new(sdk: Option<SdkTracer>) -> Self {
        Self { sdk, in_flight: InFlight::default() }
    }

    /// The requests that were begun and have not ended.
    pub fn in_flight(&self) -> InFlight {
        self.in_flight.clone()
    }

    /// Begins a SERVER span now; its parent is the span that the W3C trace context in `headers` names.
    ///
    /// A gRPC call's name is `pkg.Service/Method`; it becomes `rpc.method`, beside `rpc.system.name`, unless
    /// `attributes` say otherwise. A request whose attributes have `http.request.method` is an HTTP one, is named
    /// `METHOD /route` and gets no `rpc.*`; end it by [`Request::finish_http`].
    pub fn server_request(
        &self,
        name: impl Into<StringValue>,
        headers: &HeaderMap,
        attributes: Vec<KeyValue>,
    ) -> Request {
        self.request(SpanKind::Server, name.into(), propagation::extract(headers), attributes)
    }

    /// Begins a CLIENT span now that is the root of a new trace: what a load generator or `play` makes.
    pub fn client_request(&self, name: impl Into<StringValue>, attributes: Vec<KeyValue>) -> Request {
        self.request(SpanKind::Client, name.into(), None, attributes)
    }

    fn request(
        &self,
        kind: SpanKind,
        name: StringValue,
        parent: Option<SpanContext>,
        mut attributes: Vec<KeyValue>,
    ) -> Request {
        let clock = Clock::start();
        let is_http = has(&attributes, HTTP_METHOD);
        let Some(sdk) = &self.sdk else {
            let span = parent.unwrap_or_else(unrecorded_root);
            return self.begin(kind, is_http, None, |id| Call::new(id, name, span, clock, None));
        };
        if !is_http {
            add_rpc_attributes(&mut attributes, name.clone());
        }
        let builder = SpanBuilder::from_name(String::from(name.clone()))
            .with_kind(kind.clone())
            .with_start_time(clock.start_time())
            .with_attributes(attributes);
        let parent = parent.map(|parent| Context::new().with_remote_span_context(parent));
        let span = sdk.build_with_context(builder, &parent.unwrap_or_default());
        let own = span.span_context().clone();
        // A span the sampler dropped has ids, for its children and for the other side, and takes nothing in.
        let recording = span.is_recording();
        let parent = || Context::new().with_remote_span_context(own.clone());
        let recorder = recording.then(|| Recorder { sdk: sdk.clone(), parent: parent() });
        let call = |id| Call::new(id, name, own, clock, recorder);
        self.begin(kind, is_http, recording.then(|| Box::new(span)), call)
    }

    /// What a service answers is in flight there; what it asks of others is a wait of that.
    fn begin(
        &self,
        kind: SpanKind,
        is_http: bool,
        span: Option<Box<Span>>,
        call: impl FnOnce(u64) -> Call,
    ) -> Request {
        let (call, place) = match kind {
            SpanKind::Server => {
                let place = self.in_flight.enter(call);
                (place.call().clone(), Some(place))
            }
            _ => (Arc::new(call(0)), None),
        };
        Request::new(RequestContext(call), span, kind, is_http, place)
    }
}

/// Ids for a request that came without any and whose span nobody records. It counts as sampled, so that a service
/// further on, which does export, records its own part.
fn unrecorded_root() -> SpanContext {
    let ids = RandomIdGenerator::default();
    let (trace_id, span_id) = (ids.new_trace_id(), ids.new_span_id());
    SpanContext::new(trace_id, span_id, TraceFlags::SAMPLED, false, Default::default())
}

fn add_rpc_attributes(attributes: &mut Vec<KeyValue>, name: StringValue) {
    // Room for these, and for what the request's end adds.
    attributes.reserve(6);
    if !has(attributes, "rpc.system.name") {
        attributes.push(KeyValue::new("rpc.system.name", "grpc"));
    }
    if !has(attributes, "rpc.method") {
        attributes.push(KeyValue::new("rpc.method", name));
    }
}

fn has(attributes: &[KeyValue], key: &str) -> bool {
    attributes.iter().any(|attribute| attribute.key.as_str() == key)
}
