//! Instants: PostgreSQL counts microseconds from the year 2000.

use crate::instant::Instant;

/// From 1970 to 2000, in microseconds.
const EPOCH_MICROS: i64 = 946_684_800_000_000;

/// The timestamp of an instant; decimals after the sixth are cut off.
pub(super) fn timestamp(instant: Instant) -> i64 {
    instant.as_micros() - EPOCH_MICROS
}
