//! A stack under a closed loop of point reads: how many calls a second, and whose CPU time a call is.

use std::sync::Arc;

use anyhow::Result;

use crate::figure::Unit;
use crate::load::Run;
use crate::postgres::Postgres;
use crate::processes::{Processes, Used};
use crate::requests::Requests;
use crate::section::Section;
use crate::setup::Setup;
use crate::stack::{Options, Stack};

/// A stack and the requests that are sent to it.
#[derive(Debug)]
pub struct Chain {
    pub stack: Stack,
    processes: Processes,
    requests: Arc<Requests>,
}

/// Where calls come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// Through the gateway to the data service: the full chain.
    Gateway,
    /// Straight to the data service.
    Data,
}

/// One turn of a chain.
#[derive(Debug)]
pub struct Turn {
    pub run: Run,
    used: Used,
}

impl Chain {
    /// Starts it, for point reads of all cities.
    pub fn start(setup: &Setup, postgres: &Postgres, options: &Options<'_>) -> Result<Self> {
        Self::with_requests(setup, postgres, options, Requests::city(postgres.cities()?))
    }

    /// Starts it for these requests.
    pub fn with_requests(
        setup: &Setup,
        postgres: &Postgres,
        options: &Options<'_>,
        requests: Requests,
    ) -> Result<Self> {
        let stack = Stack::start(setup, options)?;
        let processes = Processes::of(&stack, postgres)?;
        Ok(Self { stack, processes, requests: Arc::new(requests) })
    }

    /// Keeps so many calls in flight.
    pub fn turn(&self, setup: &Setup, door: Door, in_flight: usize) -> Result<Turn> {
        let service = match door {
            Door::Gateway => &self.stack.gateway,
            Door::Data => &self.stack.data,
        };
        let before = self.processes.read()?;
        let run = service.load().closed(&self.requests, in_flight, setup.lasts)?;
        Ok(Turn { run, used: self.processes.used_since(&before)? })
    }

    /// Sends so many calls a second through the gateway.
    pub fn open(&self, setup: &Setup, a_second: usize) -> Result<Run> {
        self.stack.gateway.load().open(&self.requests, a_second, setup.lasts)
    }
}

impl Turn {
    /// Calls a second.
    pub fn rate(&self) -> f64 {
        self.run.rate()
    }

    /// CPU seconds a call of a process.
    pub fn cpu(&self, name: &str) -> f64 {
        let used = self.used.iter().find(|(known, _)| *known == name);
        used.map_or(0.0, |(_, seconds)| seconds / self.run.calls())
    }

    /// Adds the CPU time a call of the load and of these processes, without a bar.
    pub fn add_cpu(&self, section: &mut Section, of: &str, names: &[&str]) {
        let load = [("load", self.run.cpu_a_call())];
        let all = load.into_iter().chain(names.iter().map(|name| (*name, self.cpu(name))));
        for (name, seconds) in all {
            section.add(&format!("{of}: CPU a call: {name}"), Unit::CpuSecondsPerCall, seconds);
        }
    }
}
