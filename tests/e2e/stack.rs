//! Starts the services as processes of their own, as in production: the real binary, ports of the system's choice, a
//! database that is migrated and seeded. It waits until the gateway says that every service of the catalog is served.
//! Everything ends when it is dropped.

pub mod catalog;
mod database;
pub mod network;
mod service;
pub mod stranger;
pub mod up;
pub mod wire;

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, Result};
use meanwhile_testbed::{eventually, process};

pub use self::{
    catalog::sample,
    database::{Database, PASSWORD},
    service::Service,
    wire::{Answer, Wire},
};

/// Longer than anything that starts may take on a busy machine.
pub const BOUND: Duration = Duration::from_secs(60);

/// A command for the real binary, without settings of whoever runs the tests.
pub fn meanwhile(arguments: &[&str]) -> Command {
    let mut command = process::command(env!("CARGO_BIN_EXE_meanwhile"));
    command.args(arguments);
    // Many tests start an `up`: their dashboards do not meet.
    command.env("MEANWHILE_DASHBOARD_LISTEN", "127.0.0.1:0");
    command
}

/// How a stack is to be.
#[derive(Debug)]
pub struct Setup {
    database: Database,
    catalog: PathBuf,
    delay: Duration,
    today: Option<String>,
    needs_almanac: bool,
    one_at_a_time: bool,
    otlp: Vec<String>,
    data_flags: Vec<OsString>,
    database_url: Option<String>,
    log: Option<String>,
}

impl Setup {
    /// Serves the catalog in this folder instead of the sample's.
    pub fn catalog(mut self, folder: impl Into<PathBuf>) -> Self {
        self.catalog = folder.into();
        self
    }

    /// The almanac takes this long for each reply.
    pub fn with_almanac_delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// The almanac's day where a request names none, YYYY-MM-DD.
    pub fn today(mut self, date: &str) -> Self {
        self.today = Some(date.to_owned());
        self
    }

    /// The synchronous server, the before-picture.
    pub fn one_at_a_time(mut self) -> Self {
        self.one_at_a_time = true;
        self
    }

    /// `--simulate-latency`, as `database=60ms,upstream=120ms`.
    pub fn simulate(self, latency: &str) -> Self {
        self.data_flag("--simulate-latency", latency)
    }

    /// How many database connections there may be.
    pub fn pool(self, connections: u16) -> Self {
        self.data_flag("--pool", &connections.to_string())
    }

    /// Somebody else's almanac, at this URL; none is started.
    pub fn almanac_at(mut self, url: &str) -> Self {
        self.needs_almanac = false;
        self.data_flag("--upstream", &format!("almanac={url}"))
    }

    /// Sends the spans of every service to this OTLP/gRPC endpoint.
    pub fn otlp(mut self, url: &str) -> Self {
        self.otlp.push(url.to_owned());
        self
    }

    /// RUST_LOG of every service.
    pub fn log(mut self, filter: &str) -> Self {
        self.log = Some(filter.to_owned());
        self
    }

    /// The data service goes to its database by this URL, where something stands between.
    pub fn through(mut self, url: &str) -> Self {
        self.database_url = Some(url.to_owned());
        self
    }

    /// A flag of the data service with its value.
    pub fn data_flag(mut self, flag: &str, value: &str) -> Self {
        self.data_flags.extend([flag.into(), value.into()]);
        self
    }

    /// A flag of the data service that has no value.
    pub fn data_switch(mut self, flag: &str) -> Self {
        self.data_flags.push(flag.into());
        self
    }

    /// Starts the services and waits until all of the catalog is served.
    pub fn start(self) -> Result<Stack> {
        let stack = self.start_without_waiting()?;
        stack.wait_until_served()?;
        Ok(stack)
    }

    /// Starts the services and waits only until they listen: for a database that is not there.
    pub fn start_without_waiting(self) -> Result<Stack> {
        // Seen only where the test fails: over which of the two it did.
        println!("over {}", self.database);
        let calls_almanac =
            fs::read_to_string(self.catalog.join("catalog.toml"))?.contains("[upstreams.almanac]");
        let starts_almanac = self.needs_almanac && calls_almanac;
        let almanac = starts_almanac.then(|| Service::start(self.almanac()?)).transpose()?;
        let upstream = almanac.as_ref().map(|almanac| format!("almanac=http://{}", almanac.address()));
        let data = Service::start(self.data(upstream.as_deref())?)?;
        let gateway = Service::start(self.gateway(data.address())?)?;
        Ok(Stack { gateway, data, almanac, database: self.database, catalog: self.catalog })
    }

