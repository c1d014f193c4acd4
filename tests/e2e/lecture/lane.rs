//! One request, from the trace that Jaeger has of it: its spans as a tree to look at, its waits, and its polls.

use anyhow::{Context as _, Result};
use meanwhile_proto::{
    attributes,
    polls::{Poll, unpack},
};
use meanwhile_testbed::jaeger::{Span, Trace};

#[derive(Debug)]
pub struct Lane {
    pub trace: Trace,
}

impl Lane {
    /// The span of whoever sent the request.
    pub fn root(&self) -> Result<&Span> {
        self.trace.roots().next().context("a root")
    }

    /// The request's span in a service.
    pub fn request_span(&self, service: &str) -> Result<&Span> {
        let found = self.trace.spans.iter().find(|span| span.service == service && kind(span) == "server");
        found.with_context(|| format!("no request span of {service} in\n{}", self.outline()))
    }

    /// Everything it waited for, in any service.
    pub fn waits(&self) -> impl Iterator<Item = &Span> {
        self.trace.spans.iter().filter(|span| wait_kind(span).is_some())
    }

    /// What it waited for of this kind.
    pub fn waits_for<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Span> {
        self.waits().filter(move |span| wait_kind(span).as_deref() == Some(kind))
    }

    /// What the data service waited for: the ends of the chain, where time really passes.
    pub fn waits_in_data(&self) -> impl Iterator<Item = &Span> {
        self.waits().filter(|span| span.service == "meanwhile-data")
    }

    /// The wait for a part of a composite reply.
    pub fn part(&self, name: &str) -> Result<&Span> {
        let found = self.waits().find(|span| span.tag(attributes::PART).as_deref() == Some(name));
        found.with_context(|| format!("no wait for the part {name} in\n{}", self.outline()))
    }

    /// A line a span, indented under its parent: service, kind and name; what it waits for, and for which part. Siblings are
    /// in the order of their lines.
    pub fn outline(&self) -> String {
        let mut roots: Vec<_> = self.trace.roots().map(|root| self.branch(root, 0)).collect();
        roots.sort();
        roots.concat()
    }

    fn branch(&self, span: &Span, depth: usize) -> String {
        let waits = wait_kind(span).map(|kind| format!(", waits for {kind}")).unwrap_or_default();
        let part = span.tag(attributes::PART).map(|part| format!(", part {part}")).unwrap_or_default();
        let indent = "  ".repeat(depth);
        let line = format!("{indent}{} {} {}{waits}{part}\n", span.service, kind(span), span.operation);
        let mut below: Vec<_> =
            self.trace.children_of(span).map(|child| self.branch(child, depth + 1)).collect();
        below.sort();
        line + &below.concat()
    }
}

/// `client`, `server` or `internal`.
pub fn kind(span: &Span) -> String {
    span.tag("span.kind").unwrap_or_default()
}

pub fn wait_kind(span: &Span) -> Option<String> {
    span.tag(attributes::WAIT_KIND)
}

/// When the request was polled in the service whose request span this is.
pub fn polls(span: &Span) -> Result<Vec<Poll>> {
    let packed = span.tag(attributes::POLLS).with_context(|| format!("no polls in {span:?}"))?;
    Ok(unpack(&packed)?)
}

/// Microseconds that both spans cover.
pub fn overlap_us(one: &Span, other: &Span) -> u64 {
    one.end_us().min(other.end_us()).saturating_sub(one.start_us.max(other.start_us))
}

/// Whether they overlap for most of the shorter one, not by a hair.
pub fn overlap_mostly(one: &Span, other: &Span) -> bool {
    overlap_us(one, other) > one.duration_us.min(other.duration_us) / 2
}

/// Whether they overlap by no more than different requests' times are inexact: each request reads the clock for itself, and
/// a task that is put aside meanwhile is that much off.
pub fn overlap_hardly(one: &Span, other: &Span) -> bool {
    overlap_us(one, other) <= one.duration_us.min(other.duration_us) / 10
}
