//! A statement whose form for several calls plans badly: what batching costs where it does not pay. The gate has the first
//! 1,000 calls to find out; from then on all counts, its later tries too.

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use meanwhile_testbed::postgres::Database;

use crate::catalog_files::write;
use crate::figure::{Bar, Unit};
use crate::load::Run;
use crate::requests::Requests;
use crate::section::Section;
use crate::setup::{NO_POSTGRES, Setup};
use crate::stack::{DatabaseAddress, Options, POOL, Stack};

const IN_FLIGHT: usize = 64;

/// How many calls the gate has to find out.
const FIRST: i64 = 1_000;

/// How much more time a call may take than with batching off.
const MOST: f64 = 1.10;

const ROWS: i64 = 34_000;

const METHOD: &str = "/bench.v1.Tallies/GetTally";

const PROTO: &str = r#"syntax = "proto3";
package bench.v1;

service Tallies {
  rpc GetTally(GetTallyRequest) returns (Tally) {
    option idempotency_level = NO_SIDE_EFFECTS;
  }
}

message GetTallyRequest { int64 id = 1; }
message Tally { int64 id = 1; int64 marks = 2; }
"#;

/// One call's condition goes down to the index. Several calls' is a join with the grouped table, by an OR that no hash and
/// no index serves: everything is grouped, and each call's values are held against each group.
const SQL: &str = "SELECT id, marks
FROM (SELECT city_id AS id, count(*) AS marks FROM marks GROUP BY city_id) AS tallies
WHERE id = :id OR id = :id + 1000000
";

const SCHEMA: &str = "CREATE TABLE marks (city_id bigint NOT NULL);
CREATE INDEX marks_by_city ON marks (city_id);";

/// Measures it.
pub fn measure(setup: &Setup) -> Result<Section> {
    let title = format!(
        "a statement whose batch plans badly, {IN_FLIGHT} in flight, data alone, pool of {POOL}, PostgreSQL"
    );
    if let Some(why) = setup.lacks_batching() {
        return Ok(Section::left_out(title, &why));
    }
    let Some(postgres) = setup.postgres()? else { return Ok(Section::left_out(title, NO_POSTGRES)) };
    let (folder, database) = (tempfile::tempdir()?, postgres.another()?);
    write_catalog(folder.path())?;
    fill(&database)?;
    let start = |batching| {
        let options = Options::new(folder.path(), DatabaseAddress::of(&database));
        Stack::start(setup, &Options { batching, ..options })
    };
    let (on, off) = (start(true)?, start(false)?);
    let mut section = Section::new(title);
    find_out(&on, &off, &mut section)?;
    let requests = Arc::new(Requests::numbered(METHOD, 1..=ROWS));
    let mut all = Vec::new();
    for _ in 0..setup.repeats {
        let [on, off] = [&on, &off].map(|stack| stack.data.load().closed(&requests, IN_FLIGHT, setup.lasts));
        let (on, off) = (on?, off?);
        section.add("batching off", Unit::PerSecond, off.rate());
        section.add("batching on", Unit::PerSecond, on.rate());
        section.hold("a call's time, on / off", Unit::Ratio, off.rate() / on.rate(), Bar::AtMost(MOST));
        all.push((on, off));
    }
    // The gate tries again ever more seldom: rounds in which it does are not all alike.
    let ratio = rate(all.iter().map(|(_, off)| off)) / rate(all.iter().map(|(on, _)| on));
    section.add("the same, of all rounds together", Unit::Ratio, ratio);
    Ok(section)
}

/// The calls that the gate has to find out, which also open connections and prepare statements.
fn find_out(on: &Stack, off: &Stack, section: &mut Section) -> Result<()> {
    let first = Arc::new(Requests::numbered(METHOD, 1..=FIRST));
    for (name, stack) in [("on", on), ("off", off)] {
        let burst = stack.data.load().burst(&first)?.complete(first.messages.len())?;
        section.add(
            &format!("the first {FIRST} calls, at once, batching {name}"),
            Unit::Seconds,
            burst.total.as_secs_f64(),
        );
    }
    Ok(())
}

/// Calls a second, of several runs.
fn rate<'a>(runs: impl Iterator<Item = &'a Run> + Clone) -> f64 {
    let seconds: f64 = runs.clone().map(|run| run.lasted.as_secs_f64()).sum();
    runs.map(Run::calls).sum::<f64>() / seconds
}

fn write_catalog(folder: &Path) -> Result<()> {
    write(folder, "catalog.toml", "name = \"bench\"\n")?;
    write(folder, "proto/bench/v1/bench.proto", PROTO)?;
    write(folder, "sql/bench.v1.Tallies/GetTally.sql", SQL)
}

fn fill(database: &Database) -> Result<()> {
    database.run(SCHEMA)?;
    database.run(&format!("INSERT INTO marks SELECT * FROM generate_series(1, {ROWS})"))?;
    database.run("VACUUM ANALYZE marks")?;
    Ok(())
}
