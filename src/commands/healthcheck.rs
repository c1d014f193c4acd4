//! `meanwhile healthcheck`: asks a service whether it serves. Exit code 0 means yes.

use std::process::ExitCode;
use std::time::Duration;

use clap::Args as ClapArgs;

use crate::ready;

#[derive(Debug, ClapArgs)]
pub struct Args {
    /// Where the service answers probes, http://HOST:PORT
    #[arg(value_name = "URL", default_value = "http://127.0.0.1:9080")]
    url: String,
    /// The gRPC service asked for [default: the process itself]
    #[arg(long, default_value = "", hide_default_value = true, value_name = "NAME")]
    service: String,
    /// The longest to wait for an answer
    #[arg(long, value_name = "TIME", default_value = "3s", value_parser = humantime::parse_duration)]
    timeout: Duration,
}

pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let serves = ready::serves(&args.url, &args.service, args.timeout).await?;
    println!("{}", if serves { "SERVING" } else { "NOT_SERVING" });
    Ok(if serves { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
