//! `meanwhile data`: the data service, in a process of its own.

use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Args as ClapArgs;
use meanwhile_data::{Config, DatabaseConfig, Limits, Listeners};
use meanwhile_transport::shutdown_signal;
use tokio::sync::watch;

use crate::reload::{ReloadArgs, Source};
use crate::settings::{CatalogArgs, DatabaseArgs, EngineArgs, TelemetryArgs, ThreadArgs, listen};

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
    /// Where gateways are served
    #[arg(long, env = "MEANWHILE_LISTEN", value_name = "ADDR", default_value = "127.0.0.1:8081")]
    listen: SocketAddr,
    /// Where probes are answered
    #[arg(long, env = "MEANWHILE_ADMIN", value_name = "ADDR", default_value = "127.0.0.1:9081")]
    admin: SocketAddr,
    /// Be a synchronous server, the before-picture: one part of a reply after the other
    #[arg(long, env = "MEANWHILE_ONE_AT_A_TIME")]
    one_at_a_time: bool,
    #[command(flatten)]
    pub threads: ThreadArgs,
    #[command(flatten)]
    telemetry: TelemetryArgs,
}

pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let shutdown = shutdown_signal();
    let telemetry = args.telemetry.start("meanwhile-data", true)?;
    args.telemetry.install_log(&[("meanwhile_data", &telemetry)])?;
    let source = Source::open(args.catalog.folder()?, args.reload).await?;
    let catalog = source.catalog().clone();
    let url = args.database.url(&catalog)?;
    let public = listen(args.listen, "--listen").await?;
    let admin = listen(args.admin, "--admin").await?;
    println!(
        "data service for {} over {url} on {}, probes on {}",
        catalog.name,
        public.local_addr()?,
        admin.local_addr()?
    );
    let (sender, catalogs) = watch::channel(catalog.clone());
    source.follow(sender, |catalog| async { Ok(catalog) }, shutdown.clone());
    let latency = args.engine.simulate_latency.unwrap_or_default();
    let config = Config {
        catalogs,
        served: watch::Sender::new(catalog),
        database: DatabaseConfig {
            url,
            pool: args.engine.pool.into(),
            simulated_latency: latency.database,
            batch: !args.engine.no_batch,
        },
        upstreams: args.engine.upstreams(),
        upstream_latency: latency.upstream,
        one_at_a_time: args.one_at_a_time,
        share: !args.engine.no_share,
        fair: !args.engine.no_fair,
        strict: args.engine.strict,
        tracer: telemetry.tracer(),
        limits: Limits::default(),
    };
    let result = meanwhile_data::run(config, Listeners { public, admin: Some(admin) }, shutdown).await;
    telemetry.shutdown().await;
    result?;
    Ok(ExitCode::SUCCESS)
}
