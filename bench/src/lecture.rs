//! The lecture: three requests at once take about as long as the longest of them alone; one at a time, the last reply comes
//! when all three have been run. On `up` with simulated latency, both ways.

use std::time::Duration;

use anyhow::{Result, bail};
use http::Uri;
use meanwhile_catalog::Catalog;
use meanwhile_play::{Played, Scenario, play};
use meanwhile_telemetry::{Config, Telemetry};
use tonic::Code;

use crate::figure::{Bar, Figure, Unit};
use crate::section::Section;
use crate::setup::Setup;
use crate::stack::{Service, up};

/// What things far away add to a trip.
pub const LATENCY: &str = "database=60ms,upstream=120ms";

/// Plays a scenario against a server.
pub struct Player<'a> {
    setup: &'a Setup,
    /// What is played.
    pub scenario: Scenario,
    telemetry: Telemetry,
}

/// One round against one server.
struct Round {
    /// Each request's time when it is sent alone.
    alone: Vec<Duration>,
    together: Played,
}

/// Measures it.
pub fn measure(setup: &Setup) -> Result<Section> {
    let folder = tempfile::tempdir()?;
    let database = folder.path().join("bench.sqlite");
    let overlapped = up(setup, &database, &["--simulate-latency", LATENCY])?;
    let serial = up(setup, &database, &["--simulate-latency", LATENCY, "--one-at-a-time"])?;
    let player = Player::new(setup, "lecture")?;
    // The first round opens connections and prepares statements.
    player.round(&overlapped)?;
    player.round(&serial)?;
    let (mut totals, mut longest, mut to_longest, mut to_sum) = (vec![], vec![], vec![], vec![]);
    for _ in 0..setup.repeats {
        let round = player.round(&overlapped)?;
        let max = round.alone.iter().max().copied().unwrap_or_default();
        totals.push(round.together.total().as_secs_f64());
        longest.push(max.as_secs_f64());
        to_longest.push(round.together.total().as_secs_f64() / max.as_secs_f64());

        let round = player.round(&serial)?;
        let sum: Duration = round.alone.iter().sum();
        to_sum.push(round.together.total().as_secs_f64() / sum.as_secs_f64());
    }
    Ok(Section {
        title: format!("lecture, {LATENCY}"),
        figures: vec![
            Figure::new("all three at once", Unit::Seconds, totals),
            Figure::new("the longest alone", Unit::Seconds, longest),
            Figure::new("all three / the longest alone", Unit::Ratio, to_longest).bar(Bar::AtMost(1.15)),
            Figure::new("one at a time: third reply / sum of all alone", Unit::Ratio, to_sum)
                .bar(Bar::Between(0.9, 1.1)),
        ],
        notes: Vec::new(),
    })
}

impl<'a> Player<'a> {
    /// Of the sample's scenario of that name.
    pub fn new(setup: &'a Setup, name: &str) -> Result<Self> {
        let catalog = Catalog::load(&setup.catalog);
        let catalog =
            catalog.map_err(|findings| anyhow::anyhow!("{}", findings.report(&setup.catalog, false)))?;
        let scenario = Scenario::load(&catalog, name)?;
        // Spans go nowhere: no endpoint is given, and the environment is not read.
        let config = Config { service_name: "meanwhile-bench".to_owned(), endpoints: Vec::new() };
        let telemetry = {
            let _inside = setup.runtime.enter();
            Telemetry::start(config)?
        };
        Ok(Self { setup, scenario, telemetry })
    }

    fn round(&self, server: &Service) -> Result<Round> {
        let mut alone = Vec::new();
        for request in &self.scenario.requests {
            let scenario = Scenario { requests: vec![request.clone()], ..self.scenario.clone() };
            alone.push(self.play(&scenario, server)?.total());
        }
        Ok(Round { alone, together: self.play(&self.scenario, server)? })
    }

    /// Every request is answered, or it fails.
    pub fn play(&self, scenario: &Scenario, server: &Service) -> Result<Played> {
        let gateway: Uri = server.url().parse()?;
        let played = self.setup.runtime.block_on(play(scenario, &gateway, &self.telemetry.tracer()));
        match played.requests.iter().find(|request| request.code != Code::Ok) {
            Some(failed) => bail!("{}: {:?}: {}", failed.method, failed.code, failed.message),
            None => Ok(played),
        }
    }
}
