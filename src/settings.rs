//! Settings that several subcommands share. Each is a flag with an environment name `MEANWHILE_*`; their defaults
//! stand in docs/settings.md. Nothing deeper inside reads the environment.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::parser::ValueSource;
use clap::{ArgMatches, Args};
use meanwhile_catalog::Catalog;
use meanwhile_data::DatabaseUrl;
use meanwhile_telemetry::logs::{LogConfig, LogFormat};
use meanwhile_telemetry::{Config as TelemetryConfig, Telemetry};

use crate::colour::Paint;

/// Where the catalog is.
#[derive(Debug, Clone, Args)]
pub struct CatalogArgs {
    /// The catalog's folder [default: this folder, or the sample in catalogs/cityscape]
    #[arg(long, env = "MEANWHILE_CATALOG", value_name = "DIR")]
    pub catalog: Option<PathBuf>,
}

impl CatalogArgs {
    /// The folder, asked for or found.
    pub fn folder(&self) -> anyhow::Result<PathBuf> {
        if let Some(folder) = &self.catalog {
            return Ok(folder.clone());
        }
        let found = [".", "catalogs/cityscape"].into_iter().map(PathBuf::from);
        let found = found.into_iter().find(|folder| folder.join("catalog.toml").is_file());
        found.context("no catalog here: name its folder with --catalog DIR")
    }

    /// The checked catalog.
    pub fn load(&self) -> anyhow::Result<Arc<Catalog>> {
        let folder = self.folder()?;
        match Catalog::load(&folder) {
            Ok(catalog) => Ok(Arc::new(catalog)),
            Err(findings) => {
                eprint!("{}", findings.report(&folder, Paint::on(&std::io::stderr()).is_seen()));
                bail!("the catalog {} has findings", folder.display())
            }
        }
    }
}

/// Where the database is, and how many connections it gets.
#[derive(Debug, Clone, Args)]
pub struct DatabaseArgs {
    /// sqlite:FILE or postgres://USER@HOST:PORT/NAME, without a password [default: the catalog's own]
    #[arg(long, env = "MEANWHILE_DATABASE", value_name = "URL", hide_env_values = true)]
    pub database: Option<String>,
    #[command(flatten)]
    password: PasswordArgs,
}

/// A password is not a flag: flags are seen by everybody on the machine.
#[derive(Debug, Clone, Args)]
struct PasswordArgs {
    /// The file that holds the database's password
    #[arg(long, env = "MEANWHILE_DATABASE_PASSWORD_FILE", value_name = "FILE")]
    database_password_file: Option<PathBuf>,
}

/// The password itself comes by environment alone.
const PASSWORD: &str = "MEANWHILE_DATABASE_PASSWORD";

impl DatabaseArgs {
    /// The database that was asked for, or the catalog's own.
    pub fn url(&self, catalog: &Catalog) -> anyhow::Result<DatabaseUrl> {
        let url = self.existing(catalog.database.as_deref())?;
        make_folder(&url)?;
        Ok(url)
    }

    /// The same, for who makes no database where there is none.
    pub fn existing(&self, catalogs: Option<&str>) -> anyhow::Result<DatabaseUrl> {
        let url = self.database.as_deref().or(catalogs);
        let url = url.context("no database: name it with --database URL, or in catalog.toml")?;
        Ok(DatabaseUrl::new(url, self.password.read()?)?)
    }
}

/// A SQLite file's folder is made where it is missing, as the file itself is.
fn make_folder(url: &DatabaseUrl) -> anyhow::Result<()> {
    if url.dialect() == meanwhile_catalog::Dialect::Sqlite
        && let Some(folder) = url.file()?.parent().filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder).with_context(|| format!("the folder of {url}"))?;
    }
    Ok(())
}

impl PasswordArgs {
    fn read(&self) -> anyhow::Result<Option<String>> {
        match &self.database_password_file {
            Some(file) => {
                let text = std::fs::read_to_string(file);
                let text = text.with_context(|| format!("the password file {}", file.display()))?;
                Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
            }
            None => Ok(std::env::var(PASSWORD).ok()),
        }
    }
}

/// A flag is in the process list and in the shell's history: a password there is refused, and not repeated.
pub fn refuse_password_in_flag(matches: &ArgMatches) -> Result<(), clap::Error> {
    let Some((_, subcommand)) = matches.subcommand() else { return Ok(()) };
    let from_flag = |id: &str| match subcommand.try_contains_id(id) {
        Ok(true) => subcommand.value_source(id) == Some(ValueSource::CommandLine),
        _ => false,
    };
    if !from_flag("database") {
        return Ok(());
    }
    let url = subcommand.get_one::<String>("database");
    match url.is_some_and(|url| DatabaseUrl::has_password(url)) {
        true => Err(clap::Error::raw(
            clap::error::ErrorKind::ValueValidation,
            format!(
                "--database holds a password, which others can read off the process list\n\n  \
                     put it into {PASSWORD}, or into a file that --database-password-file names\n"
            ),
        )),
        false => Ok(()),
    }
}

/// Where spans and log lines go.
#[derive(Debug, Clone, Args)]
pub struct TelemetryArgs {
    /// Send spans to this OTLP/gRPC endpoint, http://HOST:PORT; may be repeated
    #[arg(long, env = "MEANWHILE_OTLP", value_name = "URL", value_delimiter = ',')]
    pub otlp: Vec<String>,
    /// Where spans go as well, whatever else is said: the dashboard of this process.
    #[arg(skip)]
    pub beside: Option<String>,
    #[command(flatten)]
    log: LogArgs,
}

