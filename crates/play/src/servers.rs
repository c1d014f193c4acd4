//! Which servers a scenario is about. What it shows depends on how many connections there are and how far away things
//! lie, so it says both: whoever has it sent on servers of its own makes them so.

use std::time::Duration;

use serde::{Deserialize, Deserializer};

/// `[servers]` of a scenario's file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Servers {
    /// How many connections the database gets.
    pub pool: usize,
    /// A stated delay on each trip to the database.
    #[serde(deserialize_with = "time")]
    pub database: Option<Duration>,
    /// A stated delay on each web call.
    #[serde(deserialize_with = "time")]
    pub upstream: Option<Duration>,
    /// Point reads that wait at the same time go in one trip.
    pub batch: bool,
    /// Equal reads that are under way at the same time are one.
    pub share: bool,
}

impl Default for Servers {
    fn default() -> Self {
        Self { pool: 10, database: None, upstream: None, batch: true, share: true }
    }
}

fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    let text = String::deserialize(from)?;
    humantime::parse_duration(&text).map(Some).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_as_everywhere() {
        let servers: Servers = toml::from_str("pool = 1\ndatabase = \"100ms\"").unwrap();
        let expected = Servers { pool: 1, database: Some(Duration::from_millis(100)), ..Servers::default() };
        assert_eq!(servers, expected);
    }

    #[test]
    fn a_word_that_is_none_of_them_is_refused() {
        assert!(toml::from_str::<Servers>("pools = 1").is_err());
        assert!(toml::from_str::<Servers>("database = \"soon\"").is_err());
    }
}
