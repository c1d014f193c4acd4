//! The sun's course as JSON, in protobuf's JSON mapping: RFC 3339 in UTC for moments, `"43200s"` for a duration.

use jiff::civil::Date;
use serde::Serialize;

use crate::sun::Course;

const SECONDS_A_DAY: i64 = 86_400;

/// The reply of `/daylight`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Daylight {
    date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sunrise: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sunset: Option<String>,
    day_length: String,
    polar: &'static str,
}

impl Daylight {
    /// The reply for that day.
    pub fn new(date: Date, course: Course) -> Self {
        let (sunrise, sunset, seconds, polar) = match course {
            Course::RisesAndSets { sunrise, sunset } => {
                let seconds = sunset.as_second() - sunrise.as_second();
                (Some(sunrise.to_string()), Some(sunset.to_string()), seconds, "POLAR_NONE")
            }
            Course::PolarDay => (None, None, SECONDS_A_DAY, "POLAR_DAY"),
            Course::PolarNight => (None, None, 0, "POLAR_NIGHT"),
        };
        Self { date: date.to_string(), sunrise, sunset, day_length: format!("{seconds}s"), polar }
    }
}
