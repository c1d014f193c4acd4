//! The calls in flight right now, as services tell them (`meanwhile.v1.Waits`): spans are sent when they end, so a call that is
//! stuck would not be seen exactly when it matters. Each becomes the spans that it will be sent as, without an end.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use meanwhile_proto::attributes::{BLOCKER_SPAN_ID, BLOCKER_TRACE_ID, WAIT_KIND};
use meanwhile_proto::v1::{Call, Wait, WatchCallsResponse};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost_types::Timestamp;

/// How long a call that ended is still told of: its own spans are on their way.
const ON_THEIR_WAY: Duration = Duration::from_secs(1);

/// The calls in flight.
#[derive(Debug, Default)]
pub struct Running {
    /// By who tells of them, and their number there.
    calls: Mutex<BTreeMap<(u64, u64), Known>>,
}

#[derive(Debug)]
struct Known {
    service: Arc<str>,
    call: Call,
    ended: Option<SystemTime>,
}

impl Running {
    /// What changed, as `source` tells; `service` is the name that its spans have.
    pub fn changed(&self, source: u64, service: &Arc<str>, change: WatchCallsResponse) {
        let (now, mut calls) = (SystemTime::now(), self.calls());
        for call in change.calls {
            calls.insert((source, call.id), Known { service: service.clone(), call, ended: None });
        }
        for id in change.ended {
            if let Some(known) = calls.get_mut(&(source, id)) {
                known.ended = Some(now);
            }
        }
        calls.retain(|_, known| known.ended.is_none_or(|ended| is_recent(ended, now)));
    }

    /// Nothing is known from that source any more.
    pub fn lost(&self, source: u64) {
        self.calls().retain(|(of, _), _| *of != source);
    }

    /// How many are in flight.
    pub fn count(&self) -> usize {
        self.calls().values().filter(|known| known.ended.is_none()).count()
    }

    /// Their spans, each service's by itself. Those without an end have not ended.
    pub fn resources(&self) -> Vec<ResourceSpans> {
        let (calls, now) = (self.calls(), SystemTime::now());
        let is_told = |known: &Known| known.ended.is_none_or(|ended| is_recent(ended, now));
        let told: Vec<_> = calls.values().filter(|known| is_told(known)).collect();
        let found = told.iter().map(|known| {
            let parent = told.iter().find_map(|other| parent(&known.call, &other.call));
            resource(&known.service, spans(known, parent))
        });
        found.collect()
    }

    fn calls(&self) -> MutexGuard<'_, BTreeMap<(u64, u64), Known>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_recent(ended: SystemTime, now: SystemTime) -> bool {
    now.duration_since(ended).unwrap_or_default() < ON_THEIR_WAY
}

fn resource(service: &str, spans: Vec<Span>) -> ResourceSpans {
    ResourceSpans {
        resource: Some(Resource { attributes: vec![text("service.name", service)], ..Resource::default() }),
        scope_spans: vec![ScopeSpans { spans, ..ScopeSpans::default() }],
        ..ResourceSpans::default()
    }
}

/// The call's request, and its waits.
fn spans(Known { call, ended, .. }: &Known, parent: Option<Vec<u8>>) -> Vec<Span> {
    let end = ended.map_or(0, nanos);
    let request = Span {
        trace_id: bytes(&call.trace_id),
        span_id: bytes(&call.span_id),
        parent_span_id: parent.unwrap_or_default(),
        name: call.method.clone(),
        kind: SpanKind::Server.into(),
        start_time_unix_nano: instant(call.start_time),
        end_time_unix_nano: end,
        ..Span::default()
    };
    let waits = call.waits.iter().enumerate().map(|(number, wait)| Span {
        trace_id: request.trace_id.clone(),
        span_id: wait_id(call, number),
        parent_span_id: request.span_id.clone(),
        name: wait.name.clone(),
        kind: if is_call(wait) { SpanKind::Client } else { SpanKind::Internal }.into(),
        start_time_unix_nano: instant(wait.start_time),
        end_time_unix_nano: end,
        attributes: attributes(wait),
        ..Span::default()
    });
    let waits: Vec<Span> = waits.collect();
    [vec![request], waits].concat()
}

/// The wait of another call of the trace that this one is in: the other side of it.
fn parent(call: &Call, other: &Call) -> Option<Vec<u8>> {
    let is_other = call.trace_id == other.trace_id && call.span_id != other.span_id;
    let start = instant(call.start_time);
    let around = |wait: &Wait| is_call(wait) && wait.kind == "upstream" && instant(wait.start_time) <= start;
    let number = other.waits.iter().position(around).filter(|_| is_other)?;
    Some(wait_id(other, number))
}

fn is_call(wait: &Wait) -> bool {
    matches!(wait.kind.as_str(), "upstream" | "database")
}

fn attributes(wait: &Wait) -> Vec<KeyValue> {
    let blocker = wait.blocker.iter().flat_map(|blocker| {
        [text(BLOCKER_TRACE_ID, &blocker.trace_id), text(BLOCKER_SPAN_ID, &blocker.span_id)]
    });
    std::iter::once(text(WAIT_KIND, &wait.kind)).chain(blocker).collect()
}

/// Its own id is not known before it ends: one that no other span of the trace has, as far as chance goes.
fn wait_id(call: &Call, number: usize) -> Vec<u8> {
    let id = u64::from_str_radix(&call.span_id, 16).unwrap_or_default();
    let own = id.wrapping_add(number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    own.to_be_bytes().to_vec()
}

/// The bytes of hex digits; none where they are not such.
fn bytes(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
    pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect::<Option<Vec<u8>>>().unwrap_or_default()
}

fn text(key: &str, value: &str) -> KeyValue {
    let value = Some(AnyValue { value: Some(Value::StringValue(value.to_owned())) });
    KeyValue { key: key.to_owned(), value, ..KeyValue::default() }
}

fn instant(time: Option<Timestamp>) -> u64 {
    time.and_then(|time| SystemTime::try_from(time).ok()).map_or(0, nanos)
}

fn nanos(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
