//! 1,000 calls that each sleep 100 ms inside PostgreSQL, on 100 connections: a pool that lost no time between two calls would
//! be done after 1 s.

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;

use crate::catalog_files::write;
use crate::figure::{Bar, Unit};
use crate::requests::Requests;
use crate::section::Section;
use crate::setup::{NO_POSTGRES, Setup};
use crate::stack::{DatabaseAddress, Options, Stack};

const CALLS: usize = 1_000;

const CONNECTIONS: usize = 100;

/// A method that sleeps.
pub const SLEEP: &str = "/bench.v1.Sleeper/Sleep";

const PROTO: &str = r#"syntax = "proto3";
package bench.v1;

service Sleeper {
  rpc Sleep(SleepRequest) returns (Slept) {
    option idempotency_level = NO_SIDE_EFFECTS;
  }
}

message SleepRequest { int64 id = 1; }
message Slept { int64 id = 1; }
"#;

/// No two calls are equal, and a volatile function is not batched: each sleep is a statement of its own.
const SQL: &str = "SELECT CAST(:id AS bigint) AS id FROM pg_sleep(0.1)\n";

/// Measures it.
pub fn measure(setup: &Setup) -> Result<Section> {
    let title =
        format!("{CALLS} calls that sleep 100 ms in PostgreSQL, gateway and data, pool of {CONNECTIONS}");
    let Some(postgres) = setup.postgres()? else { return Ok(Section::left_out(title, NO_POSTGRES)) };
    let (folder, database) = (tempfile::tempdir()?, postgres.another()?);
    write_catalog(folder.path())?;
    let options = Options::new(folder.path(), DatabaseAddress::of(&database));
    let stack = Stack::start(setup, &Options { pool: CONNECTIONS, ..options })?;
    let requests = Arc::new(Requests::numbered(SLEEP, 0..CALLS as i64));
    let mut section = Section::new(title);
    for round in 0..=setup.repeats {
        let burst = stack.gateway.load().burst(&requests)?.complete(CALLS)?;
        // The first round opens connections and prepares statements.
        if round > 0 {
            let total = burst.total.as_secs_f64();
            section.hold("until the last reply", Unit::Seconds, total, Bar::AtMost(1.06));
        }
    }
    Ok(section)
}

/// A catalog with that method.
pub fn write_catalog(folder: &Path) -> Result<()> {
    write(folder, "catalog.toml", "name = \"bench\"\n")?;
    write(folder, "proto/bench/v1/bench.proto", PROTO)?;
    write(folder, "sql/bench.v1.Sleeper/Sleep.sql", SQL)
}
