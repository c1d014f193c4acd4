//! Messages that stand for one value, and which of them stand for none: protobuf lets a Timestamp lie anywhere and a
//! Date have no month.

use std::fmt;

use jiff::civil::Date;
use prost_types::Duration;

use super::Value;
use crate::decimal::is_decimal;
use crate::instant::Instant;

/// A value that its message's type does not allow, in words for whoever sent it.
pub type Unfit = &'static str;

/// The longest Duration, in seconds: some 10,000 years.
const LONGEST: u64 = 315_576_000_000;

const NANOS: i64 = 1_000_000_000;

/// A message of whole numbers, or of a text, that stands for one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// `google.protobuf.Timestamp`
    Timestamp,
    /// `google.protobuf.Duration`
    Duration,
    /// `google.type.Date`
    Date,
    /// `google.type.TimeOfDay`
    TimeOfDay,
    /// `google.type.Decimal`
    Decimal,
}

impl Known {
    /// By the message's full name.
    pub fn of(name: &str) -> Option<Self> {
        Some(match name {
            "google.protobuf.Timestamp" => Self::Timestamp,
            "google.protobuf.Duration" => Self::Duration,
            "google.type.Date" => Self::Date,
            "google.type.TimeOfDay" => Self::TimeOfDay,
            "google.type.Decimal" => Self::Decimal,
            _ => return None,
        })
    }

    /// How many fields its message has.
    pub fn fields(self) -> usize {
        match self {
            Self::Timestamp | Self::Duration => 2,
            Self::Date => 3,
            Self::TimeOfDay => 4,
            Self::Decimal => 1,
        }
    }

    /// True where the first field has 64 bits; all others have 32.
    pub fn starts_with_seconds(self) -> bool {
        matches!(self, Self::Timestamp | Self::Duration)
    }

    /// The value of a message whose fields, from number 1 on, are these; a Decimal's is a text and comes by
    /// [`decimal`].
    ///
    /// # Errors
    /// What the type does not allow.
    pub fn value(self, numbers: [i64; 4]) -> Result<Value, Unfit> {
        let [first, second, third, fourth] = numbers;
        match self {
            Self::Timestamp => {
                let nanos = i32::try_from(second).ok();
                let instant = nanos.and_then(|nanos| Instant::new(first, nanos));
                instant.map(Value::Instant).ok_or("not an instant of the years 1 to 9999")
            }
            Self::Duration => duration(first, second),
            Self::Date => date(first, second, third),
            Self::TimeOfDay => time_of_day(first, second, third, fourth),
            Self::Decimal => Ok(Value::Text("0".to_owned())),
        }
    }
}

fn duration(seconds: i64, nanos: i64) -> Result<Value, Unfit> {
    let signs_agree = seconds == 0 || nanos == 0 || (seconds < 0) == (nanos < 0);
    let is_too_long = seconds.unsigned_abs() > LONGEST || (seconds.unsigned_abs() == LONGEST && nanos != 0);
    match i32::try_from(nanos) {
        Ok(nanos) if nanos.unsigned_abs() < NANOS as u32 && signs_agree && !is_too_long => {
            Ok(Value::Duration(Duration { seconds, nanos }))
        }
        _ => Err("not a duration: of at most 315,576,000,000 s, its nanoseconds of the same sign"),
    }
}

fn date(year: i64, month: i64, day: i64) -> Result<Value, Unfit> {
    let date = match (i16::try_from(year), i8::try_from(month), i8::try_from(day)) {
        (Ok(year @ 1..), Ok(month), Ok(day)) => Date::new(year, month, day).ok(),
        _ => None,
    };
    date.map(Value::Date).ok_or("not a whole date of the years 1 to 9999")
}

fn time_of_day(hours: i64, minutes: i64, seconds: i64, nanos: i64) -> Result<Value, Unfit> {
    let is_in_day = (0..24).contains(&hours) && (0..60).contains(&minutes) && (0..60).contains(&seconds);
    let is_end_of_day = (hours, minutes, seconds, nanos) == (24, 0, 0, 0);
    match (is_in_day && (0..NANOS).contains(&nanos)) || is_end_of_day {
        true => Ok(Value::Time(TimeOfDay(((hours * 60 + minutes) * 60 + seconds) * NANOS + nanos))),
        false => Err("not a time from 00:00:00 to 24:00:00"),
    }
}

/// The value of a Decimal: its digits as they came, or 0 where there are none (google/type/decimal.proto).
///
/// # Errors
/// A text that is no number: `-12.50`, `.5` and `2.5e8` are.
pub fn decimal(text: &str) -> Result<Value, Unfit> {
    match text {
        "" => Ok(Value::Text("0".to_owned())),
        _ if is_decimal(text) => Ok(Value::Text(text.to_owned())),
        _ => Err("not a decimal number"),
    }
}

/// Nanoseconds since midnight; the day's end, 24:00, is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay(i64);

impl TimeOfDay {
    /// Hours, minutes, seconds and nanoseconds.
    pub fn parts(self) -> [i64; 4] {
        let (seconds, nanos) = (self.0 / NANOS, self.0 % NANOS);
        [seconds / 3_600, seconds / 60 % 60, seconds % 60, nanos]
    }

    /// Microseconds since midnight; none where it has more decimals than those.
    pub fn as_micros(self) -> Option<i64> {
        (self.0 % 1_000 == 0).then_some(self.0 / 1_000)
    }
}

/// `12:30:00`, with as many decimals as there are.
impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [hours, minutes, seconds, nanos] = self.parts();
        write!(f, "{hours:02}:{minutes:02}:{seconds:02}")?;
        match nanos {
            0 => Ok(()),
            _ => f.write_str(format!(".{nanos:09}").trim_end_matches('0')),
        }
    }
}
