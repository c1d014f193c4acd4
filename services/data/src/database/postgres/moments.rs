//! Days, instants and lengths of time: PostgreSQL counts days and microseconds, from the year 2000.

use jiff::civil::{Date, date};
use prost_types::Duration;

use crate::instant::Instant;

/// From 1970 to 2000, in microseconds.
const EPOCH_MICROS: i64 = 946_684_800_000_000;

/// The timestamp of an instant; none where it has more than microseconds.
pub(super) fn timestamp(instant: Instant) -> Option<i64> {
    instant.as_micros().map(|micros| micros - EPOCH_MICROS)
}

/// A day, counted from the year 2000.
pub(super) fn days(day: Date) -> i32 {
    // The years 1 to 9999 are some 3.7 million days.
    (day.duration_since(date(2000, 1, 1)).as_hours() / 24) as i32
}

/// The microseconds of a duration; none where it has more than those.
pub(super) fn interval(duration: Duration) -> Option<i64> {
    let is_whole = duration.nanos % 1_000 == 0;
    is_whole.then(|| duration.seconds * 1_000_000 + i64::from(duration.nanos / 1_000))
}
