//! Fixtures that can be seen. Each line is a span: its name (`service/what`), what it is, and its bar; deeper lines are
//! children of the last shallower one, and a line that begins at the margin begins a trace. A character is a millisecond.
//!
//! ```text
//! edge/Get      server    |------------------|
//!   edge/call   client    |  --------------  |
//!     data/Get  server    |    ##~--------   |
//!       data/q  database  |       >------    |
//! ```
//!
//! What it is: a role, or a kind of wait, and behind it `<name` where it waited for the span of that name. In a server's bar
//! `#` is polled and `~` woken; a bar with either makes a service that records its polls. A bar that ends with `>` is of a
//! span that still runs.

use std::collections::HashMap;
use std::ops::Range;

use meanwhile_proto::polls::Poll;
use meanwhile_proto::waits::WaitKind;

use crate::{Details, Kind, Names, Options, Role, Segment, Span, SpanId, SpanRef, Timeline, TraceId, Window};

pub(crate) const MILLI: u64 = 1_000_000;

/// 2024-01-01, so that no sum near zero hides a fault.
pub(crate) const ZERO: u64 = 1_704_067_200_000 * MILLI;

/// A timeline with the names of its spans.
pub(crate) struct Drawn {
    pub timeline: Timeline,
    pub spans: Vec<Span>,
    pub names: Names,
}

pub(crate) fn drawn(picture: &str) -> Drawn {
    drawn_with(picture, |_| Options::default())
}

pub(crate) fn drawn_with(picture: &str, options: impl Fn(&Names) -> Options) -> Drawn {
    let (spans, names) = read(picture);
    let timeline = Timeline::new(spans.clone(), options(&names));
    Drawn { timeline, spans, names }
}

struct Line<'a> {
    indent: usize,
    name: &'a str,
    what: &'a str,
    blocker: Option<&'a str>,
    bar: &'a str,
}

fn lines(picture: &str) -> Vec<Line<'_>> {
    let lines = picture.lines().filter(|line| !line.trim().is_empty());
    lines
        .map(|line| {
            let (head, bar) = line.split_once('|').unwrap();
            let mut words = head.split_whitespace();
            let (name, what) = (words.next().unwrap(), words.next().unwrap());
            let blocker = words.next().map(|word| word.strip_prefix('<').unwrap());
            let indent = head.len() - head.trim_start().len();
            Line { indent, name, what, blocker, bar: bar.trim_end().trim_end_matches('|') }
        })
        .collect()
}

fn read(picture: &str) -> (Vec<Span>, Names) {
    let lines = lines(picture);
    let margin = lines.iter().map(|line| line.indent).min().unwrap_or_default();
    let mut names = Names::default();
    let mut above: Vec<(usize, SpanId)> = Vec::new();
    let (mut spans, mut trace): (Vec<Span>, u128) = (Vec::new(), 0);
    let mut known: HashMap<&str, SpanRef> = HashMap::new();
    for (number, line) in lines.iter().enumerate() {
        above.retain(|(indent, _)| *indent < line.indent);
        trace += u128::from(line.indent == margin);
        let id = SpanId::new(number as u64 + 1).unwrap();
        let mut span = span(line, &mut names);
        (span.trace, span.id) = (TraceId(trace.to_be_bytes()), id);
        span.parent = above.last().map(|(_, parent)| *parent);
        above.push((line.indent, id));
        known.insert(line.name, span.reference());
        spans.push(span);
    }
    for (span, line) in spans.iter_mut().zip(&lines) {
        if let Some(blocker) = line.blocker {
            span.details.get_or_insert_default().blocker = Some(known[blocker]);
        }
    }
    (spans, names)
}

fn span(line: &Line<'_>, names: &mut Names) -> Span {
    let start = line.bar.len() - line.bar.trim_start().len();
    let bar = line.bar.trim();
    let at = |offset: usize| ZERO + offset as u64 * MILLI;
    let service = line.name.split_once('/').map_or("service", |(service, _)| service);
    let wait = WaitKind::from_name(line.what);
    let role = match line.what {
        "server" => Role::Server,
        "consumer" => Role::Consumer,
        "producer" => Role::Producer,
        "client" | "database" | "upstream" => Role::Client,
        _ => Role::Internal,
    };
    let polls = if role == Role::Server { polls(bar) } else { Vec::new() };
    Span {
        trace: TraceId::default(),
        id: SpanId::new(1).unwrap(),
        parent: None,
        start: at(start),
        end: at(start + bar.len()),
        service: names.number(service),
        process: names.number(service),
        name: names.number(line.name),
        role,
        wait,
        failed: false,
        open: bar.ends_with('>'),
        details: (!polls.is_empty()).then(|| Box::new(Details { polls, ..Details::default() })),
    }
}

