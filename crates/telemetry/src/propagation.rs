//! W3C trace context in and out of HTTP headers. A header that is not well-formed counts as absent.

use http::HeaderMap;
use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceContextExt;
use opentelemetry_http::{HeaderExtractor, HeaderInjector};
use opentelemetry_sdk::propagation::TraceContextPropagator;

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";

/// The caller's span, if the headers name one.
pub(crate) fn extract(headers: &HeaderMap) -> Option<Context> {
    // Two parents are no parent: which of them is true cannot be known.
    if headers.get_all(TRACEPARENT).iter().count() != 1 {
        return None;
    }
    let context =
        TraceContextPropagator::new().extract_with_context(&Context::new(), &HeaderExtractor(headers));
    context.has_active_span().then_some(context)
}

/// Makes the span in `context` the parent on the other side. Replaces what the headers said before.
pub(crate) fn inject(context: &Context, headers: &mut HeaderMap) {
    headers.remove(TRACEPARENT);
    headers.remove(TRACESTATE);
    TraceContextPropagator::new().inject_context(context, &mut HeaderInjector(headers));
    // The propagator writes the header also when there is no state to pass on.
    if headers.get(TRACESTATE).is_some_and(|state| state.is_empty()) {
        headers.remove(TRACESTATE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use proptest::prelude::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn headers(pairs: &[(&'static str, &[u8])]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_bytes(value).unwrap());
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

    proptest! {
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
