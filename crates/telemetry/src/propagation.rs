//! W3C trace context in and out of HTTP headers (<https://www.w3.org/TR/trace-context/>). A header that is not well-formed
//! counts as absent. It is read and written with every call, hence without the SDK's propagator, which its test compares it with.

use std::io::Write as _;

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// As long as a `traceparent` of version 00 is.
const LENGTH: usize = 55;

/// The caller's span, if the headers name one.
pub(crate) fn extract(headers: &HeaderMap) -> Option<SpanContext> {
    let mut parents = headers.get_all(&TRACEPARENT).iter();
    // Two parents are no parent: which of them is true cannot be known.
    let (Some(parent), None) = (parents.next(), parents.next()) else { return None };
    let (trace_id, span_id, flags) = parse(parent.as_bytes())?;
    let state = headers.get(&TRACESTATE).and_then(|state| state.to_str().ok()?.parse::<TraceState>().ok());
    let span = SpanContext::new(trace_id, span_id, flags, true, state.unwrap_or_default());
    span.is_valid().then_some(span)
}

/// Makes the span the parent on the other side. Replaces what the headers said before.
pub(crate) fn inject(span: &SpanContext, headers: &mut HeaderMap) {
    match parent(span) {
        Some(parent) => headers.insert(TRACEPARENT, parent),
        None => headers.remove(TRACEPARENT),
    };
    match HeaderValue::try_from(span.trace_state().header()) {
        Ok(state) if !state.is_empty() => headers.insert(TRACESTATE, state),
        _ => headers.remove(TRACESTATE),
    };
}

fn parse(text: &[u8]) -> Option<(TraceId, SpanId, TraceFlags)> {
    let is_hex = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let field = |start: usize, end: usize| {
        let digits = text.get(start..end).filter(|digits| digits.iter().all(is_hex))?;
        let ends = text.get(end).is_none_or(|byte| *byte == b'-');
        ends.then_some(std::str::from_utf8(digits).ok()?)
    };
    let byte = |start| u8::from_str_radix(field(start, start + 2)?, 16).ok();
    let version = byte(0)?;
    // Later versions may say more behind what this one says.
    if version == u8::MAX || (version == 0 && text.len() != LENGTH) {
        return None;
    }
    let trace_id = u128::from_str_radix(field(3, 35)?, 16).ok()?;
    let span_id = u64::from_str_radix(field(36, 52)?, 16).ok()?;
    let flags = TraceFlags::new(byte(53)?) & TraceFlags::SAMPLED;
    Some((trace_id.into(), span_id.into(), flags))
}

