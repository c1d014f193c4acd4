//! What a span says besides its times: for people, as text.

use meanwhile_proto::v1;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, Span};

/// The longest text that is shown of an attribute, in characters.
const MOST: usize = 2_000;

/// The polls of a request: packed, and shown as work and scheduler.
const PACKED: &str = meanwhile_proto::attributes::POLLS;

/// The span of those ids, with the attributes of what it is of.
pub fn attributes(resources: &[ResourceSpans], trace: &[u8], span: &[u8]) -> Vec<v1::Attribute> {
    let is_it = |one: &&Span| one.trace_id == trace && one.span_id == span;
    for resource in resources {
        let mut spans = resource.scope_spans.iter().flat_map(|scope| &scope.spans);
        if let Some(span) = spans.find(is_it) {
            let of = resource.resource.iter().flat_map(|resource| &resource.attributes);
            let status = span.status.iter().filter(|status| !status.message.is_empty()).map(|status| {
                v1::Attribute { key: "status".to_owned(), value: shortened(status.message.clone()) }
            });
            let own = span.attributes.iter().filter(|attribute| attribute.key != PACKED);
            return status.chain(own.chain(of).map(shown)).collect();
        }
    }
    Vec::new()
}

fn shown(attribute: &KeyValue) -> v1::Attribute {
    let value = attribute.value.as_ref().map(text).unwrap_or_default();
    v1::Attribute { key: attribute.key.clone(), value: shortened(value) }
}

fn text(value: &AnyValue) -> String {
    match &value.value {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::BoolValue(truth)) => truth.to_string(),
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::DoubleValue(number)) => number.to_string(),
        Some(Value::BytesValue(bytes)) => format!("{} bytes", bytes.len()),
        Some(Value::ArrayValue(array)) => {
            array.values.iter().take(MOST).map(text).collect::<Vec<_>>().join(", ")
        }
        Some(Value::KvlistValue(list)) => {
            let pairs = list.values.iter().take(MOST);
            pairs.map(|pair| format!("{}={}", pair.key, shown(pair).value)).collect::<Vec<_>>().join(", ")
        }
        _ => String::new(),
    }
}

fn shortened(text: String) -> String {
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
