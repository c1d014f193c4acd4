//! An instant as protobuf's Timestamp has it: UTC, nanoseconds, the years 1 to 9999. jiff's own Timestamp ends two hours
//! before the year 9999 does, and 9999-12-31 is what many a database calls the end of time.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{DateTime, date};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

const EPOCH: DateTime = date(1970, 1, 1).at(0, 0, 0, 0);

/// A moment in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(DateTime);

/// A text that is no instant.
#[derive(Debug, thiserror::Error)]
#[error("not an instant of the years 1 to 9999")]
pub struct NotAnInstant;

impl Instant {
    /// Seconds since 1970, of the years 1 to 9999.
    pub const SECONDS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

    /// By protobuf's parts: seconds since 1970, and nanoseconds from there on.
    pub fn new(seconds: i64, nanos: i32) -> Option<Self> {
        let nanos_are_valid = (0..1_000_000_000).contains(&nanos);
        nanos_are_valid.then(|| Self::since_epoch(SignedDuration::new(seconds, nanos))).flatten()
    }

    /// By microseconds since 1970.
    pub fn from_micros(micros: i64) -> Option<Self> {
        Self::since_epoch(SignedDuration::from_micros(micros))
    }

    fn since_epoch(duration: SignedDuration) -> Option<Self> {
        Self::in_range(EPOCH.checked_add(duration).ok()?)
    }

    fn in_range(moment: DateTime) -> Option<Self> {
        (moment.year() >= 1).then_some(Self(moment))
    }

    /// Seconds since 1970, and nanoseconds (0 to 999,999,999) from there on, also before 1970.
    pub fn parts(self) -> (i64, i32) {
        let duration = self.0.duration_since(EPOCH);
        match (duration.as_secs(), duration.subsec_nanos()) {
            (seconds, nanos @ ..0) => (seconds - 1, nanos + 1_000_000_000),
            parts => parts,
        }
    }

    /// RFC 3339 with all nine decimals, so that texts are in the order of their instants.
    pub fn in_order(self) -> String {
        format!("{:.9}Z", self.0)
    }

    /// Microseconds since 1970; none where it has more decimals than those.
    pub fn as_micros(self) -> Option<i64> {
        let (seconds, nanos) = self.parts();
        (nanos % 1_000 == 0).then(|| seconds * 1_000_000 + i64::from(nanos / 1_000))
    }
}

/// RFC 3339, with as many decimals as there are.
impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}Z", self.0)
    }
}

/// RFC 3339, or without an offset, which then is UTC: `2024-05-01 12:30:00`, as SQLite writes it.
impl FromStr for Instant {
    type Err = NotAnInstant;

    fn from_str(text: &str) -> Result<Self, NotAnInstant> {
        let moment = match text.parse::<Timestamp>() {
            Ok(timestamp) => Offset::UTC.to_datetime(timestamp),
            Err(_) => text.strip_suffix(['Z', 'z']).unwrap_or(text).parse().map_err(|_| NotAnInstant)?,
        };
        Self::in_range(moment).ok_or(NotAnInstant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn instant(text: &str) -> Instant {
        text.parse().unwrap()
    }

    #[test]
    fn the_years_1_to_9999_are_whole() {
        let (first, last) = ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z");
        assert_eq!(instant(first).parts(), (-62_135_596_800, 0));
        assert_eq!(instant(last).parts(), (253_402_300_799, 999_999_999));
        assert_eq!([instant(first).to_string(), instant(last).to_string()], [first, last]);
        assert_eq!(Instant::new(-62_135_596_801, 999_999_999), None);
        assert_eq!(Instant::new(253_402_300_800, 0), None);
        assert_eq!(Instant::new(i64::MAX, 0), None);
        assert_eq!(Instant::from_micros(i64::MIN), None);
    }

    #[test]
    fn nanoseconds_count_forward_also_before_1970() {
        assert_eq!(instant("1969-12-31T23:59:58.25Z").parts(), (-2, 250_000_000));
        assert_eq!(Instant::new(-2, 250_000_000).unwrap().as_micros(), Some(-1_750_000));
        assert_eq!(Instant::new(-1, 999_999_000).unwrap().as_micros(), Some(-1));
        assert_eq!(Instant::new(-1, 999_999_999).unwrap().as_micros(), None);
        assert_eq!(Instant::new(0, -1), None);
        assert_eq!(Instant::new(0, 1_000_000_000), None);
    }

    #[test]
    fn an_offset_is_taken_off_and_none_is_utc() {
        let noon = instant("2024-05-01T12:00:00Z");
        for text in [
            "2024-05-01T14:00:00+02:00",
            "2024-05-01 12:00:00",
            "2024-05-01T12:00:00.000",
            "2024-05-01 12:00",
        ] {
            assert_eq!(instant(text), noon, "{text}");
        }
        assert_eq!(instant("2024-05-01"), instant("2024-05-01T00:00:00Z"));
    }

    #[test]
    fn other_text_is_no_instant() {
        for text in
            ["", "now", "infinity", "0000-12-31T23:59:59Z", "-0044-03-15", "2024-13-01", "10000-01-01", "5"]
        {
            assert!(text.parse::<Instant>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn parts_and_text_lead_back(seconds in -62_135_596_800_i64..=253_402_300_799, nanos in 0..1_000_000_000_i32) {
            let instant = Instant::new(seconds, nanos).unwrap();
            prop_assert_eq!(instant.parts(), (seconds, nanos));
            prop_assert_eq!(instant.to_string().parse::<Instant>().unwrap(), instant);
            let whole = Instant::new(seconds, nanos / 1_000 * 1_000).unwrap();
            prop_assert_eq!(Instant::from_micros(whole.as_micros().unwrap()), Some(whole));
            prop_assert_eq!(instant.as_micros().is_some(), instant == whole);
        }
    }
}
