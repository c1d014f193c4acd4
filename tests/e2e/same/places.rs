//! The sample's cities as its seed file has them, and the nearest of them found by looking at every one.

use std::fs;

use anyhow::{Context as _, Result};

use crate::stack::{Database, sample};

/// The Earth's mean radius in metres, as the sample's contract says (IUGG).
const RADIUS: f64 = 6_371_008.8;

#[derive(Clone, Debug)]
pub struct Place {
    pub id: i64,
    pub name: String,
    pub country_code: String,
    pub latitude: f64,
    pub longitude: f64,
}

/// A file of the sample: its rows after the header, split into columns.
pub fn rows(file: &str) -> Result<Vec<Vec<String>>> {
    let path = sample().join(file);
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    Ok(text.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect())
}

/// Every city of the seed.
pub fn cities() -> Result<Vec<Place>> {
    rows("seed/cities.tsv")?.iter().map(|row| read(row).with_context(|| format!("{row:?}"))).collect()
}

fn read(row: &[String]) -> Result<Place> {
    let column = |index: usize| row.get(index).context("a column is missing");
    Ok(Place {
        id: column(0)?.parse()?,
        name: column(1)?.clone(),
        country_code: column(2)?.clone(),
        latitude: column(4)?.parse()?,
        longitude: column(5)?.parse()?,
    })
}

impl Place {
    /// A town that the seed does not have.
    pub fn new(id: i64, name: &str, latitude: f64, longitude: f64) -> Self {
        Self { id, name: name.to_owned(), country_code: "FJ".to_owned(), latitude, longitude }
    }

    /// Puts it into a database.
    pub fn insert(&self, database: &Database) -> Result<()> {
        let Self { id, name, country_code, latitude, longitude } = self;
        let name = name.replace('\'', "''");
        database.run(&format!(
            "INSERT INTO cities (id, name, country_code, admin1_code, latitude, longitude, population, time_zone)
             VALUES ({id}, '{name}', '{country_code}', '', {latitude}, {longitude}, 0, 'UTC')"
        ))
    }

    /// Ids and whole metres of the five nearest others, the nearest first; of equally near ones the lower id.
    pub fn nearest(&self, places: &[Self]) -> Vec<(i64, i64)> {
        let others = places.iter().filter(|other| other.id != self.id);
        let mut found: Vec<_> = others.map(|other| (self.metres_to(other), other.id)).collect();
        found.sort_unstable();
        found.into_iter().take(5).map(|(metres, id)| (id, metres)).collect()
    }

    /// By the haversine formula, rounded.
    fn metres_to(&self, other: &Self) -> i64 {
        let half = |from: f64, to: f64| ((to - from).to_radians() / 2.0).sin().powi(2);
        let parallels = self.latitude.to_radians().cos() * other.latitude.to_radians().cos();
        let haversine =
            half(self.latitude, other.latitude) + parallels * half(self.longitude, other.longitude);
        (2.0 * RADIUS * haversine.min(1.0).sqrt().asin()).round() as i64
    }
}
