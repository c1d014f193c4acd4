//! What if the pool had another size: the timeline's replay of a scenario that was played with one pool, against what its
//! requests really waited for a connection when it is played with the other. Each play has servers and a dashboard of its own.

use anyhow::{Context as _, Result};
use meanwhile_proto::v1::{GetWindowRequest, PoolReplay};

use crate::dashboard::Dashboard;
use crate::figure::{Bar, Unit};
use crate::lecture::{LATENCY, Player};
use crate::section::Section;
use crate::setup::Setup;
use crate::stack::up;

/// Each scenario, the pool it is played with, and the one that is asked for.
const SCENARIOS: [(&str, usize, usize); 3] = [("pool-of-one", 1, 2), ("rush", 1, 2), ("lecture", 2, 1)];

/// Measures it.
pub fn measure(setup: &Setup) -> Result<Section> {
    let mut section = Section::new(format!("total wait for a connection, predicted and real; {LATENCY}"));
    for _ in 0..setup.repeats {
        for (name, played, asked) in SCENARIOS {
            let predicted =
                pool(setup, name, played, asked)?.what_if.first().map_or(0, |what| what.waited_ns);
            let real = pool(setup, name, asked, asked)?.waited_ns;
            let seconds = |nanos: i64| nanos as f64 / 1e9;
            section.add(
                &format!("{name}, pool {played} to {asked}: predicted"),
                Unit::Seconds,
                seconds(predicted),
            );
            section.add(&format!("{name}, pool {asked}: real"), Unit::Seconds, seconds(real));
            let error = (seconds(predicted) / seconds(real) - 1.0).abs();
            section.hold("how far predictions are off", Unit::Ratio, error, Bar::AtMost(0.2));
        }
    }
    Ok(section)
}

/// What a scenario's requests waited for a connection, played with one pool, and would have with the other.
fn pool(setup: &Setup, name: &str, connections: usize, asked: usize) -> Result<PoolReplay> {
    let dashboard = Dashboard::start(setup)?;
    let folder = tempfile::tempdir()?;
    let connections = connections.to_string();
    let flags = ["--pool", &connections, "--otlp", &dashboard.url, "--simulate-latency", LATENCY];
    let server = up(setup, &folder.path().join("bench.sqlite"), &flags)?;
    let player = Player::new(setup, name)?;
    player.play(&player.scenario, &server)?;
    let window = GetWindowRequest {
        service: "meanwhile-gateway".to_owned(),
        pool_sizes: vec![asked.try_into()?],
        ..GetWindowRequest::default()
    };
    let told = dashboard.figures(&window, player.scenario.requests.len());
    setup.runtime.block_on(told)?.pool.context("no pool")
}
