//! Days, times and instants: PostgreSQL counts days and microseconds from the year 2000, and reaches farther in both
//! directions than any calendar library. Their text is the one that PostgreSQL itself writes (ISO style, in UTC).

use jiff::ToSpan;
use jiff::civil::date;

use super::{write_digits, write_micros};
use crate::instant::Instant;

/// From 1970 to 2000, in microseconds.
const EPOCH_MICROS: i64 = 946_684_800_000_000;

/// Days of 400 years, after which the calendar repeats.
const DAYS_OF_400_YEARS: i64 = 146_097;

const MICROS_OF_A_DAY: i64 = 86_400_000_000;

/// A day, by their number since 2000-01-01; the ends of the range are the infinities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Date(pub i32);

/// A time of day, in microseconds since midnight; `24:00:00` is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Time(pub i64);

/// A moment, in microseconds since 2000-01-01; the ends of the range are the infinities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timestamp {
    /// The microseconds.
    pub micros: i64,
    /// True for `timestamptz`, whose text ends with an offset.
    pub with_zone: bool,
}

/// A day of the calendar; its year is 0 for 1 BC, and so on.
struct Civil {
    year: i64,
    month: u8,
    day: u8,
}

impl Civil {
    /// The day of that number since 2000-01-01.
    fn new(days: i64) -> Option<Self> {
        let (cycles, days) = (days.div_euclid(DAYS_OF_400_YEARS), days.rem_euclid(DAYS_OF_400_YEARS));
        let day = date(2000, 1, 1).checked_add(days.days()).ok()?;
        let year = i64::from(day.year()) + 400 * cycles;
        Some(Self { year, month: day.month() as u8, day: day.day() as u8 })
    }

    fn write(&self, out: &mut Vec<u8>) {
        let year = if self.year > 0 { self.year } else { 1 - self.year };
        write_digits(out, year.unsigned_abs(), 4);
        out.push(b'-');
        write_digits(out, self.month.into(), 2);
        out.push(b'-');
        write_digits(out, self.day.into(), 2);
    }

    /// There is no year 0: it is 1 BC.
    fn write_era(&self, out: &mut Vec<u8>) {
        if self.year < 1 {
            out.extend_from_slice(b" BC");
        }
    }
}

impl Date {
    /// Year, month and day; none outside the years 1 to 9999.
    pub fn year_month_day(self) -> Option<(i32, u8, u8)> {
        let civil = Civil::new(self.0.into())?;
        let year = i32::try_from(civil.year).ok().filter(|year| (1..=9999).contains(year))?;
        Some((year, civil.month, civil.day))
    }

    /// Appends `2024-05-01`, `0044-03-15 BC`, `infinity`.
    pub fn write_text(self, out: &mut Vec<u8>) {
        match self.0 {
            i32::MAX => out.extend_from_slice(b"infinity"),
            i32::MIN => out.extend_from_slice(b"-infinity"),
            days => {
                if let Some(civil) = Civil::new(days.into()) {
                    civil.write(out);
                    civil.write_era(out);
                }
            }
        }
    }
}

impl Time {
    /// Appends `12:30:00`, with as many decimals as there are.
    pub fn write_text(self, out: &mut Vec<u8>) {
        let (seconds, micros) = (self.0.unsigned_abs() / 1_000_000, self.0.unsigned_abs() % 1_000_000);
        write_clock(out, seconds);
        write_micros(out, micros);
    }
}

/// Appends hours, minutes and seconds.
pub(super) fn write_clock(out: &mut Vec<u8>, seconds: u64) {
    write_digits(out, seconds / 3_600, 2);
    out.push(b':');
    write_digits(out, seconds / 60 % 60, 2);
    out.push(b':');
    write_digits(out, seconds % 60, 2);
}

impl Timestamp {
    /// Its instant, where without a zone it is UTC; none outside the years 1 to 9999.
    pub fn instant(self) -> Option<Instant> {
        Instant::from_micros(self.micros.checked_add(EPOCH_MICROS)?)
    }

    /// The same as protobuf has it, seconds since 1970 and nanoseconds from there on.
    pub fn parts(self) -> Option<(i64, i32)> {
        let micros = self.micros.checked_add(EPOCH_MICROS)?;
        let seconds = micros.div_euclid(1_000_000);
        let nanos = micros.rem_euclid(1_000_000) as i32 * 1_000;
        Instant::SECONDS.contains(&seconds).then_some((seconds, nanos))
    }

    /// Appends `2024-05-01 12:30:00`, `0044-03-15 12:00:00+00 BC`, `infinity`.
    pub fn write_text(self, out: &mut Vec<u8>) {
        let days = self.micros.div_euclid(MICROS_OF_A_DAY);
        match (self.micros, Civil::new(days)) {
            (i64::MAX, _) => out.extend_from_slice(b"infinity"),
            (i64::MIN, _) => out.extend_from_slice(b"-infinity"),
            (_, None) => {}
            (micros, Some(civil)) => {
                civil.write(out);
                out.push(b' ');
                Time(micros.rem_euclid(MICROS_OF_A_DAY)).write_text(out);
                if self.with_zone {
                    out.extend_from_slice(b"+00");
                }
                civil.write_era(out);
            }
        }
    }
}
