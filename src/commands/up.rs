//! `meanwhile up`: everything in one process.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args as ClapArgs;
use meanwhile_catalog::Catalog;
use meanwhile_dashboard::{Config, Waits};
use meanwhile_data::{DatabaseUrl, SchemaError};
use meanwhile_gateway::Contract;
use meanwhile_play::Scenario;
use meanwhile_transport::shutdown_signal;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::beside::Socket;
use crate::pressed::{Sender, buttons};
use crate::reload::{ReloadArgs, Source};
use crate::serving::{Addresses, Options, Services, Telemetries};
use crate::settings::{CatalogArgs, DatabaseArgs, EngineArgs, PageArgs, TelemetryArgs, ThreadArgs};

/// How often a changed catalog's migrations are tried while the database cannot be reached, and the pause between.
const MIGRATIONS: usize = 30;
const PAUSE: Duration = Duration::from_secs(1);

#[derive(Debug, ClapArgs)]
pub struct Args {
    #[command(flatten)]
    catalog: CatalogArgs,
    #[command(flatten)]
    reload: ReloadArgs,
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(flatten)]
    engine: EngineArgs,
    #[command(flatten)]
    pub threads: ThreadArgs,
    #[command(flatten)]
    telemetry: TelemetryArgs,
    /// Where the gateway listens
    #[arg(long, env = "MEANWHILE_LISTEN", value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Where the data service listens
    #[arg(long, env = "MEANWHILE_DATA_LISTEN", value_name = "ADDR", default_value = "127.0.0.1:8081")]
    data_listen: SocketAddr,
    /// Where the sample's web service listens
    #[arg(long, env = "MEANWHILE_ALMANAC_LISTEN", value_name = "ADDR", default_value = "127.0.0.1:8082")]
    almanac_listen: SocketAddr,
    /// Where the gateway's probes are answered
    #[arg(long, env = "MEANWHILE_ADMIN", value_name = "ADDR", default_value = "127.0.0.1:9080")]
    admin: SocketAddr,
    /// Where the data service's probes are answered
    #[arg(long, env = "MEANWHILE_DATA_ADMIN", value_name = "ADDR", default_value = "127.0.0.1:9081")]
    data_admin: SocketAddr,
    /// Where the dashboard listens: its page, and spans of others
    #[arg(long, env = "MEANWHILE_DASHBOARD_LISTEN", value_name = "ADDR", default_value = "127.0.0.1:8090")]
    dashboard_listen: SocketAddr,
    /// Leave the dashboard out
    #[arg(long, env = "MEANWHILE_NO_DASHBOARD")]
    no_dashboard: bool,
    #[command(flatten)]
    page: PageArgs,
    /// How long the sample's web service takes for each reply
    #[arg(long, env = "MEANWHILE_DELAY", value_name = "TIME", default_value = "0ms", value_parser = humantime::parse_duration)]
    delay: Duration,
    /// Be a synchronous server, the before-picture: one call at a time, one part after the other
    #[arg(long, env = "MEANWHILE_ONE_AT_A_TIME")]
    one_at_a_time: bool,
}

pub async fn run(mut args: Args) -> anyhow::Result<ExitCode> {
    let start = Instant::now();
    let shutdown = shutdown_signal();
    let socket = match args.no_dashboard {
        true => None,
        false => Some(Socket::bind(args.dashboard_listen).await?),
    };
    args.telemetry.beside = socket.as_ref().map(Socket::url);
    let telemetries = Telemetries::start(&args.telemetry)?;
    args.telemetry.install_log(&telemetries.by_crate())?;
    let source = Source::open(args.catalog.folder()?, args.reload).await?;
    let catalog = source.catalog().clone();
    let waits = Waits::default();
    // Only who sits at this machine may have things sent.
    let (scenarios, pressed) = match socket.as_ref().filter(|socket| socket.is_loopback()) {
        Some(own) => {
            Some(buttons(&catalog, own.url().parse()?, args.telemetry.clone(), waits.clone())?).unzip()
        }
        None => (None, None),
    };
    // Whose page is linked to is, as a rule, who gets the spans.
    let first = || args.telemetry.otlp.first().and_then(|url| url.parse().ok());
    let config = Config {
        scenarios,
        waits: waits.clone(),
        jaeger: args.page.jaeger_ui.clone(),
        jaeger_otlp: args.page.jaeger_otlp.clone().or_else(first),
        ..Config::default()
    };
    let dashboard = socket.map(|socket| socket.serve(config));
    let database = args.database.url(&catalog)?;
    meanwhile_data::migrate(&catalog, &database).await?;
    let seeded = meanwhile_data::seed(&catalog, &database).await?;
    let (sender, catalogs) = watch::channel(catalog.clone());
    let options = Options {
        catalogs,
        database: database.clone(),
        pool: args.engine.pool.into(),
        upstreams: args.engine.upstreams(),
        latency: args.engine.simulate_latency.unwrap_or_default(),
        almanac_delay: args.delay,
        strict: args.engine.strict,
        batch: !args.engine.no_batch,
        share: !args.engine.no_share,
        fair: !args.engine.no_fair,
        one_at_a_time: args.one_at_a_time,
    };
    let addresses = Addresses {
        gateway: args.listen,
        data: args.data_listen,
        almanac: args.almanac_listen,
        gateway_admin: args.admin,
        data_admin: args.data_admin,
    };
    let mut services = Services::start(options.clone(), addresses, &telemetries).await?;
    let _following = services.sources().map(|source| waits.follow(source));
    if seeded > 0 {
        println!("seeded {database} with {seeded} rows");
    }
    print_status(&args, &catalog, &database.to_string(), &services, start.elapsed());
    let admit = move |catalog| admit(catalog, database.clone());
    source.follow(sender, admit, shutdown.clone());
    let gateway = services.gateway_url();
    let result = tokio::select! {
        () = shutdown.cancelled() => Ok(()),
        ended = services.ended() => ended.and_then(|()| anyhow::bail!("a service ended by itself")),
        never = send(pressed, &options, &gateway) => match never {},
    };
    let stopped = services.stop().await;
    telemetries.shutdown().await;
    let stopped = match dashboard {
        Some(dashboard) => stopped.and(dashboard.stop().await),
        None => stopped,
    };
    result.and(stopped)?;
    Ok(ExitCode::SUCCESS)
}