/// None for a span without ids.
fn parent(span: &SpanContext) -> Option<HeaderValue> {
    let mut text = [0; LENGTH];
    let (trace_id, span_id) =
        (u128::from_be_bytes(span.trace_id().to_bytes()), u64::from_be_bytes(span.span_id().to_bytes()));
    let flags = (span.trace_flags() & TraceFlags::SAMPLED).to_u8();
    write!(&mut text[..], "00-{trace_id:032x}-{span_id:016x}-{flags:02x}").ok()?;
    let mut value = HeaderValue::from_bytes(&text).ok().filter(|_| span.is_valid())?;
    // No other call has this value: it shall not push out of HPACK's table what all calls have (RFC 7541 section 7.1.3).
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry::Context;
    use opentelemetry::propagation::TextMapPropagator;
    use opentelemetry::trace::TraceContextExt;
    use opentelemetry_http::{HeaderExtractor, HeaderInjector};
    use opentelemetry_sdk::propagation::TraceContextPropagator;
    use proptest::prelude::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn headers(pairs: &[(HeaderName, &[u8])]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name, HeaderValue::from_bytes(value).unwrap());
        }
        headers
    }

    #[test]
    fn what_comes_in_goes_out() {
        let incoming = headers(&[(TRACEPARENT, PARENT.as_bytes()), (TRACESTATE, b"vendor=1,other=2")]);
        let mut outgoing = headers(&[(TRACEPARENT, b"stale"), (TRACESTATE, b"stale=1")]);
        inject(&extract(&incoming).unwrap(), &mut outgoing);
        assert_eq!(incoming, outgoing);
    }

    #[test]
    fn an_absent_state_is_not_sent_and_a_stale_one_is_removed() {
        let incoming = headers(&[(TRACEPARENT, PARENT.as_bytes())]);
        let mut outgoing = headers(&[(TRACESTATE, b"stale=1")]);
        inject(&extract(&incoming).unwrap(), &mut outgoing);
        assert_eq!(incoming, outgoing);
    }

    #[test]
    fn hostile_headers_count_as_absent() {
        let zero_trace = b"00-00000000000000000000000000000000-00f067aa0ba902b7-01";
        let version_ff = b"ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        for hostile in [b"".as_slice(), b"00", b"\xff\xfe", zero_trace, version_ff, &[b'-'; 9000]] {
            assert!(extract(&headers(&[(TRACEPARENT, hostile)])).is_none(), "{hostile:?}");
        }
        let twice = headers(&[(TRACEPARENT, PARENT.as_bytes()), (TRACEPARENT, PARENT.as_bytes())]);
        assert!(extract(&twice).is_none());
    }

    #[test]
    fn a_hostile_state_does_not_cost_the_parent() {
        let mut outgoing = HeaderMap::new();
        let incoming = headers(&[(TRACEPARENT, PARENT.as_bytes()), (TRACESTATE, b"\xff=,,=;")]);
        inject(&extract(&incoming).unwrap(), &mut outgoing);
        assert_eq!(outgoing, headers(&[(TRACEPARENT, PARENT.as_bytes())]));
    }

    #[test]
    fn a_later_version_is_read_as_far_as_it_is_known() {
        let later = b"cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-the-future-will-be-like";
        assert_eq!(
            extract(&headers(&[(TRACEPARENT, later)])),
            extract(&headers(&[(TRACEPARENT, PARENT.as_bytes())]))
        );
        let glued = b"cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.what";
        assert_eq!(extract(&headers(&[(TRACEPARENT, glued)])), None);
    }

    /// What the SDK makes of the headers.
    fn as_the_sdk_reads(headers: &HeaderMap) -> Option<SpanContext> {
        let context =
            TraceContextPropagator::new().extract_with_context(&Context::new(), &HeaderExtractor(headers));
        context.has_active_span().then(|| context.span().span_context().clone())
    }

    proptest! {
        #[test]
        fn it_reads_and_writes_as_the_sdk_does(trace in "[0-9a-f]{32}", span in "[0-9a-f]{16}", flags in 0_u8..=2, odd in 0_usize..110) {
            let mut text = format!("00-{trace}-{span}-{flags:02x}").into_bytes();
            // Half of them are not well-formed: one byte is another.
            if let Some(byte) = text.get_mut(odd) {
                *byte = b'g' + (odd % 20) as u8;
            }
            let incoming = headers(&[(TRACEPARENT, &text)]);
            let read = extract(&incoming);
            prop_assert_eq!(&read, &as_the_sdk_reads(&incoming));
            if let Some(span) = read {
                let (mut ours, mut theirs) = (HeaderMap::new(), HeaderMap::new());
                inject(&span, &mut ours);
                let context = Context::new().with_remote_span_context(span);
                TraceContextPropagator::new().inject_context(&context, &mut HeaderInjector(&mut theirs));
                prop_assert_eq!(&ours[TRACEPARENT], &theirs[TRACEPARENT]);
            }
        }

        #[test]
        fn any_bytes_are_read_or_ignored(parent in prop::collection::vec(0x20_u8..=0xff, 0..80), state in prop::collection::vec(0x20_u8..=0xff, 0..80)) {
            if let (Ok(parent), Ok(state)) = (HeaderValue::from_bytes(&parent), HeaderValue::from_bytes(&state)) {
                let mut headers = HeaderMap::new();
                headers.insert(TRACEPARENT, parent);
                headers.insert(TRACESTATE, state);
                let _ = extract(&headers);
            }
        }
    }
}
