//! Servers of a scenario's own: started for it on free ports, sent its requests, and thrown away. What `play --throw-away`
//! does, and what the dashboard's buttons do.

use std::net::SocketAddr;
use std::time::Duration;

use meanwhile_dashboard::Waits;
use meanwhile_play::{Played, Scenario, Servers, play};
use meanwhile_telemetry::Tracer;

use crate::serving::{Addresses, Options, Services, Telemetries};
use crate::settings::Latency;

/// Options as the scenario has them; what is of nobody else's concern stays as it is.
pub fn options(servers: &Servers, options: Options) -> Options {
    Options {
        pool: servers.pool,
        latency: latency(servers),
        almanac_delay: Duration::ZERO,
        batch: servers.batch,
        share: servers.share,
        ..options
    }
}

/// The stated delays that a scenario is about.
pub fn latency(servers: &Servers) -> Latency {
    Latency { database: servers.database, upstream: servers.upstream }
}

/// Starts servers that `waits` follows, sends the scenario's requests, and stops them.
pub async fn play_on_own(
    options: Options,
    scenario: &Scenario,
    player: &Tracer,
    telemetries: &Telemetries,
    waits: &Waits,
) -> anyhow::Result<Played> {
    let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
    let addresses = Addresses {
        gateway: anywhere,
        data: anywhere,
        almanac: anywhere,
        gateway_admin: anywhere,
        data_admin: anywhere,
    };
    let services = Services::start(options, addresses, telemetries).await?;
    let _following = services.sources().map(|source| waits.follow(source));
    let played = play(scenario, &services.gateway_url().parse()?, player).await;
    services.stop().await?;
    Ok(played)
}
