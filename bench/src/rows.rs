//! Rows to wire bytes: rows of a real PostgreSQL, fetched once, and written as a reply's message again and again. What
//! the driver does to take a row off the network is not in it.

use anyhow::{Result, anyhow};
use meanwhile_catalog::Catalog;
use meanwhile_data::{DatabaseUrl, FetchedRows};
use meanwhile_testbed::postgres::{Cluster, Settings};

use crate::catalog_files::write;
use crate::cpu::thread_seconds;
use crate::figure::{Bar, Unit};
use crate::section::Section;
use crate::setup::{NO_POSTGRES, Setup};

const PROTO: &str = r#"syntax = "proto3";
package bench.v1;

import "google/protobuf/timestamp.proto";

service Bench {
  rpc ListPlaces(Request) returns (Places) {
    option idempotency_level = NO_SIDE_EFFECTS;
  }
}

message Request {}

message Places {
  repeated Place places = 1;
}

message Place {
  int64 id = 1;
  string name = 2;
  string country_code = 3;
  double area_km2 = 4;
  int32 population = 5;
  google.protobuf.Timestamp update_time = 6;
}
"#;

const SQL: &str = "
    SELECT n * 7919 AS id, 'Place number ' || n AS name, substr('DEFRITESPT', (n % 5 * 2 + 1)::int, 2) AS country_code,
           n * 1.37::float8 AS area_km2, (n * 104729 % 9000000)::int4 AS population,
           timestamptz '2024-05-01 12:00:00+00' + n * interval '61.000137 s' AS update_time
    FROM generate_series(1, 2000) AS n";

/// How often the rows are written in one measurement.
const PASSES: usize = 500;

/// Measures it.
pub fn measure(setup: &Setup) -> Result<Section> {
    let title = "rows to wire bytes: int8, text, text, float8, int4, timestamptz".to_owned();
    let Some(cluster) = Cluster::start(&Settings::default()) else {
        return Ok(Section::left_out(title, NO_POSTGRES));
    };
    let rows = fetch(setup, &cluster)?;
    let mut section = Section::new(title);
    let mut bytes = Vec::new();
    for _ in 0..setup.repeats {
        let start = thread_seconds();
        let mut written = 0;
        for _ in 0..PASSES {
            bytes.clear();
            written += rows.write(&mut bytes)?;
        }
        let a_row = (thread_seconds() - start) / written as f64;
        section.hold("a row of six columns", Unit::CpuSecondsPerRow, a_row, Bar::AtMost(150e-9));
    }
    Ok(section)
}

fn fetch(setup: &Setup, cluster: &Cluster) -> Result<FetchedRows> {
    let folder = tempfile::tempdir()?;
    write(folder.path(), "catalog.toml", "name = \"bench\"\n")?;
    write(folder.path(), "proto/bench/v1/bench.proto", PROTO)?;
    write(folder.path(), "sql/bench.v1.Bench/ListPlaces.sql", SQL)?;
    let catalog = Catalog::load(folder.path()).map_err(|findings| anyhow!("{findings}"))?;
    let database = cluster.database()?;
    let url = DatabaseUrl::new(database.url_without_password(), Some(database.password()))?;
    Ok(setup.runtime.block_on(FetchedRows::of(&catalog, url, "/bench.v1.Bench/ListPlaces"))?)
}
