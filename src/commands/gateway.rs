//! `meanwhile gateway`: the edge, in a process of its own.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args as ClapArgs;
use http::Uri;
use meanwhile_catalog::Catalog;
use meanwhile_gateway::Contract;
use meanwhile_transport::shutdown_signal;
use tokio::sync::watch;

use crate::reload::{ReloadArgs, Source};
use crate::settings::{CatalogArgs, TelemetryArgs, ThreadArgs, listen};

#[derive(Debug, ClapArgs)]
pub struct Args {
    #[command(flatten)]
    catalog: CatalogArgs,
    #[command(flatten)]
    reload: ReloadArgs,
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
    /// Do not tell the data service which client a call is of: it gives each gateway one turn
    #[arg(long, env = "MEANWHILE_NO_FAIR")]
    no_fair: bool,
    #[command(flatten)]
    pub threads: ThreadArgs,
    #[command(flatten)]
    telemetry: TelemetryArgs,
}

pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let shutdown = shutdown_signal();
    let telemetry = args.telemetry.start("meanwhile-gateway", true)?;
    args.telemetry.install_log(&[("meanwhile_gateway", &telemetry)])?;
    let source = Source::open(args.catalog.folder()?, args.reload).await?;
    let (contract, contracts) = watch::channel(Arc::new(Contract::try_from(&**source.catalog())?));
    let public = listen(args.listen, "--listen").await?;
    let admin = listen(args.admin, "--admin").await?;
    println!(
        "gateway for {} on {}, probes on {}",
        source.catalog().name,
        public.local_addr()?,
        admin.local_addr()?
    );
    let admit = |catalog: Arc<Catalog>| async move { Ok(Arc::new(Contract::try_from(&*catalog)?)) };
    source.follow(contract, admit, shutdown.clone());
    let mut config = meanwhile_gateway::Config::new(args.data, contracts, telemetry.tracer());
    config.one_at_a_time = args.one_at_a_time;
    config.fair = !args.no_fair;
    let listeners = meanwhile_gateway::Listeners { public, admin };
    let result = meanwhile_gateway::run(config, listeners, shutdown).await;
    telemetry.shutdown().await;
    result?;
    Ok(ExitCode::SUCCESS)
}
