//! One request's span, from its first byte to its status, and the handle by which its waits are begun.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use http::HeaderMap;
use meanwhile_proto::{attributes, errors::Reason};
use opentelemetry::trace::{Span as _, SpanContext, SpanKind, TraceId};
use opentelemetry::{KeyValue, StringValue};
use opentelemetry_sdk::trace::Span;
use tonic::Code;

use crate::in_flight::{Call, Place};
use crate::polls::PollLog;
use crate::wait::{Wait, WaitKind};
use crate::{outcome, propagation};

/// A request under way. Owns its span; one that is dropped unfinished ends with CANCELLED.
#[derive(Debug)]
pub struct Request {
    context: RequestContext,
    polls: PollLog,
    /// None once it ended, and for a request that is not recorded. A span is large, and what holds it is moved often.
    span: Mutex<Option<Box<Span>>>,
    kind: SpanKind,
    is_http: bool,
    /// Among the calls in flight, until it ends.
    _place: Option<Place>,
}

impl Request {
    pub(crate) fn new(
        context: RequestContext,
        span: Option<Box<Span>>,
        kind: SpanKind,
        is_http: bool,
        place: Option<Place>,
    ) -> Self {
        let polls = match span {
            Some(_) => PollLog::since(context.0.clock.started()),
            None => PollLog::off(),
        };
        Self { context, polls, span: Mutex::new(span), kind, is_http, _place: place }
    }

    /// The handle that the request's parts begin their waits with. Cheap to clone.
    pub fn context(&self) -> RequestContext {
        self.context.clone()
    }

    /// Records when the request's futures are polled; for each of its tasks. Cheap to clone.
    pub fn polls(&self) -> PollLog {
        self.polls.clone()
    }

    /// Says whose request it is, by whatever number the service tells its clients apart.
    pub fn of_client(&self, client: u32) {
        self.context.0.client.store(client, Ordering::Relaxed);
    }

    /// Adds an attribute to the request's span.
    pub fn set_attribute(&self, attribute: KeyValue) {
        if let Some(span) = &mut *self.span.lock().unwrap_or_else(PoisonError::into_inner) {
            span.set_attribute(attribute);
        }
    }

    /// Ends a gRPC call with its status; `reason` is the `ErrorInfo.reason` that went with it.
    pub fn finish(mut self, code: Code, reason: Option<&str>) {
        self.end(|span, kind| outcome::grpc(span, kind, code), reason);
    }

    /// Ends an HTTP request with its status code.
    pub fn finish_http(mut self, status: u16) {
        self.end(|span, _| outcome::http(span, status), None);
    }

    fn end(&mut self, outcome: impl FnOnce(&mut Span, &SpanKind), reason: Option<&str>) {
        let span = self.span.get_mut().unwrap_or_else(PoisonError::into_inner);
        let Some(mut span) = span.take() else { return };
        outcome(&mut span, &self.kind);
        if let Some(reason) = reason {
            span.set_attribute(KeyValue::new(attributes::ERROR_REASON, reason.to_owned()));
        }
        if self.context.0.blocks_others.load(Ordering::Relaxed) {
            span.set_attribute(KeyValue::new(attributes::BLOCKED_OTHERS, true));
        }
        if let Some(packed) = self.polls.finish() {
            span.set_attribute(KeyValue::new(attributes::POLLS, packed));
        }
        span.end_with_timestamp(self.context.0.clock.now());
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        let is_http = self.is_http;
        let cancelled = |span: &mut Span, kind: &SpanKind| {
            // HTTP has no status for a client that left.
            if !is_http {
                outcome::grpc(span, kind, Code::Cancelled);
            }
        };
        self.end(cancelled, Some(Reason::Cancelled.as_str()));
    }
}

/// What a request's parts need to begin waits, to log, and to call on. Cheap to clone; outlives the request safely.
#[derive(Debug, Clone)]
pub struct RequestContext(pub(crate) Arc<Call>);

impl RequestContext {
    /// The trace that the request belongs to; also where nothing is exported, so that logs have it.
    pub fn trace_id(&self) -> TraceId {
        self.0.span.trace_id()
    }

    /// The request's span, to link to. Where nothing is exported it is the caller's span.
    pub fn span_context(&self) -> SpanContext {
        self.0.span.clone()
    }

    /// Begins a wait now. Where the wait has to be certain first, begin it and [`Wait::discard`] it if need be.
    pub fn wait(&self, kind: WaitKind, name: impl Into<StringValue>) -> Wait {
        Wait::begin(&self.0, kind, name.into())
    }

    /// Makes the request's span the parent on the other side: writes `traceparent` and `tracestate`.
    pub fn inject(&self, headers: &mut HeaderMap) {
        propagation::inject(&self.0.span, headers);
    }

    /// Others wait for it: its span says so, so that tail sampling keeps it.
    pub fn blocks_others(&self) {
        self.0.blocks_others.store(true, Ordering::Relaxed);
    }

    /// Whose request it is; 0 where nobody said.
    pub fn client(&self) -> u32 {
        self.0.client.load(Ordering::Relaxed)
    }
}
