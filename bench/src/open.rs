//! Calls that come at a fixed rate, as they do from clients who know nothing of each other: how long they take, counted from
//! the moment each was planned for.

use anyhow::Result;

use crate::chain::Chain;
use crate::figure::Unit;
use crate::section::Section;
use crate::setup::{NO_POSTGRES, Setup};
use crate::stack::{Options, POOL};

/// Well below what two cores can do, so that what is seen is the services and not a queue.
const RATES: [usize; 2] = [1_000, 4_000];

/// Measures it.
pub fn measure(setup: &Setup) -> Result<Section> {
    let title = format!("GetCity at a fixed rate, gateway and data, pool of {POOL}, PostgreSQL");
    let Some(postgres) = setup.postgres()? else { return Ok(Section::left_out(title, NO_POSTGRES)) };
    let chain = Chain::start(setup, postgres, &Options::new(&setup.catalog, postgres.address()))?;
    let mut section = Section::new(title);
    for round in 0..=setup.repeats {
        for a_second in RATES {
            let run = chain.open(setup, a_second)?;
            // The first round opens connections and prepares statements.
            if round == 0 {
                continue;
            }
            for (name, share) in [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)] {
                section.add(&format!("{a_second} /s: {name}"), Unit::Seconds, run.latency(share));
            }
        }
    }
    Ok(section)
}
