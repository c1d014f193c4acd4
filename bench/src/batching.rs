//! Point reads that share round trips: the full chain, and the data service by itself, beside pgbench with the same statement.

use anyhow::Result;

use crate::chain::{Chain, Door};
use crate::figure::{Bar, Unit};
use crate::pgbench::{CONNECTIONS, Pgbench};
use crate::section::Section;
use crate::setup::{NO_POSTGRES, Setup};
use crate::stack::{Options, POOL};

/// What is measured: its name, where calls come in, how many are in flight, and the least share of pgbench's.
const TURNS: [(&str, Door, usize, f64); 3] = [
    ("gateway and data, 64 in flight", Door::Gateway, 64, 0.8),
    ("gateway and data, 256 in flight", Door::Gateway, 256, 1.0),
    ("data alone, 256 in flight", Door::Data, 256, 1.8),
];

/// Measures it.
pub fn measure(setup: &Setup) -> Result<Section> {
    let title = format!("GetCity, batching, pool of {POOL}, PostgreSQL");
    if let Some(why) = setup.lacks_batching() {
        return Ok(Section::left_out(title, &why));
    }
    let Some(postgres) = setup.postgres()? else { return Ok(Section::left_out(title, NO_POSTGRES)) };
    let mut section = Section::new(title);
    let pgbench = Pgbench::city(setup, postgres)?;
    let chain = Chain::start(setup, postgres, &Options::new(&setup.catalog, postgres.address()))?;
    for round in 0..=setup.repeats {
        let turns = TURNS.map(|(_, door, in_flight, _)| chain.turn(setup, door, in_flight));
        let yardstick = pgbench.rate(setup.lasts)?;
        // The first round opens connections, prepares statements, and tries out how large a batch pays.
        if round == 0 {
            turns.into_iter().try_for_each(|turn| turn.map(drop))?;
            continue;
        }
        section.add(&format!("pgbench, {CONNECTIONS} connections"), Unit::PerSecond, yardstick);
        for ((name, door, _, least), turn) in TURNS.into_iter().zip(turns) {
            let turn = turn?;
            section.add(name, Unit::PerSecond, turn.rate());
            let ratio = turn.rate() / yardstick;
            section.hold(&format!("{name} / pgbench"), Unit::Ratio, ratio, Bar::AtLeast(least));
            let names: &[&str] = match door {
                Door::Gateway => &["gateway", "data", "postgres"],
                Door::Data => &["data", "postgres"],
            };
            turn.add_cpu(&mut section, name, names);
        }
    }
    Ok(section)
}
