//! `meanwhile gateway`: the edge, in a process of its own.

use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Args as ClapArgs;
use http::Uri;
use meanwhile_transport::shutdown_signal;

use crate::settings::{CatalogArgs, TelemetryArgs, listen};

#[derive(Debug, ClapArgs)]
pub struct Args {
    #[command(flatten)]
    catalog: CatalogArgs,
    /// The data service
    #[arg(long, env = "MEANWHILE_DATA", value_name = "URL", default_value = "http://127.0.0.1:8081")]
    data: Uri,
    /// Where clients are served
    #[arg(long, env = "MEANWHILE_LISTEN", value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Where probes are answered
    #[arg(long, env = "MEANWHILE_ADMIN", value_name = "ADDR", default_value = "127.0.0.1:9080")]
    admin: SocketAddr,
    /// Be a synchronous server, the before-picture: one call at a time
    #[arg(long, env = "MEANWHILE_ONE_AT_A_TIME")]
    one_at_a_time: bool,
    #[command(flatten)]
    telemetry: TelemetryArgs,
}

pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let shutdown = shutdown_signal();
    let telemetry = args.telemetry.start("meanwhile-gateway", true)?;
    args.telemetry.install_log(&[("meanwhile_gateway", &telemetry)])?;
    let catalog = args.catalog.load()?;
    let public = listen(args.listen, "--listen").await?;
    let admin = listen(args.admin, "--admin").await?;
    println!("gateway for {} on {}, probes on {}", catalog.name, public.local_addr()?, admin.local_addr()?);
    let mut config = meanwhile_gateway::Config::new(args.data, (&*catalog).into(), telemetry.tracer());
    config.one_at_a_time = args.one_at_a_time;
    let listeners = meanwhile_gateway::Listeners { public, admin };
    let result = meanwhile_gateway::run(config, listeners, shutdown).await;
    telemetry.shutdown().await;
    result?;
    Ok(ExitCode::SUCCESS)
}
