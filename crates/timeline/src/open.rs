//! Requests that still run. A span that is open lasts until now; and where only the waits of a request have come yet, because
//! spans are sent when they end, an open span stands for the request.

use crate::{Details, Role, Span};

/// Lets open spans last until `now`, or where nobody says, until the last moment that any span knows of.
pub(crate) fn last_until(spans: &mut [Span], now: Option<u64>) {
    if !spans.iter().any(|span| span.open) {
        return;
    }
    let last = now.unwrap_or_else(|| spans.iter().map(|span| span.end).max().unwrap_or_default());
    for span in spans.iter_mut().filter(|span| span.open) {
        span.end = span.end.max(last);
    }
}

/// Requests of which only a part is there: one for each parent that is missed by spans that are no requests themselves, in a
/// process that has no request in that trace. They last until `now`.
pub(crate) fn unfinished(spans: &[Span], is_root: impl Fn(usize) -> bool, now: u64) -> Vec<Span> {
    let mut requests = Vec::new();
    let mut first = 0;
    for trace in spans.chunk_by(|one, next| one.trace == next.trace) {
        let parts = trace.iter().zip(first..).filter(|(span, place)| {
            span.parent.is_some_and(|parent| parent != span.id) && !span.is_request() && is_root(*place)
        });
        let mut parts: Vec<&Span> = parts.map(|(span, _)| span).collect();
        first += trace.len();
        if parts.is_empty() {
            continue;
        }
        let mut answered: Vec<_> =
            trace.iter().filter(|span| span.is_request()).map(|span| span.process).collect();
        answered.sort_unstable();
        parts.retain(|span| answered.binary_search(&span.process).is_err());
        parts.sort_by_key(|span| (span.parent, span.start));
        requests
            .extend(parts.chunk_by(|one, next| one.parent == next.parent).map(|parts| request(parts, now)));
    }
    requests
}

/// The request that these are parts of, the earliest first. Its name is not known yet: it has its service's.
fn request(parts: &[&Span], now: u64) -> Span {
    let earliest = parts[0];
    let one_in = parts.iter().map(|part| part.one_in()).max().unwrap_or(1);
    let end = parts.iter().map(|part| part.end).max().unwrap_or(earliest.end);
    Span {
        id: earliest.parent.unwrap_or(earliest.id),
        parent: None,
        end: end.max(now),
        name: earliest.service,
        role: Role::Server,
        wait: None,
        failed: false,
        open: true,
        details: (one_in > 1).then(|| Box::new(Details { one_in, ..Details::default() })),
        ..earliest.clone()
    }
}
