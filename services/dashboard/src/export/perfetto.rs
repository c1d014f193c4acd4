//! A window for Perfetto's page (<https://ui.perfetto.dev>), in the trace event format that it reads: a track for each row of
//! lanes, a slice for each lane with its segments in it, and an arrow from each wait's end to whoever was waited for.

use std::collections::HashMap;

use meanwhile_proto::v1::{Blame, GetWindowResponse, Lane};
use serde_json::{Value, json};

/// The process that all tracks are of.
const PROCESS: u32 = 1;

/// The window as a JSON trace.
pub fn trace(window: &GetWindowResponse) -> Vec<u8> {
    let rows = rows(&window.lanes);
    let tracks: HashMap<&str, (u32, &Lane)> =
        window.lanes.iter().zip(&rows).map(|(lane, row)| (lane.span_id.as_str(), (*row, lane))).collect();
    let mut events = vec![json!({
        "ph": "M", "name": "process_name", "pid": PROCESS, "args": {"name": "requests"},
    })];
    for (lane, row) in window.lanes.iter().zip(&rows) {
        events.push(slice(
            &lane.method,
            "request",
            (lane.start_ns, lane.duration_ns),
            *row,
            json!({
                "service": lane.service, "trace": lane.trace_id, "span": lane.span_id,
                "failed": lane.failed, "running": lane.running,
            }),
        ));
        let mut at = lane.start_ns;
        for segment in &lane.segments {
            let args =
                json!({"of": segment.name, "behind": segment.blame.as_ref().map(|blame| &blame.method)});
            events.push(slice(&segment.kind, "segment", (at, segment.duration_ns), *row, args));
            at = at.saturating_add(segment.duration_ns);
            if let Some(blame) = &segment.blame {
                arrow(&mut events, &tracks, blame, (*row, at));
            }
        }
    }
    json!({"traceEvents": events, "displayTimeUnit": "ms"}).to_string().into_bytes()
}

/// Each lane's row: the first that is free.
fn rows(lanes: &[Lane]) -> Vec<u32> {
    let mut free: Vec<i64> = Vec::new();
    let place = |lane: &Lane| {
        let end = lane.start_ns.saturating_add(lane.duration_ns);
        let row = free.iter().position(|until| *until <= lane.start_ns).unwrap_or(free.len());
        if row == free.len() {
            free.push(end);
        }
        free[row] = end;
        u32::try_from(row + 1).unwrap_or(u32::MAX)
    };
    lanes.iter().map(place).collect()
}

fn slice(name: &str, category: &str, (start, duration): (i64, i64), row: u32, args: Value) -> Value {
    json!({
        "ph": "X", "name": name, "cat": category, "ts": micros(start), "dur": micros(duration),
        "pid": PROCESS, "tid": row, "args": args,
    })
}

/// From whoever let go to whoever waited, at the moment when the wait ended.
fn arrow(
    events: &mut Vec<Value>,
    tracks: &HashMap<&str, (u32, &Lane)>,
    blame: &Blame,
    (row, at): (u32, i64),
) {
    let Some((from, lane)) = tracks.get(blame.span_id.as_str()) else { return };
    let begin = at.clamp(lane.start_ns, lane.start_ns.saturating_add(lane.duration_ns).max(lane.start_ns));
    let id = events.len();
    let event = |phase: &str, row: u32, at: i64| {
        json!({
            "ph": phase, "name": "waited for", "cat": "wait", "id": id, "ts": micros(at), "pid": PROCESS, "tid": row, "bp": "e",
        })
    };
    events.extend([event("s", *from, begin), event("f", row, at)]);
}

/// With nanoseconds as its fraction.
fn micros(nanos: i64) -> f64 {
    nanos as f64 / 1e3
}
