//! From a column's value to what a field's type can hold, or why it cannot. Numbers are checked, and never rounded,
//! except where a double goes into a float field.

use super::enums::EnumNames;
use super::plan::ValueFault;
use super::scalar::{Scalar, Timestamp};
use crate::decimal::is_decimal;
use crate::instant::Instant;

/// Why a value cannot be written as a field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// A value of another type.
    #[error("its value is of another type than its field")]
    Type,
    /// A value outside the field's range.
    #[error("its value is outside its field's range")]
    Range,
    /// An interval with months, which have no fixed length.
    #[error("its interval has months, which have no fixed length")]
    Months,
    /// A second member of a oneof.
    #[error("both are members of one oneof, and neither is NULL")]
    OneOf,
    /// JSON that is not what the field's type makes of it, with the reader's own words, which are for the log.
    #[error("its JSON does not fit its field")]
    Json(String),
    /// Something else, in words.
    #[error("{0}")]
    Other(String),
    /// A value inside a composite value.
    #[error(transparent)]
    Inner(Box<ValueFault>),
}

impl Misfit {
    pub(super) fn inner(fault: ValueFault) -> Self {
        Self::Inner(Box::new(fault))
    }

    /// What only the log may know.
    pub fn detail(&self) -> Option<&str> {
        match self {
            Self::Json(detail) => Some(detail),
            _ => None,
        }
    }
}

/// The largest integer below which a double holds each.
const EXACT_IN_DOUBLE: i64 = 1 << 53;
const EXACT_IN_FLOAT: i64 = 1 << 24;

pub(super) fn integer<T: TryFrom<i64> + TryFrom<i128>>(value: &Scalar<'_>) -> Result<T, Misfit> {
    match value {
        Scalar::Int(value) => T::try_from(*value).map_err(|_| Misfit::Range),
        Scalar::Numeric(numeric) => {
            numeric.integer().and_then(|value| T::try_from(value).ok()).ok_or(Misfit::Range)
        }
        _ => Err(Misfit::Type),
    }
}

pub(super) fn double(value: &Scalar<'_>) -> Result<f64, Misfit> {
    match value {
        Scalar::Float(value) => Ok(*value),
        Scalar::Int(value) if value.unsigned_abs() <= EXACT_IN_DOUBLE as u64 => Ok(*value as f64),
        Scalar::Int(_) => Err(Misfit::Range),
        _ => Err(Misfit::Type),
    }
}

/// A double in a float field becomes the nearest float; one beyond float's range does not become infinite.
pub(super) fn float(value: &Scalar<'_>) -> Result<f32, Misfit> {
    match value {
        Scalar::Float(wide) => {
            let narrow = *wide as f32;
            if narrow.is_infinite() && wide.is_finite() { Err(Misfit::Range) } else { Ok(narrow) }
        }
        Scalar::Int(value) if value.unsigned_abs() <= EXACT_IN_FLOAT as u64 => Ok(*value as f32),
        Scalar::Int(_) => Err(Misfit::Range),
        _ => Err(Misfit::Type),
    }
}

pub(super) fn boolean(value: &Scalar<'_>) -> Result<bool, Misfit> {
    match value {
        Scalar::Bool(value) => Ok(*value),
        // SQLite has no boolean of its own.
        Scalar::Int(0) => Ok(false),
        Scalar::Int(1) => Ok(true),
        Scalar::Int(_) => Err(Misfit::Range),
        _ => Err(Misfit::Type),
    }
}

pub(super) fn enum_number(names: &EnumNames, value: &Scalar<'_>) -> Result<i32, Misfit> {
    match value {
        Scalar::Int(number) => i32::try_from(*number).map_err(|_| Misfit::Range),
        Scalar::Text(name) => names.number(name).ok_or(Misfit::Range),
        _ => Err(Misfit::Type),
    }
}

/// Seconds since 1970 and nanoseconds. SQLite has no type for instants: RFC 3339, or its own `YYYY-MM-DD HH:MM:SS` in
/// UTC, or seconds since 1970.
pub(super) fn instant(value: &Scalar<'_>) -> Result<(i64, i32), Misfit> {
    let instant = match value {
        Scalar::Timestamp(timestamp) => return Timestamp::parts(*timestamp).ok_or(Misfit::Range),
        Scalar::Int(seconds) => Instant::new(*seconds, 0).ok_or(Misfit::Range)?,
        Scalar::Text(text) => text.parse().map_err(|_| Misfit::Type)?,
        _ => return Err(Misfit::Type),
    };
    Ok(instant.parts())
}

