//! Lanes and figures as the wire has them.

use std::cell::RefCell;

use meanwhile_proto::v1;
use meanwhile_timeline::{Figures, InFlight, Kind, Lane, Name, Names, Replay, Roots, Segment, Timeline};

/// Shows what a timeline has; times are counted from `zero`.
pub struct Shown<'a> {
    timeline: &'a Timeline,
    names: &'a Names,
    zero: u64,
    /// Of all waits that were shown: many wait behind the same ones.
    roots: RefCell<Roots<'a>>,
}

impl<'a> Shown<'a> {
    pub fn new(timeline: &'a Timeline, names: &'a Names, zero: u64) -> Self {
        Self { timeline, names, zero, roots: RefCell::new(Roots::new(timeline)) }
    }

    pub fn lane(&self, lane: &Lane) -> v1::Lane {
        let span = &self.timeline.spans()[lane.span as usize];
        v1::Lane {
            trace_id: span.trace.to_string(),
            span_id: span.id.to_string(),
            service: self.text(span.service),
            method: self.text(span.name),
            start_ns: self.since(lane.start),
            duration_ns: signed(lane.duration()),
            segments: self.segments(self.timeline.segments(lane)),
            failed: span.failed,
            running: lane.open,
            moved_ns: lane.moved,
            branches: Vec::new(),
            attributes: Vec::new(),
        }
    }

    /// The same with what ran beside its critical path.
    pub fn lane_with_branches(&self, lane: &Lane) -> v1::Lane {
        v1::Lane { branches: self.branches(lane), ..self.lane(lane) }
    }

    fn branches(&self, lane: &Lane) -> Vec<v1::Branch> {
        let branches = self.timeline.branches(lane);
        let shown = branches.iter().map(|branch| v1::Branch {
            row: whole(branch.row),
            start_ns: branch.segments.first().map_or(0, |segment| self.since(segment.start)),
            segments: self.segments(&branch.segments),
        });
        shown.collect()
    }

    fn segments(&self, segments: &[Segment]) -> Vec<v1::Segment> {
        let shown = segments.iter().map(|segment| v1::Segment {
            kind: segment.kind.to_string(),
            duration_ns: signed(segment.duration()),
            name: self.text(self.timeline.spans()[segment.span as usize].name),
            blame: if segment.kind.is_recorded() { self.blame(segment.span) } else { None },
        });
        shown.collect()
    }

    fn blame(&self, wait: u32) -> Option<v1::Blame> {
        let (direct, root) = (self.timeline.blocker(wait)?, self.roots.borrow_mut().of(wait)?);
        let span = direct.lane.map_or(direct.span, |lane| self.timeline.lanes()[lane].span);
        let span = &self.timeline.spans()[span as usize];
        Some(v1::Blame {
            trace_id: span.trace.to_string(),
            span_id: span.id.to_string(),
            method: self.text(span.name),
            root_method: self.text(self.timeline.method(root)),
        })
    }

    fn text(&self, name: Name) -> String {
        self.names.text(name).to_owned()
    }

    fn since(&self, instant: u64) -> i64 {
        let since = i128::from(instant) - i128::from(self.zero);
        since.clamp(i64::MIN.into(), i64::MAX.into()) as i64
    }
}

pub fn figures(figures: &Figures, pool: Option<v1::PoolReplay>, names: &Names) -> v1::Figures {
    let text = |name: Option<Name>| name.map(|name| names.text(name).to_owned()).unwrap_or_default();
    let times = Kind::ALL.into_iter().zip(figures.by_kind).filter(|(_, time)| *time > 0);
    let why = figures.order.as_ref().map(|order| order.why()).unwrap_or_default();
    let rows = figures.waited.as_ref().map(|waited| waited.rows.as_slice()).unwrap_or_default();
    v1::Figures {
        requests: whole(figures.requests),
        running: whole(figures.open),
        cut: whole(figures.cut),
        clocks_moved: whole(figures.moved),
        sampled_one_in: figures.one_in,
        times: times
            .map(|(kind, time)| v1::KindTime { kind: kind.to_string(), duration_ns: signed(time) })
            .collect(),
        passed_ns: signed(figures.passed),
        overlap: figures
            .overlap
            .map(|overlap| v1::Overlap { factor: overlap.factor(), one_at_a_time_ns: signed(overlap.alone) }),
        slowdown: figures.slowdown.map(|slowdown| v1::Slowdown {
            median: slowdown.median,
            p90: slowdown.p90,
            most: slowdown.most,
            measured: whole(slowdown.measured),
        }),
        overtaken: why
            .into_iter()
            .map(|(kind, count)| v1::KindCount { kind: kind.to_string(), count: whole(count) })
            .collect(),
        waited: rows
            .iter()
            .map(|row| v1::Waited {
                kind: row.kind.to_string(),
                name: text(Some(row.on)),
                behind: text(row.behind),
                root: text(row.root),
                duration_ns: signed(row.time),
                waits: signed(row.waits),
            })
            .collect(),
        pool,
    }
}

pub fn pool(replay: &Replay, sizes: &[usize]) -> v1::PoolReplay {
    let what_if = sizes.iter().map(|&size| v1::pool_replay::WhatIf {
        connections: whole(size),
        waited_ns: signed(replay.waited_with(size)),
    });
    v1::PoolReplay {
        waited_ns: signed(replay.waited()),
        in_use: whole(replay.in_use()),
        what_if: what_if.collect(),
    }
}

pub fn in_flight(in_flight: &InFlight) -> v1::InFlight {
    let kind = |kind: Kind| v1::in_flight::Kind {
        kind: kind.to_string(),
        requests: in_flight.steps.iter().map(|step| step[kind as usize]).collect(),
    };
    let kinds = Kind::ALL.into_iter().map(kind);
    let kinds = kinds.filter(|kind| kind.requests.iter().any(|&requests| requests > 0.0));
    v1::InFlight { step_ns: signed(in_flight.step), kinds: kinds.collect() }
}

fn signed(nanos: u64) -> i64 {
    i64::try_from(nanos).unwrap_or(i64::MAX)
}

fn whole(count: impl TryInto<i32>) -> i32 {
    count.try_into().unwrap_or(i32::MAX)
}
