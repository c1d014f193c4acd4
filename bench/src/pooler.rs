//! What a pooler costs: point reads through PgBouncer in transaction mode, and straight to the same server. Behind one, each
//! statement is prepared anew in a transaction of its own.

use anyhow::Result;

use crate::chain::{Chain, Door};
use crate::figure::Unit;
use crate::section::Section;
use crate::setup::{NO_POSTGRES, Setup};
use crate::stack::{DatabaseAddress, Options, POOL};

/// A caller who is alone, and many.
const IN_FLIGHT: [usize; 2] = [1, 64];

/// Measures it.
pub fn measure(setup: &Setup) -> Result<Section> {
    let title =
        format!("GetCity behind PgBouncer, batching off, gateway and data, pool of {POOL}, PostgreSQL");
    let Some(postgres) = setup.postgres()? else { return Ok(Section::left_out(title, NO_POSTGRES)) };
    let Some(pooler) = postgres.pooler(POOL)? else { return Ok(Section::left_out(title, "needs pgbouncer")) };
    let start = |database| {
        let options = Options { batching: false, ..Options::new(&setup.catalog, database) };
        Chain::start(setup, postgres, &options)
    };
    let direct = start(postgres.address())?;
    let behind = start(DatabaseAddress { url: pooler.url(), password: None })?;
    let mut section = Section::new(title);
    for round in 0..=setup.repeats {
        for in_flight in IN_FLIGHT {
            let direct = direct.turn(setup, Door::Gateway, in_flight)?;
            let behind = behind.turn(setup, Door::Gateway, in_flight)?;
            // The first round opens connections and prepares statements.
            if round == 0 {
                continue;
            }
            section.add(&format!("{in_flight} in flight: direct"), Unit::PerSecond, direct.rate());
            section.add(&format!("{in_flight} in flight: behind it"), Unit::PerSecond, behind.rate());
            section.add(
                &format!("{in_flight} in flight: behind it / direct"),
                Unit::Ratio,
                behind.rate() / direct.rate(),
            );
        }
    }
    Ok(section)
}
