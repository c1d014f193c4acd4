//! When the sun rises and sets, by the equations of NOAA's solar calculator (<https://gml.noaa.gov/grad/solcalc/>),
//! which are those of Jean Meeus, *Astronomical Algorithms*. Pure: no clock, no I/O. It knows no time zones, no
//! mountains and no weather.
//!
//! The day is the place's own: it lies around the noon of its meridian. East of about 90° its sunrise bears the UTC
//! date before, and on the date line two neighbours' days lie a whole day apart.

use jiff::Timestamp;
use jiff::civil::{Date, date};

/// What the sun does at a place on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    /// It comes up and goes down.
    RisesAndSets {
        /// Its upper edge comes over the horizon, to the second.
        sunrise: Timestamp,
        /// Its upper edge goes below the horizon, to the second.
        sunset: Timestamp,
    },
    /// It does not set.
    PolarDay,
    /// It does not rise.
    PolarNight,
}

/// The years the equations are good for.
pub const YEARS: std::ops::RangeInclusive<i16> = 1800..=2200;

/// Degrees from the zenith to the sun's centre when its upper edge is on the horizon: half its disc, and what the
/// atmosphere bends.
const ZENITH: f64 = 90.833;

/// Each round corrects the last by what the sun moved meanwhile; the third changes less than a second.
const ROUNDS: usize = 3;

/// The sun's course on that day at a place: degrees north and east, at most 90 and 180. `None` for a year outside
/// [`YEARS`]. Right to a minute up to 72° north and south, to ten minutes beyond.
pub fn course(day: Date, latitude: f64, longitude: f64) -> Option<Course> {
    if !YEARS.contains(&day.year()) {
        return None;
    }
    let since_epoch = day.since(date(2000, 1, 1)).ok()?.get_days();
    // Days since 2000-01-01 12:00 UTC, from which the equations count; noon by the place's mean sun.
    let mean_noon = f64::from(since_epoch) - longitude / 360.0;
    let mut noon = mean_noon;
    for _ in 0..ROUNDS {
        noon = mean_noon - Sun::at(noon).equation_of_time;
    }
    let cosine = Sun::at(noon).hour_angle_cosine(latitude);
    if cosine < -1.0 {
        return Some(Course::PolarDay);
    }
    if cosine > 1.0 {
        return Some(Course::PolarNight);
    }
    let crossing = |direction: f64| {
        let mut at = noon;
        for _ in 0..ROUNDS {
            let sun = Sun::at(at);
            // On the first and last day of a polar day it can come to lie just outside.
            let angle = sun.hour_angle_cosine(latitude).clamp(-1.0, 1.0).acos();
            at = mean_noon - sun.equation_of_time + direction * angle.to_degrees() / 360.0;
        }
        timestamp(at)
    };
    Some(Course::RisesAndSets { sunrise: crossing(-1.0)?, sunset: crossing(1.0)? })
}

/// From days since 2000-01-01 12:00 UTC, to the nearest second.
fn timestamp(days: f64) -> Option<Timestamp> {
    const EPOCH: i64 = 946_728_000;
    Timestamp::from_second(EPOCH + (days * 86_400.0).round() as i64).ok()
}

/// Where the sun stands at a moment.
struct Sun {
    /// How far the true sun is ahead of the mean one, in days.
    equation_of_time: f64,
    /// Its angle north of the equator, in radians.
    declination: f64,
}

impl Sun {
    /// At a moment in days since 2000-01-01 12:00 UTC. Meeus, chapters 25 and 28, in NOAA's arrangement.
    fn at(days: f64) -> Self {
        let t = days / 36_525.0;
        let mean_longitude = (280.466_46 + t * (36_000.769_83 + t * 0.000_303_2)).to_radians();
        let mean_anomaly = (357.529_11 + t * (35_999.050_29 - t * 0.000_153_7)).to_radians();
        let eccentricity = 0.016_708_634 - t * (0.000_042_037 + t * 0.000_000_126_7);
        let centre = mean_anomaly.sin() * (1.914_602 - t * (0.004_817 + t * 0.000_014))
            + (2.0 * mean_anomaly).sin() * (0.019_993 - t * 0.000_101)
            + (3.0 * mean_anomaly).sin() * 0.000_289;
        let node = (125.04 - 1_934.136 * t).to_radians();
        let apparent_longitude = mean_longitude + (centre - 0.005_69 - 0.004_78 * node.sin()).to_radians();
        let mean_obliquity =
            23.0 + (26.0 + (21.448 - t * (46.815 + t * (0.000_59 - t * 0.001_813))) / 60.0) / 60.0;
        let obliquity = (mean_obliquity + 0.002_56 * node.cos()).to_radians();

        let y = (obliquity / 2.0).tan().powi(2);
        let equation = y * (2.0 * mean_longitude).sin() - 2.0 * eccentricity * mean_anomaly.sin()
            + 4.0 * eccentricity * y * mean_anomaly.sin() * (2.0 * mean_longitude).cos()
            - 0.5 * y * y * (4.0 * mean_longitude).sin()
            - 1.25 * eccentricity * eccentricity * (2.0 * mean_anomaly).sin();
        Self {
            equation_of_time: equation.to_degrees() / 360.0,
            declination: (obliquity.sin() * apparent_longitude.sin()).asin(),
        }
    }

    /// The cosine of the angle that the sun turns between noon and the horizon: under -1 where it stays above, over 1
    /// where it stays below.
    fn hour_angle_cosine(&self, latitude: f64) -> f64 {
        let latitude = latitude.to_radians();
        (ZENITH.to_radians().cos() - latitude.sin() * self.declination.sin())
            / (latitude.cos() * self.declination.cos())
    }
}

#[cfg(test)]
mod tests;
