//! 1,000 GetOverview calls of distinct cities at once: what a web service that takes 100 ms adds to the whole, what the
//! whole takes beside pgbench with the same statements, and whose CPU time a call is.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;

use crate::figure::{Bar, Unit};
use crate::pgbench::{CONNECTIONS, Pgbench};
use crate::processes::Processes;
use crate::requests::Requests;
use crate::section::Section;
use crate::setup::{NO_POSTGRES, Setup};
use crate::stack::{Options, POOL, Service, Stack};

const CALLS: usize = 1_000;

const CITIES: RangeInclusive<i64> = 1..=CALLS as i64;

const DELAY: Duration = Duration::from_millis(100);

/// Measures it.
pub fn measure(setup: &Setup) -> Result<Section> {
    let title = format!("{CALLS} GetOverview at once, PostgreSQL, pool of {POOL}");
    let Some(postgres) = setup.postgres()? else { return Ok(Section::left_out(title, NO_POSTGRES)) };
    let requests = Arc::new(Requests::overview(CITIES));
    let pgbench = Pgbench::overview(setup, postgres, CALLS)?;
    let options = Options::new(&setup.catalog, postgres.address());
    let instant = Stack::start(setup, &options)?;
    let delayed = Stack::start(setup, &Options { almanac_delay: DELAY, ..options })?;
    let processes = Processes::of(&instant, postgres)?;

    let mut section = Section::new(title);
    for round in 0..=setup.repeats {
        let before = processes.read()?;
        let without = burst(&instant.gateway, &requests)?;
        let used = processes.used_since(&before)?;
        let with = burst(&delayed.gateway, &requests)?;
        let yardstick = pgbench.pass(CALLS)?;
        // The first round opens connections, prepares statements and fills caches.
        if round == 0 {
            continue;
        }
        section.add("almanac answers at once: T(0)", Unit::Seconds, without);
        section.add("almanac takes 100 ms: T(100ms)", Unit::Seconds, with);
        section.hold("T(100ms) - T(0)", Unit::Seconds, with - without, Bar::AtMost(0.150));
        section.add(&format!("pgbench, {CONNECTIONS} connections"), Unit::Seconds, yardstick);
        section.hold("T(0) / pgbench", Unit::Ratio, without / yardstick, Bar::AtMost(3.0));
        for (name, seconds) in used {
            section.add(&format!("CPU a call: {name}"), Unit::CpuSecondsPerCall, seconds / CALLS as f64);
        }
    }
    Ok(section)
}

fn burst(service: &Service, requests: &Arc<Requests>) -> Result<f64> {
    let burst = service.load().burst(requests)?;
    Ok(burst.complete(requests.messages.len())?.total.as_secs_f64())
}