/// What the dashboard's page is told.
#[derive(Debug, Clone, Args)]
pub struct PageArgs {
    /// Where Jaeger's page is, which the dashboard's page links to
    #[arg(long, env = "MEANWHILE_JAEGER_UI", value_name = "URL", default_value = "http://127.0.0.1:16686", value_parser = web_address)]
    pub jaeger_ui: String,
    /// Where that Jaeger takes spans by OTLP/gRPC: the page's window can be sent there, as one trace
    #[arg(long, env = "MEANWHILE_JAEGER_OTLP", value_name = "URL")]
    pub jaeger_otlp: Option<http::Uri>,
}

/// The process's log.
#[derive(Debug, Clone, Args)]
pub struct LogArgs {
    /// How log lines look
    #[arg(long, env = "MEANWHILE_LOG_FORMAT", value_enum, default_value = "text")]
    log_format: Format,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

impl TelemetryArgs {
    /// A service's telemetry. In a process of its own, the service's name may come from OTEL_SERVICE_NAME.
    pub fn start(&self, service: &str, is_alone: bool) -> anyhow::Result<Telemetry> {
        let mut config = TelemetryConfig::resolve(service, self.otlp.clone());
        if !is_alone {
            config.service_name = service.to_owned();
        }
        config.endpoints.extend(self.beside.clone());
        Ok(Telemetry::start(config)?)
    }

    /// The process's log; `services` are its crates with their telemetry.
    pub fn install_log(&self, services: &[(&'static str, &Telemetry)]) -> anyhow::Result<()> {
        self.log.install(services)
    }
}

impl LogArgs {
    /// The process's log; `services` are its crates with their telemetry, where they have one.
    pub fn install(&self, services: &[(&'static str, &Telemetry)]) -> anyhow::Result<()> {
        let format = match self.log_format {
            Format::Text => LogFormat::Text,
            Format::Json => LogFormat::Json,
        };
        Ok(meanwhile_telemetry::logs::install(&LogConfig { format, filter: None }, services)?)
    }
}

/// How the data service works.
#[derive(Debug, Clone, Args)]
pub struct EngineArgs {
    /// How many database connections there may be
    #[arg(long, env = "MEANWHILE_POOL", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub pool: u16,
    /// A web service that is elsewhere than the catalog says; may be repeated
    #[arg(long = "upstream", env = "MEANWHILE_UPSTREAM", value_name = "NAME=URL", value_delimiter = ',', value_parser = pair)]
    pub upstreams: Vec<(String, String)>,
    /// Add a stated delay to each trip, as things far away would
    #[arg(long, env = "MEANWHILE_SIMULATE_LATENCY", value_name = "database=60ms,upstream=120ms", value_parser = latency)]
    pub simulate_latency: Option<Latency>,
    /// Send every statement by itself, also where calls wait for the same one
    #[arg(long, env = "MEANWHILE_NO_BATCH")]
    pub no_batch: bool,
    /// Answer every call by itself, also where equal ones are under way
    #[arg(long, env = "MEANWHILE_NO_SHARE")]
    pub no_share: bool,
    /// Let calls wait in order of arrival, whoever sent them
    #[arg(long, env = "MEANWHILE_NO_FAIR")]
    pub no_fair: bool,
    /// Exit when a method does not fit the database, instead of refusing that method alone
    #[arg(long, env = "MEANWHILE_STRICT")]
    pub strict: bool,
}

/// The threads that calls are served on.
#[derive(Debug, Args)]
pub struct ThreadArgs {
    /// How many threads serve; half the processors where it is not said
    #[arg(long, env = "MEANWHILE_THREADS", value_name = "N")]
    pub threads: Option<NonZeroUsize>,
}

impl EngineArgs {
    /// The web services that are elsewhere, by name.
    pub fn upstreams(&self) -> BTreeMap<String, String> {
        self.upstreams.iter().cloned().collect()
    }
}

/// Stated delays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Latency {
    /// On each trip to the database.
    pub database: Option<Duration>,
    /// On each web call.
    pub upstream: Option<Duration>,
}

pub fn latency(text: &str) -> Result<Latency, String> {
    let mut latency = Latency::default();
    for part in text.split(',') {
        let (name, value) = pair(part)?;
        let value = humantime::parse_duration(&value).map_err(|error| format!("{value}: {error}"))?;
        match name.as_str() {
            "database" => latency.database = Some(value),
            "upstream" => latency.upstream = Some(value),
            _ => return Err(format!("{name} is neither database nor upstream")),
        }
    }
    Ok(latency)
}

/// A page's address, without a slash at the end. With another scheme a link could do anything.
fn web_address(text: &str) -> Result<String, String> {
    match text.starts_with("http://") || text.starts_with("https://") {
        true => Ok(text.trim_end_matches('/').to_owned()),
        false => Err("it is not http:// or https://".to_owned()),
    }
}

pub fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| format!("{text} is not NAME=VALUE"))?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

/// A listener, or an error that names the flag.
pub async fn listen(address: std::net::SocketAddr, flag: &str) -> anyhow::Result<tokio::net::TcpListener> {
    let listener = tokio::net::TcpListener::bind(address).await;
    listener.with_context(|| format!("cannot listen on {address}: choose another address with {flag} ADDR"))
}

/// For messages: the catalog's folder as it was named.
pub fn shown(path: &Path) -> String {
    path.display().to_string()
}