/// Seconds and nanoseconds, of one sign. SQLite has no type for it: whole seconds, or protobuf's own `3.5s`.
pub(super) fn duration(value: &Scalar<'_>) -> Result<(i64, i32), Misfit> {
    const LONGEST: i64 = 315_576_000_000;
    let (seconds, nanos) = match value {
        Scalar::Interval(interval) => {
            let micros = interval.as_micros().ok_or(Misfit::Months)?;
            let seconds = i64::try_from(micros / 1_000_000).map_err(|_| Misfit::Range)?;
            (seconds, (micros % 1_000_000) as i32 * 1_000)
        }
        Scalar::Int(seconds) => (*seconds, 0),
        Scalar::Text(text) => duration_of_text(text).ok_or(Misfit::Type)?,
        _ => return Err(Misfit::Type),
    };
    let is_longest = seconds.unsigned_abs() == LONGEST as u64 && nanos != 0;
    if seconds.unsigned_abs() > LONGEST as u64 || is_longest {
        Err(Misfit::Range)
    } else {
        Ok((seconds, nanos))
    }
}

fn duration_of_text(text: &str) -> Option<(i64, i32)> {
    let number = text.strip_suffix('s')?;
    let (number, sign) = number.strip_prefix('-').map_or((number, 1), |number| (number, -1));
    let (seconds, decimals) = split_decimals(number);
    let [seconds] = numbers(seconds, '.', [seconds.len()])?;
    Some((sign * seconds, sign as i32 * nanos(decimals)?))
}

/// Year, month and day. SQLite has no type for it: `YYYY-MM-DD`.
pub(super) fn date(value: &Scalar<'_>) -> Result<[i64; 3], Misfit> {
    let (year, month, day) = match value {
        Scalar::Date(date) => date.year_month_day().ok_or(Misfit::Range)?,
        Scalar::Text(text) => date_of_text(text).ok_or(Misfit::Type)?,
        _ => return Err(Misfit::Type),
    };
    Ok([year.into(), month.into(), day.into()])
}

fn date_of_text(text: &str) -> Option<(i32, u8, u8)> {
    let [year, month, day] = numbers(text, '-', [4, 2, 2])?;
    let date = jiff::civil::Date::new(year as i16, month as i8, day as i8).ok()?;
    (year > 0).then_some((date.year().into(), month as u8, day as u8))
}

/// Hours, minutes, seconds and nanoseconds. SQLite has no type for it: `HH:MM:SS`, and decimals.
pub(super) fn time_of_day(value: &Scalar<'_>) -> Result<[i64; 4], Misfit> {
    match value {
        Scalar::Time(time) => {
            let (seconds, micros) = (time.0 / 1_000_000, time.0 % 1_000_000);
            Ok([seconds / 3_600, seconds / 60 % 60, seconds % 60, micros * 1_000])
        }
        Scalar::Text(text) => time_of_text(text).ok_or(Misfit::Type),
        _ => Err(Misfit::Type),
    }
}

fn time_of_text(text: &str) -> Option<[i64; 4]> {
    let (clock, decimals) = split_decimals(text);
    let [hours, minutes, seconds] = numbers(clock, ':', [2, 2, 2])?;
    let nanos = nanos(decimals)?.into();
    let is_end_of_day = [hours, minutes, seconds, nanos] == [24, 0, 0, 0];
    let is_in_day = hours < 24 && minutes < 60 && seconds < 60;
    (is_in_day || is_end_of_day).then_some([hours, minutes, seconds, nanos])
}

fn split_decimals(text: &str) -> (&str, Option<&str>) {
    text.split_once('.').map_or((text, None), |(whole, decimals)| (whole, Some(decimals)))
}

/// Nanoseconds of one to nine decimals.
fn nanos(decimals: Option<&str>) -> Option<i32> {
    let Some(digits) = decimals else { return Some(0) };
    let [value] = numbers(digits, '.', [digits.len()]).filter(|_| digits.len() <= 9)?;
    i32::try_from(value).ok().map(|value| value * 10_i32.pow(9 - digits.len() as u32))
}

/// Numbers of exactly so many digits, at least one.
fn numbers<const N: usize>(text: &str, between: char, widths: [usize; N]) -> Option<[i64; N]> {
    let mut numbers = [0; N];
    let mut pieces = text.split(between);
    for (number, width) in numbers.iter_mut().zip(widths) {
        let piece = pieces.next().filter(|piece| piece.len() == width && width > 0)?;
        *number = piece.bytes().all(|byte| byte.is_ascii_digit()).then(|| piece.parse().ok())??;
    }
    pieces.next().is_none().then_some(numbers)
}

/// Appends the number's text. SQLite has no type for it: an integer, or a number as text.
pub(super) fn write_decimal(value: &Scalar<'_>, out: &mut Vec<u8>) -> Result<(), Misfit> {
    match value {
        Scalar::Numeric(numeric) if !numeric.is_finite() => return Err(Misfit::Range),
        Scalar::Numeric(numeric) => numeric.write_text(out),
        Scalar::Int(value) => out.extend_from_slice(value.to_string().as_bytes()),
        Scalar::Text(text) if is_decimal(text) => out.extend_from_slice(text.as_bytes()),
        _ => return Err(Misfit::Type),
    }
    Ok(())
}
