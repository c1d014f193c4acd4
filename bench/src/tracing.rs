//! Every request traced, with its spans sent to a sink that counts them, against no tracing at all.

use anyhow::Result;

use crate::chain::{Chain, Door};
use crate::figure::{Bar, Unit};
use crate::postgres::Postgres;
use crate::section::Section;
use crate::setup::{NO_POSTGRES, Setup};
use crate::sink::Sink;
use crate::stack::{Options, POOL};

const IN_FLIGHT: usize = 64;

/// A call is a request at the gateway and one at the data service.
const REQUESTS_A_CALL: f64 = 2.0;

/// One way to run the services, with spans and without.
struct Pair {
    name: &'static str,
    /// The least share of the rate without spans.
    least: f64,
    plain: Chain,
    traced: Chain,
    sink: Sink,
    traced_calls: f64,
}

/// Measures it.
pub fn measure(setup: &Setup) -> Result<Section> {
    let title = format!("GetCity, {IN_FLIGHT} in flight, every request traced, pool of {POOL}, PostgreSQL");
    let Some(postgres) = setup.postgres()? else { return Ok(Section::left_out(title, NO_POSTGRES)) };
    let mut section = Section::new(title);
    let mut pairs = vec![Pair::start(setup, postgres, "batching off", false, 0.95)?];
    match setup.lacks_batching() {
        None => pairs.push(Pair::start(setup, postgres, "batching", true, 0.80)?),
        Some(why) => section.note(format!("batching left out: {why}")),
    }
    for round in 0..=setup.repeats {
        for pair in &mut pairs {
            pair.turn(setup, &mut section, round > 0)?;
        }
    }
    for pair in pairs {
        pair.end(&mut section)?;
    }
    Ok(section)
}

impl Pair {
    fn start(
        setup: &Setup,
        postgres: &Postgres,
        name: &'static str,
        batching: bool,
        least: f64,
    ) -> Result<Self> {
        let sink = Sink::start(&setup.runtime)?;
        let options = Options { batching, ..Options::new(&setup.catalog, postgres.address()) };
        let plain = Chain::start(setup, postgres, &options)?;
        let traced = Chain::start(setup, postgres, &Options { otlp: Some(sink.url()), ..options })?;
        Ok(Self { name, least, plain, traced, sink, traced_calls: 0.0 })
    }

    /// The first round, which opens connections and prepares statements, is not `counted`; its spans are.
    fn turn(&mut self, setup: &Setup, section: &mut Section, counted: bool) -> Result<()> {
        let plain = self.plain.turn(setup, Door::Gateway, IN_FLIGHT)?;
        let traced = self.traced.turn(setup, Door::Gateway, IN_FLIGHT)?;
        self.traced_calls += traced.run.calls();
        if counted {
            let name = self.name;
            let ratio = traced.rate() / plain.rate();
            section.add(&format!("{name}: without spans"), Unit::PerSecond, plain.rate());
            section.add(&format!("{name}: with spans"), Unit::PerSecond, traced.rate());
            section.hold(&format!("{name}: with / without"), Unit::Ratio, ratio, Bar::AtLeast(self.least));
            traced.add_cpu(section, &format!("{name}, with spans"), &["gateway", "data"]);
        }
        Ok(())
    }

    /// Lets the services send their last spans, and counts what has arrived.
    fn end(self, section: &mut Section) -> Result<()> {
        for said in self.traced.stack.stop()? {
            section.note(format!("{}: {said}", self.name));
        }
        let seen = self.sink.seen();
        let lost = REQUESTS_A_CALL * self.traced_calls - seen.requests as f64;
        let spans = seen.spans as f64 / self.traced_calls;
        section.add(&format!("{}: spans a call", self.name), Unit::Ratio, spans);
        section.hold(
            &format!("{}: request spans lost", self.name),
            Unit::Count,
            lost,
            Bar::Between(0.0, 0.0),
        );
        Ok(())
    }
}
