//! `meanwhile dashboard`: takes spans and tells of them, in a process of its own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args as ClapArgs;
use http::{HeaderValue, Uri};
use meanwhile_dashboard::{Config, JaegerApi, Roots, Source, Waits};
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
    /// A sampler kept one request in so many of what is sent here, and the spans do not tell: what only all requests could
    /// tell is withheld
    #[arg(long, env = "MEANWHILE_SAMPLED", value_name = "ONE-IN", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    sampled: u32,
    #[command(flatten)]
    reads: JaegerArgs,
    #[command(flatten)]
    page: PageArgs,
    #[command(flatten)]
    log: LogArgs,
}

/// A Jaeger whose traces are read.
#[derive(Debug, ClapArgs)]
struct JaegerArgs {
    /// Read windows from the Jaeger whose page is here, base path included
    #[arg(long, env = "MEANWHILE_JAEGER", value_name = "URL")]
    jaeger: Option<Uri>,
    /// The file that holds the bearer token for it; the token itself comes by MEANWHILE_JAEGER_TOKEN
    #[arg(long, env = "MEANWHILE_JAEGER_TOKEN_FILE", value_name = "FILE", requires = "jaeger")]
    jaeger_token_file: Option<PathBuf>,
    /// The file with the certificates, in PEM, that its own is to be signed by; Mozilla's roots where it is not said
    #[arg(long, env = "MEANWHILE_JAEGER_CA", value_name = "FILE", requires = "jaeger")]
    jaeger_ca: Option<PathBuf>,
    /// The most traces of a service that it is asked for at once; a window that has more says so
    #[arg(long, env = "MEANWHILE_JAEGER_SEARCH_DEPTH", value_name = "N", default_value_t = 1_500, value_parser = clap::value_parser!(u32).range(1..))]
    jaeger_search_depth: u32,
}

/// The token itself comes by environment alone.
const TOKEN: &str = "MEANWHILE_JAEGER_TOKEN";

impl JaegerArgs {
    fn api(self) -> anyhow::Result<Option<JaegerApi>> {
        let Some(url) = self.jaeger else { return Ok(None) };
        let token = match self.jaeger_token_file {
            Some(file) => {
                let read = std::fs::read_to_string(&file);
                Some(read.with_context(|| format!("--jaeger-token-file {}", file.display()))?)
            }
            None => std::env::var(TOKEN).ok(),
        };
        let token = token.map(|token| HeaderValue::try_from(format!("Bearer {}", token.trim())));
        let mut token =
            token.transpose().context("the token for Jaeger has characters that no header may have")?;
        token.iter_mut().for_each(|token| token.set_sensitive(true));
        let roots = self.jaeger_ca.map(|file| roots(&file)).transpose()?;
        Ok(Some(JaegerApi { url, token, roots, search_depth: self.jaeger_search_depth.try_into()? }))
    }
}

fn roots(file: &Path) -> anyhow::Result<Roots> {
    let flag = || format!("--jaeger-ca {}", file.display());
    let text = std::fs::read(file).with_context(flag)?;
    Roots::from_pem(&text).with_context(flag)
}

/// It makes no spans of its own: they would be about themselves.
pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let shutdown = shutdown_signal();
    args.log.install(&[])?;
    let reads = args.reads.api()?;
    let listener = listen(args.listen, "--listen").await?;
    let address = listener.local_addr()?;
    println!(
        "dashboard on {address}: OTLP by gRPC and http://{address}/v1/traces, meanwhile.v1.Timeline by gRPC"
    );
    let max_bytes = usize::try_from(args.memory)?.saturating_mul(MIB);
    let waits = Waits::default();
    let sources = args.waits.into_iter().map(|(service, url)| Source { service, url });
    let _following: Vec<_> = sources.map(|source| waits.follow(source)).collect();
    let config = Config {
        reads,
        sampled_one_in: args.sampled,
        waits,
        max_bytes,
        hosts: args.hosts,
        jaeger: args.page.jaeger_ui,
        jaeger_otlp: args.page.jaeger_otlp,
        ..Config::default()
    };
    meanwhile_dashboard::run(config, listener, shutdown).await?;
    Ok(ExitCode::SUCCESS)
}
