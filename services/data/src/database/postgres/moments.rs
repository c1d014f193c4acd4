//! Dates, times and instants: PostgreSQL counts days and microseconds from the year 2000, and reaches farther in both
//! directions than any calendar library. Dates and times become the text that PostgreSQL itself writes (ISO style).

use jiff::ToSpan;
use jiff::civil::date;

use crate::instant::Instant;

/// From 1970 to 2000, in microseconds.
const EPOCH_MICROS: i64 = 946_684_800_000_000;

/// Days of 400 years, after which the calendar repeats.
const DAYS_OF_400_YEARS: i64 = 146_097;

/// The instant of a timestamp; none outside the years 1 to 9999.
pub(super) fn instant(micros: i64) -> Option<Instant> {
    Instant::from_micros(micros.checked_add(EPOCH_MICROS)?)
}

/// The timestamp of an instant; decimals after the sixth are cut off.
pub(super) fn timestamp(instant: Instant) -> i64 {
    instant.as_micros() - EPOCH_MICROS
}

/// `2024-05-01`, `0044-03-15 BC`, `infinity`.
pub(super) fn date_text(days: i32) -> Option<String> {
    match days {
        i32::MAX => return Some("infinity".to_owned()),
        i32::MIN => return Some("-infinity".to_owned()),
        _ => {}
    }
    let (cycles, days) =
        (i64::from(days).div_euclid(DAYS_OF_400_YEARS), i64::from(days).rem_euclid(DAYS_OF_400_YEARS));
    let day = date(2000, 1, 1).checked_add(days.days()).ok()?;
    let year = i64::from(day.year()) + 400 * cycles;
    // There is no year 0: it is 1 BC.
    let (year, era) = if year > 0 { (year, "") } else { (1 - year, " BC") };
    Some(format!("{year:04}-{:02}-{:02}{era}", day.month(), day.day()))
}

/// `12:30:00`, with as many decimals as there are; `24:00:00` is one.
pub(super) fn time_text(micros: i64) -> String {
    let (seconds, micros) = (micros / 1_000_000, micros % 1_000_000);
    let time = format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
    match micros {
        0 => time,
        _ => format!("{time}.{micros:06}").trim_end_matches('0').to_owned(),
    }
}
