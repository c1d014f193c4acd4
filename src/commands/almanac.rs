//! `meanwhile almanac`: the sample's web service, in a process of its own.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args as ClapArgs;
use jiff::civil::Date;
use meanwhile_transport::shutdown_signal;

use crate::settings::{TelemetryArgs, listen};

#[derive(Debug, ClapArgs)]
pub struct Args {
    /// Where it listens
    #[arg(long, env = "MEANWHILE_LISTEN", value_name = "ADDR", default_value = "127.0.0.1:8082")]
    listen: SocketAddr,
    /// How long it takes for each reply
    #[arg(long, env = "MEANWHILE_DELAY", value_name = "TIME", default_value = "0ms", value_parser = humantime::parse_duration)]
    delay: Duration,
    /// The day that a request without a date means [default: today, in UTC]
    #[arg(long, env = "MEANWHILE_TODAY", value_name = "YYYY-MM-DD")]
    today: Option<Date>,
    #[command(flatten)]
    telemetry: TelemetryArgs,
}

pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let shutdown = shutdown_signal();
    let telemetry = args.telemetry.start("almanac", true)?;
    args.telemetry.install_log(&[("meanwhile_almanac", &telemetry)])?;
    let listener = listen(args.listen, "--listen").await?;
    println!("almanac on {}", listener.local_addr()?);
    let mut config = meanwhile_almanac::Config::new(telemetry.tracer());
    config.delay = args.delay;
    config.today = args.today;
    let result = meanwhile_almanac::run(config, listener, shutdown).await;
    telemetry.shutdown().await;
    result?;
    Ok(ExitCode::SUCCESS)
}
