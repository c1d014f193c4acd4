//! The load itself: what it costs its sender, and how many calls a second it reaches against a server that does nothing.
//! It must never be what holds a measurement back.

use std::sync::Arc;

use anyhow::Result;

use crate::figure::{Bar, Unit};
use crate::load::{CONNECTIONS, Load};
use crate::requests::Requests;
use crate::section::Section;
use crate::setup::Setup;
use crate::sink::{EXPORT, Sink};

const IN_FLIGHT: usize = 64;

/// Measures it.
pub fn measure(setup: &Setup) -> Result<Section> {
    let sink = Sink::start(&setup.runtime)?;
    let load = Load::new(sink.address());
    let requests = Arc::new(Requests::empty(EXPORT));
    let title = format!(
        "the load itself, {IN_FLIGHT} in flight on {CONNECTIONS} connections, a server that does nothing"
    );
    let mut section = Section::new(title);
    for _ in 0..setup.repeats {
        let run = load.closed(&requests, IN_FLIGHT, setup.lasts)?;
        section.add("calls", Unit::PerSecond, run.rate());
        section.hold("CPU a call: load", Unit::CpuSecondsPerCall, run.cpu_a_call(), Bar::AtMost(10e-6));
    }
    Ok(section)
}
