//! One wait of a request, as a child span of the request's: what for, from when to when, and behind whom.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::HeaderMap;
use meanwhile_proto::attributes;
pub(crate) use meanwhile_proto::waits::WaitKind;
use opentelemetry::trace::{Span as _, SpanBuilder, SpanContext, SpanKind, TraceContextExt, Tracer as _};
use opentelemetry::{Context, KeyValue, StringValue};
use opentelemetry_sdk::trace::Span;

use crate::in_flight::{Call, Entered};
use crate::request::RequestContext;
use crate::{outcome, propagation};

/// When a discarded wait "ends". The SDK exports every span it began; our own processors leave these out.
pub(crate) const DISCARDED: SystemTime = SystemTime::UNIX_EPOCH;

/// Room for what a database or upstream wait usually says, so that its list grows once.
const TYPICAL_ATTRIBUTES: usize = 6;

/// A wait under way; it ends by [`Wait::end`] or when it is dropped.
#[derive(Debug)]
#[must_use = "a wait ends when it is dropped"]
pub struct Wait {
    /// Among what the request waits for right now.
    entered: Entered,
    /// None where the request is not recorded.
    span: Option<Box<Span>>,
    blocked: bool,
}

/// A wait as others see it: what happens inside it is told by waits within it. Cheap to clone; it may outlive the wait.
#[derive(Debug, Clone)]
pub struct WaitHandle {
    request: RequestContext,
    span: SpanContext,
}

impl WaitHandle {
    /// The request that waits.
    pub fn request(&self) -> &RequestContext {
        &self.request
    }

    /// A wait within it, which began that long ago: it was seen only now.
    pub fn inner(&self, kind: WaitKind, name: &'static str, ago: Duration) -> Wait {
        let now = self.request.0.clock.now();
        let parent = Context::new().with_remote_span_context(self.span.clone());
        Wait::begin_at(&self.request.0, Some(&parent), kind, name.into(), now.checked_sub(ago).unwrap_or(now))
    }
}

impl Wait {
    pub(crate) fn begin(call: &Arc<Call>, kind: WaitKind, name: StringValue) -> Self {
        Self::begin_at(call, None, kind, name, call.clock.now())
    }

    /// Within the call's own span, where no other is said.
    fn begin_at(
        call: &Arc<Call>,
        parent: Option<&Context>,
        kind: WaitKind,
        name: StringValue,
        since: SystemTime,
    ) -> Self {
        let entered = call.enter(kind, name.clone(), since);
        let span = call.recorder.as_ref().map(|recorder| {
            let mut says = Vec::with_capacity(TYPICAL_ATTRIBUTES);
            says.push(KeyValue::new(attributes::WAIT_KIND, kind.as_str()));
            let builder = SpanBuilder::from_name(String::from(name))
                .with_kind(span_kind(kind))
                .with_start_time(since)
                .with_attributes(says);
            Box::new(recorder.sdk.build_with_context(builder, parent.unwrap_or(&recorder.parent)))
        });
        Self { entered, span, blocked: false }
    }

    /// Adds an attribute to the wait's span.
    pub fn set_attribute(&mut self, attribute: KeyValue) {
        self.describe(|| [attribute]);
    }

    /// Adds attributes to the wait's span, which are made only where there is one.
    pub fn describe<A: IntoIterator<Item = KeyValue>>(&mut self, attributes: impl FnOnce() -> A) {
        if let Some(span) = &mut self.span {
            span.set_attributes(attributes());
        }
    }

    /// For who looks into it while it lasts.
    pub fn handle(&self) -> WaitHandle {
        WaitHandle { request: RequestContext(self.entered.call().clone()), span: self.span_context() }
    }

    /// Makes this wait's span the parent on the other side: writes `traceparent` and `tracestate`.
    pub fn inject(&self, headers: &mut HeaderMap) {
        propagation::inject(self.span_ref(), headers);
    }

    /// The wait's span, to link to. Where nothing is recorded it is the request's.
    pub fn span_context(&self) -> SpanContext {
        self.span_ref().clone()
    }

    fn span_ref(&self) -> &SpanContext {
        self.span.as_ref().map_or(&self.entered.call().span, |span| span.span_context())
    }

    /// Says which span was waited for: by a link, and for the first blocker by attributes as well, because
    /// Jaeger's page shows no link attributes and cannot search by links.
    pub fn blocked_by(&mut self, blocker: &SpanContext) {
        if !blocker.is_valid() {
            return;
        }
        self.entered.blocked_by(blocker);
        let Some(span) = &mut self.span else { return };
        span.add_link(blocker.clone(), Vec::new());
        if !std::mem::replace(&mut self.blocked, true) {
            span.set_attribute(KeyValue::new(attributes::BLOCKER_TRACE_ID, blocker.trace_id().to_string()));
            span.set_attribute(KeyValue::new(attributes::BLOCKER_SPAN_ID, blocker.span_id().to_string()));
        }
    }

    /// What is waited for is shared, and has that span: a link to it.
    pub fn part_of(&mut self, span: &SpanContext) {
        if let Some(own) = self.span.as_mut().filter(|_| span.is_valid()) {
            own.add_link(span.clone(), Vec::new());
        }
    }

    /// Marks what was waited for as failed; `error_type` is a short, low-cardinality name. The wait goes on.
    pub fn fail(&mut self, error_type: impl Into<Cow<'static, str>>) {
        if let Some(span) = &mut self.span {
            outcome::fail(span, error_type);
        }
    }

    /// Ends the wait now.
    pub fn end(self) {
        drop(self);
    }

    /// The wait did not happen: nothing is recorded.
    pub fn discard(mut self) {
        if let Some(mut span) = self.span.take() {
            span.end_with_timestamp(DISCARDED);
        }
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        if let Some(mut span) = self.span.take() {
            span.end_with_timestamp(self.entered.call().clock.now());
        }
    }
}

/// A wait for another process is a CLIENT span; the others never leave this one.
fn span_kind(kind: WaitKind) -> SpanKind {
    match kind {
        WaitKind::Database | WaitKind::Upstream => SpanKind::Client,
        WaitKind::Queue | WaitKind::Shared | WaitKind::Pool | WaitKind::Lock => SpanKind::Internal,
    }
}
