//! The same requests against a synchronous server and against one that overlaps, on servers that are started for it and
//! thrown away. What each request waited for is told by the dashboard that was named, or by one that is thrown away too.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use meanwhile_catalog::Catalog;
use meanwhile_dashboard::{Config, Waits};
use meanwhile_data::DatabaseUrl;
use meanwhile_play::{Played, Scenario, Seen, Spans};
use meanwhile_telemetry::Tracer;
use tokio::sync::watch;

use super::Args;
use crate::beside::Socket;
use crate::drawn::Drawn;
use crate::own::{self, play_on_own};
use crate::serving::{Options, Telemetries};

/// First one at a time, then overlapped.
pub async fn before_and_after(
    args: &Args,
    catalog: Arc<Catalog>,
    scenario: &Scenario,
    player: &Tracer,
) -> anyhow::Result<Vec<Drawn>> {
    let (own, at) = match &args.dashboard {
        Some(named) => (None, named.clone()),
        None => {
            let socket = Socket::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
            let at = socket.url().parse()?;
            (Some(socket.serve(Config::default())), at)
        }
    };
    let mut drawn = Vec::new();
    for played in play_twice(args, catalog, scenario, player, &at).await? {
        // The services have ended, and sent what they had.
        let mut seen = Seen::ask(&at, &played, Spans::Sent).await;
        if let (Ok(seen), true) = (&mut seen, own.is_some()) {
            seen.page = None;
        }
        drawn.push(Drawn { played, seen });
    }
    if let Some(own) = own {
        own.stop().await?;
    }
    Ok(drawn)
}

async fn play_twice(
    args: &Args,
    catalog: Arc<Catalog>,
    scenario: &Scenario,
    player: &Tracer,
    dashboard: &Uri,
) -> anyhow::Result<Vec<Played>> {
    let folder = tempfile::tempdir()?;
    let database = DatabaseUrl::new(format!("sqlite:{}", folder.path().join("play.sqlite").display()), None)?;
    meanwhile_data::migrate(&catalog, &database).await?;
    meanwhile_data::seed(&catalog, &database).await?;
    let mut telemetry = args.telemetry.clone();
    telemetry.beside = Some(dashboard.to_string());
    let telemetries = Telemetries::start(&telemetry)?;
    let servers = scenario.servers.clone().unwrap_or_default();
    let mut played = Vec::new();
    for one_at_a_time in [true, false] {
        let options = Options {
            catalogs: watch::channel(catalog.clone()).1,
            database: database.clone(),
            pool: servers.pool,
            upstreams: Default::default(),
            latency: args.simulate_latency.unwrap_or_else(|| own::latency(&servers)),
            almanac_delay: Duration::ZERO,
            strict: true,
            batch: servers.batch,
            share: servers.share,
            fair: true,
            one_at_a_time,
        };
        played.push(play_on_own(options, scenario, player, &telemetries, &Waits::default()).await?);
    }
    telemetries.shutdown().await;
    Ok(played)
}
