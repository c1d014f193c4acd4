//! What if the pool had another size: the timeline's replay of a scenario that was played with one pool, against what its
//! requests really waited for a connection when it is played with the other. Each play has servers and a dashboard of its own.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use meanwhile_proto::v1::timeline_client::TimelineClient;
use meanwhile_proto::v1::{GetWindowRequest, PoolReplay};
use meanwhile_testbed::process::{Process, command};
use tonic::transport::Endpoint;

use crate::figure::{Bar, Unit};
use crate::lecture::{LATENCY, Player};
use crate::section::Section;
use crate::setup::Setup;
use crate::stack::up;

/// Each scenario, the pool it is played with, and the one that is asked for.
const SCENARIOS: [(&str, usize, usize); 3] = [("pool-of-one", 1, 2), ("rush", 1, 2), ("lecture", 2, 1)];

/// How long a dashboard may take to be ready, and the last span to come.
const BOUND: Duration = Duration::from_secs(30);

/// Longer than the services take to send their spans, each on its own: every 200 ms.
const PAUSE: Duration = Duration::from_millis(600);

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
    let mut dashboard = command(&setup.meanwhile);
    dashboard.args(["dashboard", "--listen", "127.0.0.1:0"]);
    let dashboard = Process::start(dashboard)?;
    let line = dashboard.wait_for_line("dashboard on ", BOUND)?;
    let address = line.split_whitespace().find_map(|word| word.strip_suffix(':')).context("no address")?;
    let url = format!("http://{address}");
    let folder = tempfile::tempdir()?;
    let flags = ["--pool", &connections.to_string(), "--otlp", &url, "--simulate-latency", LATENCY];
    let server = up(setup, &folder.path().join("bench.sqlite"), &flags)?;
    let player = Player::new(setup, name)?;
    player.play(&player.scenario, &server)?;
    setup.runtime.block_on(told(&url, player.scenario.requests.len(), asked))
}

/// As the dashboard tells it, once all requests have come, and for a while nothing more of them.
async fn told(url: &str, requests: usize, asked: usize) -> Result<PoolReplay> {
    let mut timeline = TimelineClient::new(Endpoint::from_shared(url.to_owned())?.connect().await?);
    let until = Instant::now() + BOUND;
    let mut before = None;
    loop {
        let request = GetWindowRequest {
            service: "meanwhile-gateway".to_owned(),
            pool_sizes: vec![asked.try_into()?],
            ..GetWindowRequest::default()
        };
        let figures = timeline.get_window(request).await?.into_inner().figures.context("no figures")?;
        let come = usize::try_from(figures.requests)?;
        let pool = figures.pool.context("no pool")?;
        if come == requests && before.as_ref() == Some(&pool) {
            return Ok(pool);
        }
        if Instant::now() > until {
            bail!("{come} of {requests} requests came");
        }
        before = Some(pool);
        tokio::time::sleep(PAUSE).await;
    }
}
