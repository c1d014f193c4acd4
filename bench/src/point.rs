//! The full chain without its shortcuts: point reads, each a round trip of its own, beside pgbench with the same statement.

use anyhow::Result;

use crate::chain::{Chain, Door};
use crate::cpu;
use crate::figure::{Bar, Unit};
use crate::pgbench::{CONNECTIONS, Pgbench};
use crate::section::Section;
use crate::setup::{NO_POSTGRES, Setup};
use crate::stack::{Options, POOL};

const IN_FLIGHT: usize = 64;

/// What CPU time a call may cost whom, in seconds.
const CPU: [(&str, f64); 2] = [("gateway", 15e-6), ("data", 25e-6)];

/// Measures it.
pub fn measure(setup: &Setup) -> Result<Section> {
    let title = format!("GetCity, {IN_FLIGHT} in flight, batching off, pool of {POOL}, PostgreSQL");
    let Some(postgres) = setup.postgres()? else { return Ok(Section::left_out(title, NO_POSTGRES)) };
    let mut section = Section::new(title);
    section.notes.extend(setup.lacks_batching());
    let pgbench = Pgbench::city(setup, postgres)?;
    let options = Options { batching: false, ..Options::new(&setup.catalog, postgres.address()) };
    let chain = Chain::start(setup, postgres, &options)?;
    let server = postgres.server_id()?;
    for round in 0..=setup.repeats {
        let ours = chain.turn(setup, Door::Gateway, IN_FLIGHT)?;
        let before = [cpu::seconds_of_ended_children()?, cpu::seconds_with_children(server)?];
        let yardstick = pgbench.rate(setup.lasts)?;
        let after = [cpu::seconds_of_ended_children()?, cpu::seconds_with_children(server)?];
        // The first round opens connections and prepares statements.
        if round == 0 {
            continue;
        }
        section.add("gateway and data", Unit::PerSecond, ours.rate());
        section.add(&format!("pgbench, {CONNECTIONS} connections"), Unit::PerSecond, yardstick);
        section.hold("ours / pgbench", Unit::Ratio, ours.rate() / yardstick, Bar::AtLeast(0.45));
        for (name, most) in CPU {
            let name = (format!("CPU a call: {name}"), ours.cpu(name));
            section.hold(&name.0, Unit::CpuSecondsPerCall, name.1, Bar::AtMost(most));
        }
        section.add("CPU a call: postgres", Unit::CpuSecondsPerCall, ours.cpu("postgres"));
        section.add("CPU a call: load", Unit::CpuSecondsPerCall, ours.run.cpu_a_call());
        let transactions = yardstick * setup.lasts.as_secs_f64();
        for (name, index) in [("pgbench: CPU a call: pgbench", 0), ("pgbench: CPU a call: postgres", 1)] {
            section.add(name, Unit::CpuSecondsPerCall, (after[index] - before[index]) / transactions);
        }
    }
    Ok(section)
}