    fn almanac(&self) -> Result<Command> {
        let delay = format!("{}ms", self.delay.as_millis());
        let mut command = self.command(&["almanac", "--delay", &delay]);
        command.args(self.today.iter().flat_map(|date| ["--today", date.as_str()]));
        Ok(command)
    }

    fn data(&self, upstream: Option<&str>) -> Result<Command> {
        let mut command = self.command(&["data", "--admin", "127.0.0.1:0"]);
        command.arg("--catalog").arg(&self.catalog);
        match &self.database_url {
            Some(url) => {
                command.args(["--database", url]).envs(self.database.password().map(|it| (PASSWORD, it)));
            }
            None => self.database.name_to(&mut command),
        }
        command.args(upstream.iter().flat_map(|upstream| ["--upstream", *upstream]));
        command.args(&self.data_flags);
        command.args(self.one_at_a_time.then_some("--one-at-a-time"));
        Ok(command)
    }

    fn gateway(&self, data: &str) -> Result<Command> {
        let data = format!("http://{data}");
        let mut command = self.command(&["gateway", "--admin", "127.0.0.1:0", "--data", &data]);
        command.arg("--catalog").arg(&self.catalog);
        command.args(self.one_at_a_time.then_some("--one-at-a-time"));
        Ok(command)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = meanwhile(arguments);
        command.args(self.otlp.iter().flat_map(|url| ["--otlp", url.as_str()]));
        command.envs(self.log.iter().map(|filter| ("RUST_LOG", filter)));
        command
    }
}

/// Running services: gateway, data service, almanac.
#[derive(Debug)]
pub struct Stack {
    pub gateway: Service,
    pub data: Service,
    pub almanac: Option<Service>,
    // Last, so that it outlives who uses it.
    pub database: Database,
    catalog: PathBuf,
}

impl Stack {
    /// The sample over this database, as a user would start it who gives no other flag.
    pub fn over(database: Database) -> Setup {
        Setup {
            database,
            catalog: sample(),
            delay: Duration::ZERO,
            today: None,
            needs_almanac: true,
            one_at_a_time: false,
            otlp: Vec::new(),
            data_flags: Vec::new(),
            database_url: None,
            log: None,
        }
    }

    /// HOST:PORT where clients are served.
    pub fn gateway(&self) -> &str {
        self.gateway.address()
    }

    /// HOST:PORT where the gateway is served.
    pub fn data(&self) -> &str {
        self.data.address()
    }

    /// The catalog's folder.
    pub fn catalog(&self) -> &Path {
        &self.catalog
    }

    /// Every line that the services have written, the gateway's first.
    pub fn logs(&self) -> Vec<String> {
        let services = [Some(&self.gateway), Some(&self.data), self.almanac.as_ref()];
        services.into_iter().flatten().flat_map(Service::lines).collect()
    }

    /// Whether the gateway says that it serves `service`; "" is the gateway itself.
    pub fn serves(&self, service: &str) -> Result<bool> {
        let url = format!("http://{}", self.gateway());
        let status = meanwhile(&["healthcheck", "--service", service, &url]).output()?.status;
        Ok(status.success())
    }

    /// A client of the gateway.
    pub fn client(&self) -> Result<Wire> {
        Wire::to(self.gateway(), &self.catalog)
    }

    /// Waits until every service of the catalog is served.
    pub fn wait_until_served(&self) -> Result<()> {
        for service in self.services()? {
            let what = format!("{service} is served, the services saying\n{}", self.logs().join("\n"));
            eventually(&what, BOUND, || self.serves(&service).ok()?.then_some(()))?;
        }
        Ok(())
    }

    /// Waits until no service of the catalog is served.
    pub fn wait_until_not_served(&self) -> Result<()> {
        for service in self.services()? {
            eventually("the end of serving", BOUND, || (!self.serves(&service).ok()?).then_some(()))?;
        }
        Ok(())
    }

    /// The catalog's services, each a folder of it.
    fn services(&self) -> Result<Vec<String>> {
        let folders = fs::read_dir(self.catalog.join("sql")).context("the catalog's folder sql")?;
        folders.map(|folder| Ok(folder?.file_name().to_string_lossy().into_owned())).collect()
    }
}