fn polls(bar: &str) -> Vec<Poll> {
    let mut polls: Vec<Poll> = Vec::new();
    let mut before = ' ';
    for (offset, what) in bar.chars().enumerate() {
        let (start, end) = (offset as u64 * MILLI, (offset as u64 + 1) * MILLI);
        match (what, before) {
            ('~', '~') | ('#', '~' | '#') => {}
            ('~' | '#', _) => polls.push(Poll { woken: start, start, end: start }),
            _ => {}
        }
        if let Some(poll) = polls.last_mut() {
            match what {
                '~' => (poll.start, poll.end) = (end, end),
                '#' => poll.end = end,
                _ => {}
            }
        }
        before = what;
    }
    polls
}

impl Drawn {
    /// The lane of the request of that name, a letter a millisecond.
    pub fn lane(&self, name: &str) -> String {
        let lane = self.timeline.lanes().iter().find(|lane| self.name(lane.span) == name).unwrap();
        let letters = |segment: &Segment| {
            let letter = letter(segment.kind);
            (0..segment.duration() / MILLI).map(move |_| letter).collect::<String>()
        };
        self.timeline.segments(lane).iter().map(letters).collect()
    }

    /// What runs beside the way of the request of that name, a row a line, drawn as its lane is.
    pub fn branches(&self, name: &str) -> Vec<String> {
        let lane = self.timeline.lanes().iter().find(|lane| self.name(lane.span) == name).unwrap();
        let mut rows: Vec<String> = Vec::new();
        for branch in self.timeline.branches(lane) {
            rows.resize(rows.len().max(branch.row as usize + 1), String::new());
            let row = &mut rows[branch.row as usize];
            for segment in &branch.segments {
                let place = ((segment.start - lane.start) / MILLI) as usize;
                let letters =
                    String::from(letter(segment.kind)).repeat((segment.duration() / MILLI) as usize);
                *row = format!("{row:place$}{letters}");
            }
        }
        rows
    }

    /// A window, in milliseconds since the picture's begin.
    pub fn window(&self, time: Range<u64>) -> Window<'_> {
        self.timeline.window(ZERO + time.start * MILLI..ZERO + time.end * MILLI)
    }

    /// The place of the lane of the request of that name.
    pub fn place(&self, name: &str) -> usize {
        self.lanes().iter().position(|lane| *lane == name).unwrap()
    }

    /// The names of the requests that have a lane, in order.
    pub fn lanes(&self) -> Vec<&str> {
        self.timeline.lanes().iter().map(|lane| self.name(lane.span)).collect()
    }

    /// The request that the span of that name waited for, and the one at the root of it.
    pub fn blame(&self, name: &str) -> (Option<&str>, Option<&str>) {
        let wait = (0..).find(|&span| self.name(span) == name).unwrap();
        let request = |blocker: Option<crate::Blocker>| {
            blocker.map(|blocker| match blocker.lane {
                Some(lane) => self.name(self.timeline.lanes()[lane].span),
                None => self.name(blocker.span),
            })
        };
        (request(self.timeline.blocker(wait)), request(self.timeline.root_blocker(wait)))
    }

    pub fn name(&self, span: u32) -> &str {
        self.names.text(self.timeline.spans()[span as usize].name)
    }
}

fn letter(kind: Kind) -> char {
    match kind {
        Kind::Queue => 'q',
        Kind::Shared => 'h',
        Kind::Pool => 'p',
        Kind::Database => 'd',
        Kind::Lock => 'l',
        Kind::Upstream => 'u',
        Kind::Network => 'n',
        Kind::Work => 'w',
        Kind::Scheduler => 's',
        Kind::Unknown => '?',
        Kind::Own => '.',
    }
}
