//! Jaeger's JSON for traces, read into small types. Only what tests ask for is kept.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use anyhow::{Context as _, Result};
use serde_json::Value;

/// A trace, as far as it has been stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// 32 hexadecimal digits.
    pub id: String,
    /// By start time.
    pub spans: Vec<Span>,
}

/// A span of a trace.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// The trace it is in.
    pub trace_id: String,
    /// 16 hexadecimal digits.
    pub id: String,
    /// The span it is under; `None` for the root.
    pub parent: Option<String>,
    /// `service.name` of the process that made it.
    pub service: String,
    /// The span's name.
    pub operation: String,
    /// Microseconds since 1970.
    pub start_us: u64,
    /// Microseconds.
    pub duration_us: u64,
    /// Attributes; Jaeger adds `span.kind`, `otel.status_code` and the like.
    pub tags: BTreeMap<String, Value>,
    /// Links to other spans. Jaeger's interface drops a link's attributes.
    pub links: Vec<Link>,
}

/// A reference to a span that is not the parent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The other span's trace.
    pub trace_id: String,
    /// The other span.
    pub span_id: String,
}

impl Trace {
    /// The spans without a parent in this trace; one, once the trace is whole.
    pub fn roots(&self) -> impl Iterator<Item = &Span> {
        self.spans.iter().filter(|span| self.parent_of(span).is_none())
    }

    /// The span with this id.
    pub fn span(&self, id: &str) -> Option<&Span> {
        self.spans.iter().find(|span| span.id == id)
    }

    /// The parent, when it is here.
    pub fn parent_of(&self, span: &Span) -> Option<&Span> {
        self.span(span.parent.as_deref()?)
    }

    /// The spans directly under `span`.
    pub fn children_of(&self, span: &Span) -> impl Iterator<Item = &Span> {
        self.spans.iter().filter(|child| child.parent.as_deref() == Some(&span.id))
    }

    /// The services that took part.
    pub fn services(&self) -> BTreeSet<&str> {
        self.spans.iter().map(|span| span.service.as_str()).collect()
    }
}

impl Span {
    /// Microseconds since 1970.
    pub fn end_us(&self) -> u64 {
        self.start_us + self.duration_us
    }

    /// Whether there is an instant that both spans cover. Touching ends do not count.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.start_us < other.end_us() && other.start_us < self.end_us()
    }

    /// An attribute as text: a string as it is, anything else as JSON.
    pub fn tag(&self, name: &str) -> Option<String> {
        self.tags.get(name).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    }

    /// An attribute that is an integer.
    pub fn integer(&self, name: &str) -> Option<i64> {
        self.tags.get(name)?.as_i64()
    }
}

/// Reads the reply of `/api/traces`.
pub(super) fn read(body: &[u8]) -> Result<Vec<Trace>> {
    let reply: Value = serde_json::from_slice(body)?;
    array(&reply, "data").iter().map(|trace| read_trace(trace).with_context(|| trace.to_string())).collect()
}

/// An error has the spans indented by one line each, so that a person sees what was missing.
pub(super) fn outline(traces: &[Trace]) -> String {
    let mut text = format!("{} traces:\n", traces.len());
    for trace in traces {
        let _ = writeln!(text, "{}", trace.id);
        for span in &trace.spans {
            let parent = span.parent.as_deref().unwrap_or("-");
            let _ = writeln!(text, "  {} < {parent} {}: {}", span.id, span.service, span.operation);
        }
    }
    text
}

fn read_trace(trace: &Value) -> Result<Trace> {
    let id = string(trace, "traceID")?;
    let processes = &trace["processes"];
    let spans = array(trace, "spans").iter().map(|span| read_span(span, processes));
    let mut spans = spans.collect::<Result<Vec<_>>>()?;
    spans.sort_by_key(|span| span.start_us);
    Ok(Trace { id, spans })
}

fn read_span(span: &Value, processes: &Value) -> Result<Span> {
    let (trace_id, id) = (string(span, "traceID")?, string(span, "spanID")?);
    let process = string(span, "processID")?;
    let references = array(span, "references");
    let parent = references.iter().find(|reference| {
        reference["refType"] == "CHILD_OF" && reference["traceID"].as_str() == Some(&trace_id)
    });
    let links = references.iter().filter(|reference| reference["refType"] == "FOLLOWS_FROM");
    let tags = array(span, "tags").iter().map(|tag| Ok((string(tag, "key")?, tag["value"].clone())));
    Ok(Span {
        parent: parent.map(|parent| string(parent, "spanID")).transpose()?,
        service: string(&processes[process.as_str()], "serviceName")?,
        operation: string(span, "operationName")?,
        start_us: number(span, "startTime")?,
        duration_us: number(span, "duration")?,
        tags: tags.collect::<Result<_>>()?,
        links: links.map(read_link).collect::<Result<_>>()?,
        trace_id,
        id,
    })
}

fn read_link(reference: &Value) -> Result<Link> {
    Ok(Link { trace_id: string(reference, "traceID")?, span_id: string(reference, "spanID")? })
}

/// Jaeger writes an empty list as null, or not at all.
fn array<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value[name].as_array().map_or(&[], Vec::as_slice)
}

fn string(value: &Value, name: &str) -> Result<String> {
    Ok(value[name].as_str().with_context(|| format!("no text {name:?}"))?.to_owned())
}

fn number(value: &Value, name: &str) -> Result<u64> {
    value[name].as_u64().with_context(|| format!("no number {name:?}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sample() -> Trace {
        let span = |id: &str, references: Value, start: u64| {
            json!({"traceID": "t", "spanID": id, "operationName": id, "processID": "p1", "references": references,
                   "startTime": start, "duration": 10, "tags": [{"key": "n", "type": "int64", "value": 7}]})
        };
        let child = json!([{"refType": "CHILD_OF", "traceID": "t", "spanID": "root"},
                           {"refType": "FOLLOWS_FROM", "traceID": "u", "spanID": "other"}]);
        let trace = json!({"traceID": "t", "processes": {"p1": {"serviceName": "data"}},
                           "spans": [span("child", child, 105), span("root", json!([]), 100), span("late", json!(null), 110)]});
        read(json!({"data": [trace]}).to_string().as_bytes()).unwrap().remove(0)
    }

    #[test]
    fn parents_and_links_are_told_apart() {
        let trace = sample();
        let child = trace.span("child").unwrap();
        assert_eq!(child.parent.as_deref(), Some("root"));
        assert_eq!(child.links, [Link { trace_id: "u".into(), span_id: "other".into() }]);
        assert_eq!(trace.children_of(trace.span("root").unwrap()).collect::<Vec<_>>(), [child]);
    }

    #[test]
    fn spans_are_in_order_of_their_start() {
        let starts: Vec<_> = sample().spans.iter().map(|span| span.start_us).collect();
        assert_eq!(starts, [100, 105, 110]);
    }

    #[test]
    fn spans_that_only_touch_do_not_overlap() {
        let trace = sample();
        let [root, child, late] = trace.spans.as_slice() else { panic!("three spans") };
        assert!(root.overlaps(child) && child.overlaps(root));
        assert!(!root.overlaps(late) && !late.overlaps(root));
    }

    #[test]
    fn a_span_has_its_service_and_its_tags() {
        let span = sample().spans.remove(0);
        assert_eq!(
            (span.service.as_str(), span.integer("n"), span.tag("n")),
            ("data", Some(7), Some("7".into()))
        );
    }
}
