//! The servers' lanes in a terminal: a line a request, time from left to right, and in each place what the request spent its
//! time on there. Under them what each kind is, and the figures that are told first.

use std::fmt::Write as _;
use std::time::Duration;

use meanwhile_proto::v1::{Lane, Segment};

use crate::chart::{failure, ordinal};
use crate::headline::{duration, headline};
use crate::ink::Ink;
use crate::seen::Seen;
use crate::send::{Played, PlayedRequest, short};

/// The fewest and the most characters that the time axis has, whatever the terminal.
const LEAST: usize = 16;
const MOST: usize = 120;

/// What a line has beside the name and the time axis.
const BESIDE: usize = 6 + 4 + 11 + 6;

/// What it is drawn on.
#[derive(Debug, Clone, Copy)]
pub struct Paper {
    /// How many characters a line has.
    pub columns: usize,
    /// What it shows.
    pub ink: Ink,
}

/// Requests that were played, with their lanes.
pub struct Lanes<'a> {
    rows: Vec<(&'a PlayedRequest, Option<&'a Lane>)>,
    seen: &'a Seen,
    others: usize,
    /// When the first begins; all other times are counted from there.
    zero: i64,
}

impl<'a> Lanes<'a> {
    /// What was seen of them, in the scenario's order.
    pub fn new(played: &'a Played, seen: &'a Seen) -> Self {
        let rows: Vec<_> = played.requests.iter().map(|request| (request, seen.lane(request))).collect();
        let starts = rows.iter().filter_map(|(_, lane)| Some(lane.as_ref()?.start_ns));
        let zero = starts.min().unwrap_or(0);
        Self { others: seen.others(played), rows, seen, zero }
    }

    /// From the first start to the last end.
    pub fn total(&self) -> Duration {
        Duration::from_nanos(u64::try_from(self.end()).unwrap_or(0))
    }

    /// Draws them under a heading. `scale` is the time that the whole width stands for: two pictures with the same scale
    /// can be compared.
    pub fn draw(&self, heading: &str, scale: Duration, paper: Paper) -> String {
        let label =
            self.rows.iter().map(|(request, _)| short(&request.method).chars().count()).max().unwrap_or(0);
        let width = paper.columns.saturating_sub(BESIDE + label).clamp(LEAST, MOST);
        let axis = Axis { scale: i64::try_from(scale.as_nanos()).unwrap_or(i64::MAX).max(1), width };
        let order = self.order();
        let mut text = format!("{heading}\n\n");
        for (index, (request, lane)) in self.rows.iter().enumerate() {
            let (bar, took) = match lane {
                Some(lane) => (self.bar(lane, axis, paper.ink), millis(lane.duration_ns)),
                None => (" ".repeat(width), "no lane".to_owned()),
            };
            let place = order.iter().position(|&row| row == index).map(|place| ordinal(place + 1));
            let line = format!(
                "  {:>2}  {:label$}  |{bar}|{took:>11}  {}{}",
                index + 1,
                short(&request.method),
                place.unwrap_or_default(),
                failure(request)
            );
            let _ = writeln!(text, "{}", line.trim_end());
        }
        let end = duration(i64::try_from(scale.as_nanos()).unwrap_or(i64::MAX));
        let _ = writeln!(
            text,
            "      {:label$}   {}",
            "",
            paper.ink.soft(&format!("0{end:>rest$}", rest = width - 1))
        );
        text.push_str(&self.legend(paper));
        text.push_str(&self.figures(paper));
        let numbers: Vec<String> = order.iter().map(|row| (row + 1).to_string()).collect();
        let (numbers, total) = (numbers.join(", "), millis(self.end()));
        let _ = writeln!(text, "\n  replies left in the order {numbers}; all done after {total}");
        text
    }

    fn end(&self) -> i64 {
        let ends = self.rows.iter().filter_map(|(_, lane)| lane.map(|lane| lane.start_ns + lane.duration_ns));
        ends.max().map_or(0, |end| end - self.zero)
    }

