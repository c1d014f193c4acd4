//! Plays scenarios as `meanwhile play` does, in this process, so that times are exact and each run's traces have a name.

use anyhow::{Result, anyhow, ensure};
use meanwhile_catalog::Catalog;
use meanwhile_play::{Planned, Played, Scenario, play};
use meanwhile_telemetry::{Config, Telemetry};
use tokio::runtime::Runtime;
use tonic::Code;

use crate::stack::{Stack, sample};

pub struct Player {
    runtime: Runtime,
    telemetry: Telemetry,
}

impl Player {
    /// One whose spans nobody takes.
    pub fn silent() -> Result<Self> {
        Self::new("silent", Vec::new())
    }

    /// One whose spans go to an OTLP endpoint, from a service of this name.
    pub fn traced(name: &str, otlp: &str) -> Result<Self> {
        Self::new(name, vec![otlp.to_owned()])
    }

    fn new(name: &str, endpoints: Vec<String>) -> Result<Self> {
        let runtime = Runtime::new()?;
        let config = Config { service_name: name.to_owned(), endpoints };
        let telemetry = runtime.block_on(async { Telemetry::start(config) })?;
        Ok(Self { runtime, telemetry })
    }

    /// Plays the scenario; every request must succeed.
    pub fn play(&self, scenario: &Scenario, stack: &Stack) -> Result<Played> {
        let gateway = format!("http://{}", stack.gateway()).parse()?;
        let played = self.runtime.block_on(play(scenario, &gateway, &self.telemetry.tracer()));
        let failed = played.requests.iter().find(|request| request.code != Code::Ok);
        ensure!(failed.is_none(), "{failed:?}, the services saying\n{}", stack.logs().join("\n"));
        Ok(played)
    }

    /// Sends the spans that are still here.
    pub fn finish(self) {
        self.runtime.block_on(self.telemetry.shutdown());
    }
}

/// One of the sample's scenarios.
pub fn scenario(name: &str) -> Result<Scenario> {
    let catalog = Catalog::load(&sample()).map_err(|findings| anyhow!("{findings}"))?;
    Ok(Scenario::load(&catalog, name)?)
}

/// A scenario of these requests.
pub fn scenario_of(requests: Vec<Planned>) -> Scenario {
    Scenario { requests, ..Scenario::default() }
}
