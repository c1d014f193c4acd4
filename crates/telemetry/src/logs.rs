//! The process's log on stderr, and the spans of `tracing` on their way to each service's collector.
//!
//! Only rare paths (start-up, migrations, events) go through `tracing`; requests and waits do not. Spans of other
//! crates, such as h2's, are never exported.

use std::io::{self, IsTerminal};

use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::{SetGlobalDefaultError, set_global_default};
use tracing_subscriber::filter::{EnvFilter, ParseError, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, Registry, fmt};

use crate::service::Telemetry;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for machines.
    Json,
}

/// What the log is told.
#[derive(Debug, Clone, Default)]
pub struct LogConfig {
    /// How its lines look.
    pub format: LogFormat,
    /// Which lines there are, in the syntax of `RUST_LOG`; that variable is read where this is None, and "info"
    /// counts where it is unset too.
    pub filter: Option<String>,
}

/// Why the log could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// The filter, or `RUST_LOG`, does not parse.
    #[error("log filter: {0}")]
    Filter(#[from] ParseError),
    /// The process has a log already.
    #[error("the log is set up already")]
    Installed(#[from] SetGlobalDefaultError),
}

/// Sets up the process's log, once. `services` says which crate's `tracing` spans go to which service's collector, by
/// the crate's name as in `module_path!()`: `("meanwhile_gateway", &telemetry)`.
pub fn install(config: &LogConfig, services: &[(&'static str, &Telemetry)]) -> Result<(), InstallError> {
    let colour =
        io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    Ok(set_global_default(subscriber(config, services, io::stderr, colour)?)?)
}

fn subscriber<W>(
    config: &LogConfig,
    services: &[(&'static str, &Telemetry)],
    writer: W,
    colour: bool,
) -> Result<impl Subscriber + Send + Sync + use<W>, InstallError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = fmt::layer().with_ansi(colour).with_writer(writer);
    let lines = match config.format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().boxed(),
    };
    // An empty list of layers would turn everything off; no list at all leaves the lines alone.
    let spans = Some(spans(services)).filter(|layers| !layers.is_empty());
    Ok(Registry::default().with(spans).with(lines.with_filter(filter(config)?)))
}

fn filter(config: &LogConfig) -> Result<EnvFilter, ParseError> {
    let filter = config.filter.clone().or_else(|| std::env::var(EnvFilter::DEFAULT_ENV).ok());
    let builder = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into());
    builder.parse(filter.unwrap_or_default())
}

/// A layer for every service that exports: it sees the spans of that service's crate and no others.
fn spans<S>(services: &[(&'static str, &Telemetry)]) -> Vec<Box<dyn Layer<S> + Send + Sync>>
where
    S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
{
    let exporting = services.iter().filter_map(|(name, telemetry)| Some((*name, telemetry.sdk()?)));
    exporting
        .map(|(name, tracer)| {
            tracing_opentelemetry::layer()
                .with_tracer(tracer.clone())
                .with_location(false)
                .with_threads(false)
                .with_tracked_inactivity(false)
                .with_target(false)
                .with_filter(Targets::new().with_target(name, LevelFilter::INFO))
                .boxed()
        })
        .collect()
}

#[cfg(test)]
pub(crate) mod tests;
