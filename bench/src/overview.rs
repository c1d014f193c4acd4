//! 1,000 GetOverview calls of distinct cities at once: what a web service that takes 100 ms adds to the whole, what the
//! whole takes beside pgbench with the same statements, and whose CPU time a call is.

use std::time::Duration;

use anyhow::Result;

use crate::cpu;
use crate::figure::{Bar, Figure, Section, Unit};
use crate::load::Sender;
use crate::pgbench::{CONNECTIONS, Pgbench};
use crate::postgres::Postgres;
use crate::requests::Requests;
use crate::setup::Setup;
use crate::stack::{Options, Stack};

const CALLS: usize = 1_000;

const DELAY: Duration = Duration::from_millis(100);

/// Measures it.
pub fn measure(setup: &Setup) -> Result<Section> {
    let title = format!("{CALLS} GetOverview at once, PostgreSQL");
    let Some(postgres) = setup.postgres()? else {
        return Ok(Section {
            title,
            notes: vec!["left out: needs postgresql".to_owned()],
            ..Default::default()
        });
    };
    let ids = setup.city_ids(CALLS)?;
    let requests = Requests::overview(&ids);
    let pgbench = Pgbench::overview(setup, postgres, &ids)?;
    let instant = start(setup, postgres, Duration::ZERO)?;
    let delayed = start(setup, postgres, DELAY)?;
    let (to_instant, to_delayed) = (instant.gateway.sender()?, delayed.gateway.sender()?);
    let watched = Watched::new(&instant, postgres)?;

    let mut times = Times::default();
    for round in 0..=setup.repeats {
        let before = watched.seconds()?;
        let without = burst(setup, &to_instant, &requests)?;
        let used = watched.used_since(&before)?;
        let with = burst(setup, &to_delayed, &requests)?;
        let yardstick = pgbench.run()?;
        // The first round opens connections, prepares statements and fills caches.
        if round > 0 {
            times.add(without, with, yardstick, used);
        }
    }
    Ok(Section { title, figures: times.figures(), notes: Vec::new() })
}

fn start(setup: &Setup, postgres: &Postgres, almanac_delay: Duration) -> Result<Stack> {
    let options =
        Options { catalog: &setup.catalog, database: postgres.address(), almanac_delay, otlp: None };
    Stack::start(setup, &options)
}

fn burst(setup: &Setup, sender: &Sender, requests: &Requests) -> Result<f64> {
    let burst = setup.runtime.block_on(sender.burst(requests))?;
    Ok(burst.complete(requests.messages.len())?.total.as_secs_f64())
}

/// The processes whose CPU time is read, in the order of a call's way.
struct Watched([u32; 5]);

const WATCHED: [&str; 5] = ["the load's sender", "gateway", "data", "almanac", "postgres"];

impl Watched {
    fn new(stack: &Stack, postgres: &Postgres) -> Result<Self> {
        let services = [&stack.gateway, &stack.data, &stack.almanac].map(|service| service.id());
        let [gateway, data, almanac] = services;
        Ok(Self([std::process::id(), gateway, data, almanac, postgres.server_id()?]))
    }

    fn seconds(&self) -> Result<[f64; 5]> {
        let [sender, gateway, data, almanac, postgres] = self.0;
        Ok([
            cpu::seconds(sender)?,
            cpu::seconds(gateway)?,
            cpu::seconds(data)?,
            cpu::seconds(almanac)?,
            cpu::seconds_with_children(postgres)?,
        ])
    }

    fn used_since(&self, before: &[f64; 5]) -> Result<[f64; 5]> {
        let mut used = self.seconds()?;
        used.iter_mut().zip(before).for_each(|(used, before)| *used -= before);
        Ok(used)
    }
}

/// A value a round.
#[derive(Default)]
struct Times {
    without: Vec<f64>,
    with: Vec<f64>,
    yardstick: Vec<f64>,
    used: [Vec<f64>; 5],
}

impl Times {
    fn add(&mut self, without: f64, with: f64, yardstick: f64, used: [f64; 5]) {
        self.without.push(without);
        self.with.push(with);
        self.yardstick.push(yardstick);
        self.used.iter_mut().zip(used).for_each(|(all, used)| all.push(used / CALLS as f64));
    }

    fn figures(self) -> Vec<Figure> {
        let pairs =
            |a: &[f64], b: &[f64], f: fn(f64, f64) -> f64| a.iter().zip(b).map(|(a, b)| f(*a, *b)).collect();
        let added = pairs(&self.with, &self.without, |with, without| with - without);
        let ratio = pairs(&self.without, &self.yardstick, |ours, yardstick| ours / yardstick);
        let mut figures = vec![
            Figure::new("almanac answers at once: T(0)", Unit::Seconds, self.without),
            Figure::new("almanac takes 100 ms: T(100ms)", Unit::Seconds, self.with),
            Figure::new("T(100ms) - T(0)", Unit::Seconds, added).bar(Bar::AtMost(0.150)),
            Figure::new(format!("pgbench, {CONNECTIONS} connections"), Unit::Seconds, self.yardstick),
            Figure::new("T(0) / pgbench", Unit::Ratio, ratio).bar(Bar::AtMost(3.0)),
        ];
        let cpu = WATCHED.iter().zip(self.used);
        figures.extend(
            cpu.map(|(name, used)| Figure::new(format!("CPU a call: {name}"), Unit::CpuSecondsPerCall, used)),
        );
        figures
    }
}
