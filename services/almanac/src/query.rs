//! The query of `/daylight`: a place and perhaps a day, read and checked. Unknown keys are left alone.

use jiff::civil::Date;
use percent_encoding::percent_decode_str;

use crate::sun;

/// A place and a day that the sun can be asked about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Query {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// The day; none where the request names none.
    pub date: Option<Date>,
}

/// What is wrong with a query, for whoever sent it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// A key that is needed, and is not there.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A key that is there twice.
    #[error("{0} is given more than once")]
    Repeated(&'static str),
    /// Not a latitude.
    #[error("lat is not a number from -90 to 90")]
    Latitude,
    /// Not a longitude.
    #[error("lon is not a number from -180 to 180")]
    Longitude,
    /// Not a day, or one too far away.
    #[error("date is not a day YYYY-MM-DD from {} to {}", sun::YEARS.start(), sun::YEARS.end())]
    Date,
}

impl Query {
    /// Reads what stands behind the question mark, percent-encoded or not.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn parse(query: &str) -> Result<Self, QueryError> {
        let latitude = value(query, "lat")?.ok_or(QueryError::Missing("lat"))?;
        let longitude = value(query, "lon")?.ok_or(QueryError::Missing("lon"))?;
        let date = value(query, "date")?.map(|text| day(&text).ok_or(QueryError::Date)).transpose()?;
        Ok(Self {
            latitude: degrees(&latitude, 90.0).ok_or(QueryError::Latitude)?,
            longitude: degrees(&longitude, 180.0).ok_or(QueryError::Longitude)?,
            date,
        })
    }
}

fn value(query: &str, key: &'static str) -> Result<Option<String>, QueryError> {
    let mut found = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .filter(|(name, _)| *name == key)
        .map(|(_, value)| percent_decode_str(value).decode_utf8_lossy().into_owned());
    let first = found.next();
    if found.next().is_some() { Err(QueryError::Repeated(key)) } else { Ok(first) }
}

/// A number from `-most` to `most`.
fn degrees(text: &str, most: f64) -> Option<f64> {
    text.parse::<f64>().ok().filter(|degrees| degrees.abs() <= most)
}

/// `YYYY-MM-DD` and nothing else: jiff alone would also take a time behind it.
fn day(text: &str) -> Option<Date> {
    let day = text.parse::<Date>().ok().filter(|day| day.to_string() == text)?;
    sun::YEARS.contains(&day.year()).then_some(day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_place_and_a_day_are_read() {
        let query = Query::parse("lat=-18.13683&lon=178.42531&date=2024-06-20").unwrap();
        assert_eq!(query, Query { latitude: -18.13683, longitude: 178.42531, date: Some(date(2024, 6, 20)) });
    }

    #[test]
    fn percent_encoding_and_unknown_keys_do_not_matter() {
        let query = Query::parse("x=1&lat=%2D1%2E5&&lon=2&lat2=7&flag").unwrap();
        assert_eq!(query, Query { latitude: -1.5, longitude: 2.0, date: None });
    }

    #[test]
    fn the_poles_and_the_date_line_are_places() {
        assert!(Query::parse("lat=90&lon=180").is_ok() && Query::parse("lat=-90&lon=-180").is_ok());
    }

    #[test]
    fn what_is_wrong_is_named() {
        let wrong = |query: &str| Query::parse(query).unwrap_err();
        assert_eq!(wrong(""), QueryError::Missing("lat"));
        assert_eq!(wrong("lat=1"), QueryError::Missing("lon"));
        assert_eq!(wrong("lat=1&lon=2&lat=1"), QueryError::Repeated("lat"));
        for latitude in ["", "x", "90.00001", "NaN", "inf", "1,5", " 1"] {
            assert_eq!(wrong(&format!("lat={latitude}&lon=2")), QueryError::Latitude, "{latitude}");
        }
        assert_eq!(wrong("lat=1&lon=-180.1"), QueryError::Longitude);
        for day in ["", "today", "2024-02-30", "20240620", "2024-06-20T12:00", "1799-12-31", "2201-01-01"] {
            assert_eq!(wrong(&format!("lat=1&lon=2&date={day}")), QueryError::Date, "{day}");
        }
    }
}
