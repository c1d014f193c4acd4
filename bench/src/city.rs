//! Point reads a second through gateway and data service, with spans sent to a sink and without, beside pgbench with the
//! same statement. There is no bar yet.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;

use crate::cpu;
use crate::figure::{Figure, Section, Unit};
use crate::pgbench::{CONNECTIONS, Pgbench};
use crate::postgres::Postgres;
use crate::requests::Requests;
use crate::setup::Setup;
use crate::sink::Sink;
use crate::stack::{Options, Stack};

const IN_FLIGHT: usize = 64;

const CITIES: usize = 1_000;

/// How long each load lasts.
const LASTS: Duration = Duration::from_secs(2);

/// Measures it.
pub fn measure(setup: &Setup) -> Result<Section> {
    let title = format!("GetCity, {IN_FLIGHT} in flight, PostgreSQL");
    let Some(postgres) = setup.postgres()? else {
        return Ok(Section {
            title,
            notes: vec!["left out: needs postgresql".to_owned()],
            ..Default::default()
        });
    };
    let ids = setup.city_ids(CITIES)?;
    let requests = Arc::new(Requests::city(&ids));
    let pgbench = Pgbench::city(setup, postgres, &ids)?;
    let sink = Sink::start(&setup.runtime)?;
    let plain = start(setup, postgres, None)?;
    let traced = start(setup, postgres, Some(sink.url()))?;

    let [mut without, mut with, mut ratio, mut yardstick, mut to_yardstick] = [const { Vec::new() }; 5];
    let [mut gateway_cpu, mut data_cpu] = [const { Vec::new() }; 2];
    for round in 0..=setup.repeats {
        let before = [cpu::seconds(plain.gateway.id())?, cpu::seconds(plain.data.id())?];
        let (plain_rate, calls) = rate(setup, &plain, &requests)?;
        let after = [cpu::seconds(plain.gateway.id())?, cpu::seconds(plain.data.id())?];
        let (traced_rate, _) = rate(setup, &traced, &requests)?;
        let pgbench_rate = CITIES as f64 / pgbench.run()?;
        // The first round opens connections and prepares statements.
        if round > 0 {
            without.push(plain_rate);
            with.push(traced_rate);
            ratio.push(traced_rate / plain_rate);
            yardstick.push(pgbench_rate);
            to_yardstick.push(plain_rate / pgbench_rate);
            gateway_cpu.push((after[0] - before[0]) / calls);
            data_cpu.push((after[1] - before[1]) / calls);
        }
    }
    let figures = vec![
        Figure::new("without spans", Unit::PerSecond, without),
        Figure::new("with spans to a sink", Unit::PerSecond, with),
        Figure::new("with / without spans", Unit::Ratio, ratio),
        Figure::new(format!("pgbench, {CONNECTIONS} connections"), Unit::PerSecond, yardstick),
        Figure::new("without spans / pgbench", Unit::Ratio, to_yardstick),
        Figure::new("CPU a call: gateway", Unit::CpuSecondsPerCall, gateway_cpu),
        Figure::new("CPU a call: data", Unit::CpuSecondsPerCall, data_cpu),
    ];
    Ok(Section { title, figures, notes: traced.stop()? })
}

fn start(setup: &Setup, postgres: &Postgres, otlp: Option<String>) -> Result<Stack> {
    let options = Options {
        catalog: &setup.catalog,
        database: postgres.address(),
        almanac_delay: Duration::ZERO,
        otlp,
    };
    Stack::start(setup, &options)
}

/// Calls a second, and how many calls that were.
fn rate(setup: &Setup, stack: &Stack, requests: &Arc<Requests>) -> Result<(f64, f64)> {
    let sender = stack.gateway.sender()?;
    let rate = setup.runtime.block_on(sender.steady(requests, IN_FLIGHT, LASTS))?;
    Ok((rate, rate * LASTS.as_secs_f64()))
}
