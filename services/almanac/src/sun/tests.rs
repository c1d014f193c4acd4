use jiff::ToSpan;
use proptest::prelude::*;

use super::*;

/// A day at a place, with sunrise and sunset in UTC.
type Row = (&'static str, f64, f64, &'static str, &'static str, &'static str);

/// By libastro (PyEphem), which computes positions another way: upper edge on the horizon, 34' of refraction. The
/// printed tables of London, New York, Sydney and Reykjavík say the same minutes.
const KNOWN: [Row; 15] = [
    ("London", 51.5074, -0.1278, "2024-06-20", "2024-06-20T03:43:02Z", "2024-06-20T20:21:24Z"),
    ("London", 51.5074, -0.1278, "2024-12-21", "2024-12-21T08:03:57Z", "2024-12-21T15:53:39Z"),
    ("New York", 40.7128, -74.006, "2024-06-20", "2024-06-20T09:24:56Z", "2024-06-21T00:30:36Z"),
    ("Sydney", -33.8688, 151.2093, "2024-12-21", "2024-12-20T18:40:50Z", "2024-12-21T09:05:39Z"),
    ("Reykjavík", 64.1466, -21.9426, "2024-06-20", "2024-06-20T02:55:14Z", "2024-06-21T00:03:46Z"),
    ("Reykjavík", 64.1466, -21.9426, "2024-12-21", "2024-12-21T11:22:31Z", "2024-12-21T15:29:39Z"),
    ("Quito", -0.22985, -78.52495, "2024-03-20", "2024-03-20T11:18:05Z", "2024-03-20T23:24:35Z"),
    ("Ushuaia", -54.8, -68.3, "2024-06-20", "2024-06-20T12:58:46Z", "2024-06-20T20:11:07Z"),
    // Both sides of the date line.
    ("Suva", -18.13683, 178.42531, "2024-06-20", "2024-06-19T18:36:40Z", "2024-06-20T05:39:07Z"),
    ("Apia", -13.83333, -171.76666, "2024-06-20", "2024-06-20T17:49:36Z", "2024-06-21T05:08:08Z"),
    ("Anadyr", 64.73424, 177.5103, "2024-12-21", "2024-12-20T22:15:10Z", "2024-12-21T02:00:49Z"),
    // Beyond the polar circle, where the sun's path meets the horizon at a small angle.
    ("Tromsø", 69.6489, 18.95508, "2024-03-20", "2024-03-20T04:41:43Z", "2024-03-20T17:03:28Z"),
    ("Longyearbyen", 78.22334, 15.64689, "2024-04-10", "2024-04-10T01:43:30Z", "2024-04-10T20:22:23Z"),
    // Far from today.
    ("Greenwich", 51.4769, 0.0, "1801-03-01", "1801-03-01T06:46:33Z", "1801-03-01T17:39:44Z"),
    ("Greenwich", 51.4769, 0.0, "2199-10-01", "2199-10-01T06:00:48Z", "2199-10-01T17:37:39Z"),
];

fn crossings(day: Date, latitude: f64, longitude: f64) -> (Timestamp, Timestamp) {
    match course(day, latitude, longitude) {
        Some(Course::RisesAndSets { sunrise, sunset }) => (sunrise, sunset),
        other => panic!("{other:?} at {latitude} {longitude} on {day}"),
    }
}

fn seconds_apart(a: Timestamp, b: Timestamp) -> i64 {
    (a.as_second() - b.as_second()).abs()
}

#[test]
fn sunrise_and_sunset_are_within_two_minutes_of_the_known_ones() {
    for (place, latitude, longitude, day, sunrise, sunset) in KNOWN {
        let ours = crossings(day.parse().unwrap(), latitude, longitude);
        let known = (sunrise.parse().unwrap(), sunset.parse().unwrap());
        let apart = seconds_apart(ours.0, known.0).max(seconds_apart(ours.1, known.1));
        assert!(apart <= 120, "{place} on {day}: {ours:?}, known {known:?}");
    }
}

#[test]
fn beyond_the_polar_circles_the_sun_stays_up_in_summer_and_down_in_winter() {
    let (june, december) = (date(2024, 6, 20), date(2024, 12, 21));
    for north in [69.6489, 78.22334, 90.0] {
        assert_eq!(course(june, north, 18.95508), Some(Course::PolarDay));
        assert_eq!(course(december, north, 18.95508), Some(Course::PolarNight));
        assert_eq!(course(june, -north, 18.95508), Some(Course::PolarNight));
        assert_eq!(course(december, -north, 18.95508), Some(Course::PolarDay));
    }
}

#[test]
fn the_day_of_two_neighbours_across_the_date_line_lies_a_day_apart() {
    let day = date(2024, 6, 20);
    let ((west, _), (east, _)) = (crossings(day, -16.0, 179.99), crossings(day, -16.0, -179.99));
    assert!(seconds_apart(east, west + 24.hours()) < 60);
}

#[test]
fn a_year_outside_the_equations_has_no_answer() {
    assert_eq!(course(date(1799, 12, 31), 0.0, 0.0), None);
    assert_eq!(course(date(2201, 1, 1), 0.0, 0.0), None);
}

proptest! {
    #[test]
    fn the_day_lies_around_noon_of_the_place(
        latitude in -90.0..=90.0_f64, longitude in -180.0..=180.0_f64, after in 0..146_000_i32,
    ) {
        let day = date(1800, 1, 1) + after.days();
        if let Some(Course::RisesAndSets { sunrise, sunset }) = course(day, latitude, longitude) {
            let noon = day.at(12, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp().as_second();
            let noon = noon - (longitude * 240.0) as i64;
            let middle = i64::midpoint(sunrise.as_second(), sunset.as_second());
            prop_assert!(sunrise <= sunset && sunset.as_second() - sunrise.as_second() <= 86_400);
            // The equation of time is at most 17 minutes; near the poles the declination's change adds to it.
            let allowed = if latitude.abs() < 60.0 { 1_200 } else { 7_200 };
            prop_assert!((middle - noon).abs() < allowed, "{} s off at {latitude} on {day}", middle - noon);
        }
    }

    #[test]
    fn no_place_on_earth_is_without_an_answer(
        latitude in -90.0..=90.0_f64, longitude in -180.0..=180.0_f64, after in 0..146_000_i32,
    ) {
        prop_assert!(course(date(1800, 1, 1) + after.days(), latitude, longitude).is_some());
    }
}
