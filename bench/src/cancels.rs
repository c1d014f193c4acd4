//! Calls that nobody waits for any more, each asleep in PostgreSQL: how long until their statements are gone from
//! pg_stat_activity, where their clients leave them, one or many at once, and where they run out of time.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use meanwhile_testbed::postgres::Database;
use sqlx::{Connection as _, PgConnection};
use tokio::time::sleep;

use crate::catalog_files::write;
use crate::figure::{Bar, Unit};
use crate::requests::Requests;
use crate::section::Section;
use crate::setup::{NO_POSTGRES, Setup};
use crate::stack::{DatabaseAddress, Options, Stack};

const AT_ONCE: usize = 50;

const BAR: Bar = Bar::AtMost(0.100);

/// How exactly the end is seen.
const LOOK: Duration = Duration::from_millis(1);

const SLEEP: &str = "/bench.v1.Sleeper/Sleep";
const DOZE: &str = "/bench.v1.Sleeper/Doze";

const PROTO: &str = r#"syntax = "proto3";
package bench.v1;

import "meanwhile/v1/options.proto";

service Sleeper {
  rpc Sleep(SleepRequest) returns (Slept) {
    option idempotency_level = NO_SIDE_EFFECTS;
  }
  rpc Doze(SleepRequest) returns (Slept) {
    option idempotency_level = NO_SIDE_EFFECTS;
    option (meanwhile.v1.timeout) = {seconds: 1};
  }
}

message SleepRequest { int64 id = 1; }
message Slept { int64 id = 1; }
"#;

/// Longer than a measurement lasts.
const SQL: &str = "SELECT CAST(:id AS bigint) AS id FROM pg_sleep(600)\n";

const SLEEPING: &str = "SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND state = 'active' AND wait_event = 'PgSleep'";

/// Measures it.
pub fn measure(setup: &Setup) -> Result<Section> {
    let title = format!("Statements of calls that leave, gateway and data, PostgreSQL, pool of {AT_ONCE}");
    let Some(postgres) = setup.postgres()? else { return Ok(Section::left_out(title, NO_POSTGRES)) };
    let (folder, database) = (tempfile::tempdir()?, postgres.another()?);
    write_catalog(folder.path())?;
    let options = Options::new(folder.path(), DatabaseAddress::of(&database));
    let stack = Stack::start(setup, &Options { pool: AT_ONCE, ..options })?;
    let mut section = Section::new(title);
    for round in 0..=setup.repeats {
        let one = left(&stack, &database, 1)?;
        let many = left(&stack, &database, AT_ONCE)?;
        let late = out_of_time(&stack, &database)?;
        // The first round opens connections and prepares statements.
        if round > 0 {
            section.hold("left by its client: until it is gone", Unit::Seconds, one, BAR);
            section.hold(&format!("{AT_ONCE} at once: until the last is gone"), Unit::Seconds, many, BAR);
            section.hold(&format!("{AT_ONCE} out of time: after the last reply"), Unit::Seconds, late, BAR);
        }
    }
    Ok(section)
}

fn write_catalog(folder: &Path) -> Result<()> {
    write(folder, "catalog.toml", "name = \"bench\"\n")?;
    write(folder, "proto/bench/v1/bench.proto", PROTO)?;
    write(folder, "sql/bench.v1.Sleeper/Sleep.sql", SQL)?;
    write(folder, "sql/bench.v1.Sleeper/Doze.sql", SQL)
}

fn left(stack: &Stack, database: &Database, calls: usize) -> Result<f64> {
    let requests = Arc::new(Requests::numbered(SLEEP, 0..calls as i64));
    let url = database.url();
    let running = async {
        let mut session = PgConnection::connect(&url).await?;
        wait_for_sleepers(&mut session, calls).await?;
        Ok(session)
    };
    stack.gateway.load().leave(&requests, running, gone)
}

fn out_of_time(stack: &Stack, database: &Database) -> Result<f64> {
    let requests = Arc::new(Requests::numbered(DOZE, 0..AT_ONCE as i64));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let session = runtime.block_on(PgConnection::connect(&database.url()))?;
    let burst = stack.gateway.load().burst(&requests)?;
    anyhow::ensure!(burst.ok == 0, "{} calls did not run out of time", burst.ok);
    runtime.block_on(gone(session))
}

/// How long from now until no statement sleeps.
async fn gone(mut session: PgConnection) -> Result<f64> {
    let left = Instant::now();
    wait_for_sleepers(&mut session, 0).await?;
    let gone = left.elapsed().as_secs_f64();
    session.close().await?;
    Ok(gone)
}

async fn wait_for_sleepers(session: &mut PgConnection, calls: usize) -> Result<()> {
    loop {
        let sleeping: i64 = sqlx::query_scalar(SLEEPING).fetch_one(&mut *session).await?;
        if usize::try_from(sleeping) == Ok(calls) {
            return Ok(());
        }
        sleep(LOOK).await;
    }
}
