//! What is written is what the crate of OTLP's messages makes of the same span.

use opentelemetry::trace::{SpanContext, TraceFlags, TraceState};
use opentelemetry_proto::tonic::trace::v1::{ScopeSpans, Span};
use opentelemetry_sdk::trace::{SpanEvents, SpanLinks};
use proptest::prelude::*;
use prost::Message as _;

use super::*;

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::I64),
        (-1e9..1e9).prop_map(Value::F64),
        ".{0,200}".prop_map(|text| Value::String(text.into())),
        prop::collection::vec(any::<bool>(), 0..4).prop_map(|values| Value::Array(Array::Bool(values))),
        prop::collection::vec(any::<i64>(), 0..4).prop_map(|values| Value::Array(Array::I64(values))),
        prop::collection::vec(-1e9..1e9, 0..4).prop_map(|values| Value::Array(Array::F64(values))),
        prop::collection::vec(".{0,9}", 0..4)
            .prop_map(|values| { Value::Array(Array::String(values.into_iter().map(Into::into).collect())) }),
    ]
}

fn some_attributes() -> impl Strategy<Value = Vec<KeyValue>> {
    prop::collection::vec(("[a-z.]{1,20}", value()).prop_map(|(key, value)| KeyValue::new(key, value)), 0..6)
}

fn context() -> impl Strategy<Value = SpanContext> {
    (any::<u128>(), any::<u64>(), 0_u8..2, any::<bool>(), prop::option::of("[a-z]{1,5}")).prop_map(
        |(trace, span, flags, is_remote, state)| {
            let state = state.and_then(|value| TraceState::from_key_value([("vendor", value)]).ok());
            let flags = TraceFlags::new(flags);
            SpanContext::new(trace.into(), span.into(), flags, is_remote, state.unwrap_or_default())
        },
    )
}

fn time() -> impl Strategy<Value = SystemTime> {
    any::<u64>().prop_map(|nanos| UNIX_EPOCH + std::time::Duration::from_nanos(nanos))
}

fn event() -> impl Strategy<Value = Event> {
    (".{0,9}", time(), some_attributes(), any::<u32>())
        .prop_map(|(name, time, attributes, dropped)| Event::new(name, time, attributes, dropped))
}

fn link() -> impl Strategy<Value = Link> {
    (context(), some_attributes(), any::<u32>())
        .prop_map(|(span, attributes, dropped)| Link::new(span, attributes, dropped))
}

fn span_data() -> impl Strategy<Value = SpanData> {
    let kind = prop_oneof![
        Just(SpanKind::Internal),
        Just(SpanKind::Server),
        Just(SpanKind::Client),
        Just(SpanKind::Producer),
        Just(SpanKind::Consumer)
    ];
    let status = prop_oneof![
        Just(Status::Unset),
        Just(Status::Ok),
        ".{0,9}".prop_map(|text: String| Status::error(text))
    ];
    let head = (context(), any::<u64>(), any::<bool>(), kind, ".{0,300}", time(), time());
    let lists =
        (some_attributes(), prop::collection::vec(event(), 0..3), prop::collection::vec(link(), 0..3));
    (head, lists, status, any::<[u32; 3]>()).prop_map(|(head, lists, status, dropped)| {
        let (span_context, parent, parent_span_is_remote, span_kind, name, start_time, end_time) = head;
        let (mut events, mut links) = (SpanEvents::default(), SpanLinks::default());
        (events.events, events.dropped_count) = (lists.1, dropped[0]);
        (links.links, links.dropped_count) = (lists.2, dropped[1]);
        SpanData {
            span_context,
            parent_span_id: parent.into(),
            parent_span_is_remote,
            span_kind,
            name: name.into(),
            start_time,
            end_time,
            attributes: lists.0,
            dropped_attributes_count: dropped[2],
            events,
            links,
            status,
            instrumentation_scope: Default::default(),
        }
    })
}

proptest! {
    #[test]
    fn any_span_is_written_as_otlp_has_it(data in span_data()) {
        let mut bytes = Vec::new();
        span(&data, &mut bytes);
        span(&data, &mut bytes);
        let read = ScopeSpans::decode(bytes.as_slice()).unwrap().spans;
        let expected = Span::from(data);
        prop_assert_eq!(read, [expected.clone(), expected]);
    }
}
