//! Many callers of one key: what sharing does for them. Straight to the data service, which is where calls are shared; each
//! call's way through the gateway costs the same with and without.

use anyhow::Result;

use crate::chain::{Chain, Door};
use crate::figure::{Bar, Unit};
use crate::requests::Requests;
use crate::section::Section;
use crate::setup::{NO_POSTGRES, Setup};
use crate::stack::{Options, POOL};

const CALLERS: usize = 256;

/// Measures it.
pub fn measure(setup: &Setup) -> Result<Section> {
    let title = format!(
        "GetCity of one city, {CALLERS} in flight, data alone, batching off, pool of {POOL}, PostgreSQL"
    );
    if let Some(why) = setup.lacks_sharing() {
        return Ok(Section::left_out(title, &why));
    }
    let Some(postgres) = setup.postgres()? else { return Ok(Section::left_out(title, NO_POSTGRES)) };
    let start = |sharing| {
        let options = Options::new(&setup.catalog, postgres.address());
        let options = Options { batching: false, sharing, ..options };
        Chain::with_requests(setup, postgres, &options, Requests::city([1]))
    };
    let (shared, single) = (start(true)?, start(false)?);
    let mut section = Section::new(title);
    for round in 0..=setup.repeats {
        let on = shared.turn(setup, Door::Data, CALLERS)?;
        let off = single.turn(setup, Door::Data, CALLERS)?;
        // The first round opens connections and prepares statements.
        if round == 0 {
            continue;
        }
        section.add("sharing off", Unit::PerSecond, off.rate());
        section.add("sharing on", Unit::PerSecond, on.rate());
        section.hold("on / off", Unit::Ratio, on.rate() / off.rate(), Bar::AtLeast(3.0));
        off.add_cpu(&mut section, "sharing off", &["data", "postgres"]);
        on.add_cpu(&mut section, "sharing on", &["data", "postgres"]);
    }
    Ok(section)
}
