//! A caller who is alone: the median time of one point read through both services, beside the same statement on one
//! connection of pgbench.

use anyhow::Result;

use crate::chain::{Chain, Door};
use crate::figure::{Bar, Unit};
use crate::pgbench::Pgbench;
use crate::section::Section;
use crate::setup::{NO_POSTGRES, Setup};
use crate::stack::Options;

/// Measures it.
pub fn measure(setup: &Setup) -> Result<Section> {
    let title = "GetCity, one at a time, gateway and data, PostgreSQL";
    let Some(postgres) = setup.postgres()? else { return Ok(Section::left_out(title, NO_POSTGRES)) };
    let pgbench = Pgbench::city(setup, postgres)?;
    let chain = Chain::start(setup, postgres, &Options::new(&setup.catalog, postgres.address()))?;
    let mut section = Section::new(title);
    for round in 0..=setup.repeats {
        let ours = chain.turn(setup, Door::Gateway, 1)?.run;
        let yardstick = pgbench.alone(setup.lasts)?;
        // The first round opens connections and prepares statements.
        if round == 0 {
            continue;
        }
        section.add("p50", Unit::Seconds, ours.latency(0.5));
        section.add("p99", Unit::Seconds, ours.latency(0.99));
        section.add("pgbench, 1 connection: p50", Unit::Seconds, yardstick);
        section.hold("p50 / pgbench", Unit::Ratio, ours.latency(0.5) / yardstick, Bar::AtMost(3.5));
    }
    Ok(section)
}
