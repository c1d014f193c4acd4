//! `meanwhile dashboard`: takes spans and tells of them, in a process of its own.

use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Args as ClapArgs;
use meanwhile_dashboard::{Config, Source, Waits};
use meanwhile_transport::shutdown_signal;

use crate::settings::{LogArgs, PageArgs, listen, pair};

const MIB: usize = 1 << 20;

#[derive(Debug, ClapArgs)]
pub struct Args {
    /// Where spans are taken and questions answered
    #[arg(long, env = "MEANWHILE_LISTEN", value_name = "ADDR", default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
    /// What spans may take in memory, in MiB; the oldest are dropped
    #[arg(long, env = "MEANWHILE_MEMORY", value_name = "MIB", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(1..))]
    memory: u32,
    /// A name it is called by, besides localhost and addresses; may be repeated
    #[arg(long = "host", env = "MEANWHILE_HOST", value_name = "NAME", value_delimiter = ',')]
    hosts: Vec<String>,
    /// A service that tells what waits right now, by the name its spans have and where its --admin is; may be repeated
    #[arg(long, env = "MEANWHILE_WAITS", value_name = "NAME=URL", value_delimiter = ',', value_parser = pair)]
    waits: Vec<(String, String)>,
    #[command(flatten)]
    page: PageArgs,
    #[command(flatten)]
    log: LogArgs,
}

/// It makes no spans of its own: they would be about themselves.
pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let shutdown = shutdown_signal();
    args.log.install(&[])?;
    let listener = listen(args.listen, "--listen").await?;
    let address = listener.local_addr()?;
    println!(
        "dashboard on {address}: OTLP by gRPC and http://{address}/v1/traces, meanwhile.v1.Timeline by gRPC"
    );
    let max_bytes = usize::try_from(args.memory)?.saturating_mul(MIB);
    let waits = Waits::default();
    let sources = args.waits.into_iter().map(|(service, url)| Source { service, url });
    let _following: Vec<_> = sources.map(|source| waits.follow(source)).collect();
    let config =
        Config { waits, max_bytes, hosts: args.hosts, jaeger: args.page.jaeger_ui, ..Config::default() };
    meanwhile_dashboard::run(config, listener, shutdown).await?;
    Ok(ExitCode::SUCCESS)
}
