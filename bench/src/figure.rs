//! A figure: what was measured how often, in which unit, and the bar it is held against.

use std::fmt;

use serde::Serialize;

/// What a figure counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Seconds; shown as milliseconds or microseconds where there are few.
    Seconds,
    /// Seconds of CPU time a call; shown as microseconds.
    CpuSecondsPerCall,
    /// Seconds of CPU time a row; shown as nanoseconds.
    CpuSecondsPerRow,
    /// One measured value over another.
    Ratio,
    /// Things a second.
    PerSecond,
    /// Bytes; shown as MiB, or kB where there are few.
    Bytes,
    /// Whole things.
    Count,
    /// Whole things of which the fewest matter: one that is missing in one round is missing.
    Fewest,
}

/// What a figure has to hold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bar {
    /// Not more than this.
    AtMost(f64),
    /// Not less than this.
    AtLeast(f64),
    /// From the first to the second.
    Between(f64, f64),
}

/// Whether a bar holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It does.
    Ok,
    /// The median misses it by no more than the spread: measure again, or more often.
    Close,
    /// It does not.
    Missed,
}

/// One measured thing.
#[derive(Debug, Clone)]
pub struct Figure {
    /// What was measured.
    pub name: String,
    /// What it counts in.
    pub unit: Unit,
    /// Every value, in the order of measuring.
    pub values: Vec<f64>,
    /// What it has to hold, if anything.
    pub bar: Option<Bar>,
}

impl Figure {
    /// A figure without a bar.
    pub fn new(name: impl Into<String>, unit: Unit, values: Vec<f64>) -> Self {
        Self { name: name.into(), unit, values, bar: None }
    }

    /// The same with a bar.
    pub fn bar(self, bar: Bar) -> Self {
        Self { bar: Some(bar), ..self }
    }

    /// The median; of what must not be missing, the fewest.
    pub fn median(&self) -> f64 {
        quantile(&self.values, if self.unit == Unit::Fewest { 0.0 } else { 0.5 })
    }

    /// Half the distance between the quartiles: half the values lie about this near to the median.
    pub fn spread(&self) -> f64 {
        if self.unit == Unit::Fewest {
            return 0.0;
        }
        (quantile(&self.values, 0.75) - quantile(&self.values, 0.25)) / 2.0
    }

    /// Whether the bar holds; `None` where there is none.
    pub fn verdict(&self) -> Option<Verdict> {
        let median = self.median();
        let missed_by = match self.bar? {
            Bar::AtMost(most) => median - most,
            Bar::AtLeast(least) => least - median,
            Bar::Between(least, most) => (least - median).max(median - most),
        };
        Some(match missed_by {
            by if by <= 0.0 => Verdict::Ok,
            by if by <= self.spread() => Verdict::Close,
            _ => Verdict::Missed,
        })
    }
}

/// Linear between the two nearest values; 0 of no values.
pub fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = share * sorted.len().saturating_sub(1) as f64;
    let (below, above) = (sorted.get(place.floor() as usize), sorted.get(place.ceil() as usize));
    match (below, above) {
        (Some(below), Some(above)) => below + (above - below) * place.fract(),
        _ => 0.0,
    }
}

impl Unit {
    /// The value as a person reads it.
    pub fn show(self, value: f64) -> String {
        match self {
            Self::Seconds if value != 0.0 && value.abs() < 1e-3 => format!("{:.0} us", value * 1e6),
            Self::Seconds if value.abs() < 1.0 => format!("{:.1} ms", value * 1e3),
            Self::Seconds => format!("{value:.2} s"),
            Self::CpuSecondsPerCall => format!("{:.1} us", value * 1e6),
            Self::CpuSecondsPerRow => format!("{:.0} ns", value * 1e9),
            Self::Ratio => format!("{value:.3}"),
            Self::PerSecond => format!("{value:.0} /s"),
            Self::Bytes if value.abs() < 1e6 => format!("{:.0} kB", value / 1e3),
            Self::Bytes => format!("{:.1} MiB", value / f64::from(1 << 20)),
            Self::Count | Self::Fewest => format!("{value:.0}"),
        }
    }
}

impl Bar {
    /// The bar as a person reads it.
    pub fn show(self, unit: Unit) -> String {
        match self {
            Self::AtMost(most) => format!("<= {}", unit.show(most)),
            Self::AtLeast(least) => format!(">= {}", unit.show(least)),
            Self::Between(least, most) => format!("{} to {}", unit.show(least), unit.show(most)),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ok => "ok",
            Self::Close => "close",
            Self::Missed => "MISSED",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(values: &[f64]) -> Figure {
        Figure::new("figure", Unit::Ratio, values.to_vec())
    }

    #[test]
    fn an_outlier_moves_neither_median_nor_spread() {
        let figure = figure(&[3.0, 100.0, 1.0, 2.0, 4.0]);
        assert_eq!((figure.median(), figure.spread()), (3.0, 1.0));
    }

    #[test]
    fn the_median_of_an_even_number_lies_between_the_middle_two() {
        assert_eq!(figure(&[1.0, 2.0, 4.0, 8.0]).median(), 3.0);
    }

    #[test]
    fn a_bar_missed_within_the_spread_is_close() {
        let figure = figure(&[1.0, 2.0, 3.0, 4.0, 5.0]);
        let verdict = |bar| figure.clone().bar(bar).verdict();
        assert_eq!(verdict(Bar::AtMost(3.0)), Some(Verdict::Ok));
        assert_eq!(verdict(Bar::AtMost(2.5)), Some(Verdict::Close));
        assert_eq!(verdict(Bar::AtMost(1.9)), Some(Verdict::Missed));
        assert_eq!(verdict(Bar::AtLeast(3.5)), Some(Verdict::Close));
        assert_eq!(verdict(Bar::Between(3.5, 9.0)), Some(Verdict::Close));
        assert_eq!(verdict(Bar::Between(0.0, 1.0)), Some(Verdict::Missed));
    }

    #[test]
    fn a_figure_without_a_bar_has_no_verdict() {
        assert_eq!(figure(&[1.0]).verdict(), None);
    }
}
