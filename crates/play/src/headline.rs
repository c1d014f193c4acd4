//! The three figures that are told first, in the words of the dashboard's page (services/dashboard/web/src/state/headline.ts).

use meanwhile_proto::v1::{Figures, Waited};
use serde::Serialize;

use crate::send::short;

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// What it is called.
    pub name: &'static str,
    /// The figure.
    pub value: String,
    /// What it is made of.
    pub about: String,
}

/// In flight, overlap, waited for.
pub fn headline(figures: &Figures) -> [Fact; 3] {
    let spent: i64 = figures.times.iter().map(|time| time.duration_ns).sum();
    let passed = figures.passed_ns;
    let withheld = match figures.sampled_one_in {
        0 | 1 => String::new(),
        one_in => format!("withheld: one request in {one_in} was kept"),
    };
    let in_flight = match passed > 0 {
        true => format!("{:.1}", spent as f64 / passed as f64),
        false => "0".to_owned(),
    };
    let requests = match figures.requests {
        1 => "1 request".to_owned(),
        requests => format!("{requests} requests"),
    };
    let requests = if figures.sampled_one_in > 1 { format!("{requests} that were kept") } else { requests };
    [
        Fact { name: "In flight", value: in_flight, about: requests },
        overlap(figures, &withheld),
        waited(figures.waited.first(), spent, withheld),
    ]
}

fn overlap(figures: &Figures, withheld: &str) -> Fact {
    let (value, about) = match &figures.overlap {
        Some(overlap) if figures.passed_ns > 0 => {
            let (alone, passed) = (duration(overlap.one_at_a_time_ns), duration(figures.passed_ns));
            (times(overlap.factor), format!("{alone} one at a time, in {passed}"))
        }
        _ => ("–".to_owned(), withheld.to_owned()),
    };
    Fact { name: "Overlap", value, about }
}

fn waited(first: Option<&Waited>, spent: i64, withheld: String) -> Fact {
    let Some(first) = first else {
        let about = if withheld.is_empty() { "nothing that spans tell of".to_owned() } else { withheld };
        return Fact { name: "Waited for", value: "–".to_owned(), about };
    };
    let behind = match first.behind.as_str() {
        "" => String::new(),
        behind => format!(", behind {}", short(behind)),
    };
    let share = (first.duration_ns as f64 / spent as f64 * 100.0).round();
    let about =
        format!("{} at {}, {share} % of all time spent", duration(first.duration_ns), short(&first.name));
    Fact { name: "Waited for", value: format!("{}{behind}", first.kind), about }
}

fn times(factor: f64) -> String {
    if factor < 9.95 { format!("{factor:.1} ×") } else { format!("{factor:.0} ×") }
}

/// A length of time with three digits or so.
pub(crate) fn duration(nanos: i64) -> String {
    let ms = nanos as f64 / 1e6;
    match ms {
        _ if ms < 0.9995 => format!("{:.0} µs", ms * 1e3),
        _ if ms < 9.95 => format!("{ms:.1} ms"),
        _ if ms < 999.5 => format!("{ms:.0} ms"),
        _ if ms < 9_995.0 => format!("{:.2} s", ms / 1e3),
        _ if ms < 59_995.0 => format!("{:.1} s", ms / 1e3),
        _ => {
            let seconds = (ms / 1e3).round() as i64;
            format!("{} min {} s", seconds / 60, seconds % 60)
        }
    }
}

#[cfg(test)]
mod tests {
    use meanwhile_proto::v1::{KindTime, Overlap};

    use super::*;

    const MS: i64 = 1_000_000;

    fn figures() -> Figures {
        let time = |kind: &str, ms| KindTime { kind: kind.to_owned(), duration_ns: ms * MS };
        Figures {
            requests: 10,
            times: vec![time("pool", 4_500), time("database", 1_000)],
            passed_ns: 1_000 * MS,
            overlap: Some(Overlap { factor: 1.0, one_at_a_time_ns: 1_000 * MS }),
            waited: vec![Waited {
                kind: "pool".to_owned(),
                name: "cities".to_owned(),
                behind: "geo.v1.Geo/GetCity".to_owned(),
                duration_ns: 4_500 * MS,
                ..Waited::default()
            }],
            ..Figures::default()
        }
    }

    #[test]
    fn the_figures_are_as_the_page_has_them() {
        let [in_flight, overlap, waited] = headline(&figures());
        assert_eq!((in_flight.value.as_str(), in_flight.about.as_str()), ("5.5", "10 requests"));
        assert_eq!(
            (overlap.value.as_str(), overlap.about.as_str()),
            ("1.0 ×", "1.00 s one at a time, in 1.00 s")
        );
        assert_eq!(waited.value, "pool, behind GetCity");
        assert_eq!(waited.about, "4.50 s at cities, 82 % of all time spent");
    }

    #[test]
    fn what_a_sampler_makes_untrue_is_withheld() {
        let [_, overlap, waited] =
            headline(&Figures { sampled_one_in: 10, overlap: None, waited: Vec::new(), ..figures() });
        assert_eq!((overlap.value.as_str(), waited.value.as_str()), ("–", "–"));
        assert_eq!(overlap.about, "withheld: one request in 10 was kept");
        assert_eq!(waited.about, overlap.about);
    }

    #[test]
    fn times_have_three_digits_or_so() {
        let texts =
            [420_400, 5_260_000, 65_400_000, 1_234_000_000, 12_340_000_000, 61_000_000_000].map(duration);
        assert_eq!(texts, ["420 µs", "5.3 ms", "65 ms", "1.23 s", "12.3 s", "1 min 1 s"]);
    }
}
