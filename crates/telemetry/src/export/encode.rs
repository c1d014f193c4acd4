//! A span as OTLP's bytes, written as it ends (opentelemetry/proto/trace/v1/trace.proto). The crate of OTLP's messages would
//! make some thirty allocations a span first; its own conversion is what the test compares this one with.

use std::time::{SystemTime, UNIX_EPOCH};

use opentelemetry::trace::{Event, Link, SpanContext, SpanId, SpanKind, Status};
use opentelemetry::{Array, KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;
use prost::encoding::{WireType, encode_key, encode_varint};

/// `ScopeSpans.spans`, which a span is written as.
const SPANS: u32 = 2;

/// SpanFlags: it is known whether the parent is of another process, and it is.
const HAS_IS_REMOTE: u32 = 0x100;
const IS_REMOTE: u32 = 0x200;

/// Appends the span, as one element of `ScopeSpans.spans`.
pub(super) fn span(span: &SpanData, out: &mut Vec<u8>) {
    nested(SPANS, out, |out| {
        ids(&span.span_context, out);
        if span.parent_span_id != SpanId::INVALID {
            bytes(4, &span.parent_span_id.to_bytes(), out);
        }
        text(5, &span.name, out);
        number(6, kind(&span.span_kind), out);
        moment(7, span.start_time, out);
        moment(8, span.end_time, out);
        attributes(9, &span.attributes, out);
        number(10, span.dropped_attributes_count.into(), out);
        span.events.events.iter().for_each(|event| nested(11, out, |out| write_event(event, out)));
        number(12, span.events.dropped_count.into(), out);
        span.links.links.iter().for_each(|link| nested(13, out, |out| write_link(link, out)));
        number(14, span.links.dropped_count.into(), out);
        nested(15, out, |out| write_status(&span.status, out));
        flags(16, &span.span_context, span.parent_span_is_remote, out);
    });
}

/// Trace id, span id and trace state, which spans and links begin with.
fn ids(span: &SpanContext, out: &mut Vec<u8>) {
    bytes(1, &span.trace_id().to_bytes(), out);
    bytes(2, &span.span_id().to_bytes(), out);
    text(3, &span.trace_state().header(), out);
}

fn write_event(event: &Event, out: &mut Vec<u8>) {
    moment(1, event.timestamp, out);
    text(2, &event.name, out);
    attributes(3, &event.attributes, out);
    number(4, event.dropped_attributes_count.into(), out);
}

fn write_link(link: &Link, out: &mut Vec<u8>) {
    ids(&link.span_context, out);
    attributes(4, &link.attributes, out);
    number(5, link.dropped_attributes_count.into(), out);
    flags(6, &link.span_context, link.span_context.is_remote(), out);
}

fn write_status(status: &Status, out: &mut Vec<u8>) {
    match status {
        Status::Unset => {}
        Status::Ok => number(3, 1, out),
        Status::Error { description } => {
            text(2, description, out);
            number(3, 2, out);
        }
    }
}

fn attributes(tag: u32, attributes: &[KeyValue], out: &mut Vec<u8>) {
    for attribute in attributes {
        nested(tag, out, |out| {
            text(1, attribute.key.as_str(), out);
            nested(2, out, |out| any_value(&attribute.value, out));
        });
    }
}

/// One of a oneof's fields, and so also where it is its type's default.
fn any_value(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::String(value) => bytes(1, value.as_str().as_bytes(), out),
        Value::Bool(value) => varint(2, u64::from(*value), out),
        Value::I64(value) => varint(3, *value as u64, out),
        Value::F64(value) => double(4, *value, out),
        Value::Array(array) => nested(5, out, |out| write_array(array, out)),
        // A kind of value that this does not know is one without a value, as OTLP has it.
        _ => {}
    }
}

fn write_array(array: &Array, out: &mut Vec<u8>) {
    match array {
        Array::Bool(values) => each(values, out, |value, out| varint(2, u64::from(*value), out)),
        Array::I64(values) => each(values, out, |value, out| varint(3, *value as u64, out)),
        Array::F64(values) => each(values, out, |value, out| double(4, *value, out)),
        Array::String(values) => each(values, out, |value, out| bytes(1, value.as_str().as_bytes(), out)),
        _ => {}
    }
}

fn each<T>(values: &[T], out: &mut Vec<u8>, write: impl Fn(&T, &mut Vec<u8>)) {
    values.iter().for_each(|value| nested(1, out, |out| write(value, out)));
}

fn kind(kind: &SpanKind) -> u64 {
    match kind {
        SpanKind::Internal => 1,
        SpanKind::Server => 2,
        SpanKind::Client => 3,
        SpanKind::Producer => 4,
        SpanKind::Consumer => 5,
    }
}

fn flags(tag: u32, span: &SpanContext, is_remote: bool, out: &mut Vec<u8>) {
    let remote = if is_remote { HAS_IS_REMOTE | IS_REMOTE } else { HAS_IS_REMOTE };
    encode_key(tag, WireType::ThirtyTwoBit, out);
    out.extend((u32::from(span.trace_flags().to_u8()) | remote).to_le_bytes());
}

fn moment(tag: u32, time: SystemTime, out: &mut Vec<u8>) {
    let nanos = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    encode_key(tag, WireType::SixtyFourBit, out);
    out.extend(u64::try_from(nanos).unwrap_or(u64::MAX).to_le_bytes());
}

fn double(tag: u32, value: f64, out: &mut Vec<u8>) {
    encode_key(tag, WireType::SixtyFourBit, out);
    out.extend(value.to_le_bytes());
}

fn varint(tag: u32, value: u64, out: &mut Vec<u8>) {
    encode_key(tag, WireType::Varint, out);
    encode_varint(value, out);
}

fn bytes(tag: u32, value: &[u8], out: &mut Vec<u8>) {
    encode_key(tag, WireType::LengthDelimited, out);
    encode_varint(value.len() as u64, out);
    out.extend_from_slice(value);
}

/// Left out where it is 0.
fn number(tag: u32, value: u64, out: &mut Vec<u8>) {
    if value != 0 {
        varint(tag, value, out);
    }
}

/// Left out where it is empty.
fn text(tag: u32, value: &str, out: &mut Vec<u8>) {
    if !value.is_empty() {
        bytes(tag, value.as_bytes(), out);
    }
}

/// A message within the message. Its length is known behind it: most take one byte, which is left free.
pub(super) fn nested(tag: u32, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    encode_key(tag, WireType::LengthDelimited, out);
    let start = out.len();
    out.push(0);
    write(out);
    let length = out.len() - start - 1;
    if let Some(short) = u8::try_from(length).ok().filter(|length| *length < 0x80) {
        out[start] = short;
        return;
    }
    let mut prefix = Vec::with_capacity(10);
    encode_varint(length as u64, &mut prefix);
    out.splice(start..=start, prefix);
}

#[cfg(test)]
mod tests;