/// Sends what the page's buttons ask for.
async fn send(pressed: Option<Sender>, options: &Options, gateway: &str) -> Infallible {
    if let Some(mut pressed) = pressed {
        pressed.send(options, gateway).await;
    }
    std::future::pending().await
}

/// What has to be done before a changed catalog is served. A database that is away for a moment is waited for.
async fn admit(catalog: Arc<Catalog>, database: DatabaseUrl) -> anyhow::Result<Arc<Catalog>> {
    Contract::try_from(&*catalog)?;
    for _ in 1..MIGRATIONS {
        match meanwhile_data::migrate(&catalog, &database).await {
            Err(SchemaError::Connect(error)) => {
                tracing::warn!(%error, "waiting for the database, to migrate it")
            }
            migrated => return Ok(migrated.map(|_| catalog)?),
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(meanwhile_data::migrate(&catalog, &database).await.map(|_| catalog)?)
}

fn print_status(args: &Args, catalog: &Catalog, database: &str, services: &Services, took: Duration) {
    println!("{} is served over {database}, ready in {:.1} s\n", catalog.name, took.as_secs_f64());
    println!("  gateway  {}   gRPC, reflection, health", services.gateway);
    println!("  data     {}", services.data);
    if let Some(almanac) = services.almanac {
        println!("  almanac  {almanac}   http://{almanac}/daylight?lat=52.52&lon=13.41");
    }
    println!("  probes   {}, {}", services.admin[0], services.admin[1]);
    if let Some(dashboard) = &args.telemetry.beside {
        println!("  page     {dashboard}   every request on one axis");
    }
    match args.telemetry.otlp.as_slice() {
        [] => println!("  spans    not sent elsewhere; --otlp http://127.0.0.1:4317 sends them to Jaeger"),
        endpoints => println!("  spans    to {}", endpoints.join(", ")),
    }
    if args.engine.simulate_latency.is_some() || args.one_at_a_time {
        println!("\n  not as fast as it is: {}", handicaps(args).join(", "));
    }
    println!("\nTry\n\n  {}\n", example(catalog, services));
    println!("Ctrl-C ends it.");
}

fn handicaps(args: &Args) -> Vec<String> {
    let latency = args.engine.simulate_latency.unwrap_or_default();
    let stated = |name: &str, delay: Option<Duration>| {
        delay.map(|delay| {
            format!("{} more on each trip to the {name} (simulated)", humantime::format_duration(delay))
        })
    };
    let serial = args.one_at_a_time.then(|| "one call at a time".to_owned());
    [stated("database", latency.database), stated("web service", latency.upstream), serial]
        .into_iter()
        .flatten()
        .collect()
}

/// A call that works: one of the catalog's scenarios', or the first method there is.
fn example(catalog: &Catalog, services: &Services) -> String {
    let scenarios =
        Scenario::names(&catalog.root).into_iter().filter_map(|name| Scenario::load(catalog, &name).ok());
    let requests: Vec<_> = scenarios.flat_map(|scenario| scenario.requests).collect();
    let composite =
        |path: &str| catalog.methods.iter().any(|method| method.path == path && method.parts.len() > 1);
    let best = requests.iter().find(|request| composite(&request.path)).or(requests.first());
    let (json, path) = match best {
        Some(request) => (request.json.as_str(), request.path.as_str()),
        None => ("{}", catalog.methods.first().map_or("/", |method| method.path.as_str())),
    };
    format!("grpcurl -plaintext -d '{json}' {} {}", services.gateway, &path[1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_has_a_call_to_try() -> anyhow::Result<()> {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogs/cityscape");
        let catalog = Catalog::load(&root).map_err(|findings| anyhow::anyhow!("{findings}"))?;
        let scenario = Scenario::load(&catalog, "lecture")?;
        assert_eq!(scenario.requests.len(), 3);
        Ok(())
    }
}
