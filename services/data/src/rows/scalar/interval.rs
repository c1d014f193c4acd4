//! PostgreSQL's interval: months, days and microseconds, each with its sign, because a month and a day have no fixed
//! length there.

use super::moments::write_clock;
use super::{write_digits, write_micros};

/// A length of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    /// Months.
    pub months: i32,
    /// Days.
    pub days: i32,
    /// Microseconds.
    pub micros: i64,
}

impl Interval {
    /// Reads it as it comes over the wire; none where that is cut off.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let (micros, rest) = bytes.split_first_chunk()?;
        let (days, rest) = rest.split_first_chunk()?;
        Some(Self {
            months: i32::from_be_bytes(rest.try_into().ok()?),
            days: i32::from_be_bytes(*days),
            micros: i64::from_be_bytes(*micros),
        })
    }

    /// All of it in microseconds, a day being 24 hours; none where it has months, or is infinite (which has them too).
    pub fn as_micros(self) -> Option<i128> {
        let days = i128::from(self.days) * 86_400_000_000;
        (self.months == 0).then(|| days + i128::from(self.micros))
    }

    /// Appends `1 year 2 mons 3 days 04:05:06.789`, as IntervalStyle `postgres` has it.
    pub fn write_text(self, out: &mut Vec<u8>) {
        match self {
            Self { months: i32::MAX, days: i32::MAX, micros: i64::MAX } => {
                return out.extend_from_slice(b"infinity");
            }
            Self { months: i32::MIN, days: i32::MIN, micros: i64::MIN } => {
                return out.extend_from_slice(b"-infinity");
            }
            _ => {}
        }
        let start = out.len();
        let mut was_negative = false;
        let units = [(self.months / 12, " year"), (self.months % 12, " mon"), (self.days, " day")];
        for (count, unit) in units.into_iter().filter(|(count, _)| *count != 0) {
            if out.len() > start {
                out.push(b' ');
            }
            // After what is negative, a plus shows where that ends.
            match (count < 0, was_negative) {
                (true, _) => out.push(b'-'),
                (false, true) => out.push(b'+'),
                (false, false) => {}
            }
            write_digits(out, count.unsigned_abs().into(), 1);
            out.extend_from_slice(unit.as_bytes());
            if count != 1 {
                out.push(b's');
            }
            was_negative = count < 0;
        }
        if self.micros == 0 && out.len() > start {
            return;
        }
        if out.len() > start {
            out.push(b' ');
        }
        match (self.micros < 0, was_negative) {
            (true, _) => out.push(b'-'),
            (false, true) => out.push(b'+'),
            (false, false) => {}
        }
        let micros = self.micros.unsigned_abs();
        write_clock(out, micros / 1_000_000);
        write_micros(out, micros % 1_000_000);
    }
}