    /// The rows that have a lane, in the order in which those end.
    fn order(&self) -> Vec<usize> {
        let end = |row: &usize| self.rows[*row].1.map_or(0, |lane| lane.start_ns + lane.duration_ns);
        let mut order: Vec<usize> = (0..self.rows.len()).filter(|&row| self.rows[row].1.is_some()).collect();
        order.sort_by_key(end);
        order
    }

    fn bar(&self, lane: &Lane, axis: Axis, ink: Ink) -> String {
        let start = lane.start_ns - self.zero;
        let first = axis.column(start).min(axis.width - 1);
        let last = axis.column(start + lane.duration_ns).max(first + 1);
        let kinds: Vec<&str> = (first..last).map(|column| kind_in(lane, start, axis.time(column))).collect();
        let cells = kinds.chunk_by(|one, other| one == other).map(|run| ink.cells(run[0], run.len()));
        format!("{}{}{}", " ".repeat(first), cells.collect::<String>(), " ".repeat(axis.width - last))
    }

    /// What the kinds look like, and how much time went on each.
    fn legend(&self, paper: Paper) -> String {
        let times = self.seen.window.figures.iter().flat_map(|figures| &figures.times);
        let (mut text, mut used) = ("\n".to_owned(), usize::MAX);
        for time in times {
            let words = format!("{} {}", time.kind, duration(time.duration_ns));
            let room = words.chars().count() + 5;
            if used.saturating_add(room) > paper.columns {
                text.push_str(if used == usize::MAX { "  " } else { "\n  " });
                used = 2;
            }
            let _ = write!(text, "{} {words}   ", paper.ink.cells(&time.kind, 1));
            used += room;
        }
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        format!("{}\n\n", lines.join("\n"))
    }

    fn figures(&self, paper: Paper) -> String {
        let Some(figures) = &self.seen.window.figures else { return String::new() };
        let facts = headline(figures);
        let value = facts.iter().map(|fact| fact.value.chars().count()).max().unwrap_or(0);
        let mut text = String::new();
        for fact in facts {
            let line = format!("  {:11} {:value$}   {}", fact.name, fact.value, paper.ink.soft(&fact.about));
            let _ = writeln!(text, "{}", line.trim_end());
        }
        match self.others {
            0 => {}
            1 => text.push_str("\n  a request that others sent meanwhile is counted too\n"),
            others => {
                let _ = writeln!(text, "\n  {others} requests that others sent meanwhile are counted too");
            }
        }
        text
    }
}

/// Time from left to right.
#[derive(Debug, Clone, Copy)]
struct Axis {
    /// What the whole width stands for, in nanoseconds.
    scale: i64,
    width: usize,
}

impl Axis {
    /// The column in which a moment is.
    fn column(self, at: i64) -> usize {
        let share = at as f64 / self.scale as f64;
        ((share * self.width as f64).round() as usize).min(self.width)
    }

    /// From when to when a column is.
    fn time(self, column: usize) -> (i64, i64) {
        let at = |column: usize| (column as f64 / self.width as f64 * self.scale as f64) as i64;
        (at(column), at(column + 1))
    }
}

/// What the lane, which begins at `start`, spent most of that time on; of all of its own where it has none there.
fn kind_in(lane: &Lane, start: i64, (from, to): (i64, i64)) -> &str {
    let mut at = start;
    let mut there: Vec<(&str, i64)> = Vec::new();
    for Segment { kind, duration_ns, .. } in &lane.segments {
        let within = (at + duration_ns).min(to) - at.max(from);
        at += duration_ns;
        match there.iter_mut().find(|(known, _)| known == kind) {
            Some((_, time)) => *time += within.max(0),
            None => there.push((kind, within.max(0))),
        }
    }
    let most = |there: &[(&'_ str, i64)]| there.iter().map(|(_, time)| *time).max().unwrap_or(0);
    if most(&there) == 0 && (from, to) != (start, at) {
        return kind_in(lane, start, (start, at));
    }
    let longest = most(&there);
    there.iter().find(|(_, time)| *time == longest).map_or("unknown", |(kind, _)| kind)
}

/// Milliseconds with one decimal: lanes are compared with one another.
fn millis(nanos: i64) -> String {
    format!("{:.1} ms", nanos as f64 / 1e6)
}

#[cfg(test)]
mod tests;
