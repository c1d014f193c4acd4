//! Meanwhile's services as processes of the measured program, on loopback and on ports of their own. Each is ready when its
//! constructor returns, and gone when its handle is dropped.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use meanwhile_testbed::postgres::Database;
use meanwhile_testbed::process::{self, Process, Signal};

use crate::load::Load;
use crate::setup::Setup;

/// How long a service may take to get ready.
const READY: Duration = Duration::from_secs(60);

/// How long a service may take to drain, send its last spans and end.
const END: Duration = Duration::from_secs(30);

/// How a service begins to say that spans of its own were lost.
const LOST: &str = "spans were lost";

const ANY_PORT: &str = "127.0.0.1:0";

/// The data service's connections, where a measurement does not say: as many as pgbench has.
pub const POOL: usize = crate::pgbench::CONNECTIONS;

/// Switches a feature off.
pub const NO_BATCH: &str = "--no-batch";
pub const NO_SHARE: &str = "--no-share";

/// A database as the program takes it: the password goes by environment.
#[derive(Debug, Clone)]
pub struct DatabaseAddress {
    /// Without a password.
    pub url: String,
    /// The password, if it has one.
    pub password: Option<String>,
}

impl DatabaseAddress {
    /// A SQLite file.
    pub fn sqlite(file: &Path) -> Self {
        Self { url: format!("sqlite:{}", file.display()), password: None }
    }

    /// A database of a test cluster, by TCP.
    pub fn of(database: &Database) -> Self {
        Self { url: database.url_without_password(), password: Some(database.password()) }
    }

    /// Says it to a command.
    pub fn give_to(&self, command: &mut Command) {
        command.args(["--database", &self.url]);
        command.envs(self.password.iter().map(|password| ("MEANWHILE_DATABASE_PASSWORD", password)));
    }
}

/// A running service.
#[derive(Debug)]
pub struct Service {
    process: Process,
    address: SocketAddr,
}

impl Service {
    /// Starts it; it announces its address in a line with `announcement`.
    fn start(command: Command, announcement: &str) -> Result<Self> {
        let process = Process::start(command)?;
        let line = process.wait_for_line(announcement, READY)?;
        let address = address(&line).with_context(|| format!("no address in {line:?}"))?;
        Ok(Self { process, address })
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// What sends calls to it.
    pub fn load(&self) -> Load {
        Load::new(self.address)
    }

    /// `host:port`.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// `http://host:port`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// How a stack is started.
#[derive(Debug, Clone)]
pub struct Options<'a> {
    /// The catalog's folder.
    pub catalog: &'a Path,
    /// The catalog's database.
    pub database: DatabaseAddress,
    /// The data service's connections.
    pub pool: usize,
    /// Whether point reads of one method share a round trip.
    pub batching: bool,
    /// Whether equal reads in flight become one.
    pub sharing: bool,
    /// How long the almanac takes for each reply.
    pub almanac_delay: Duration,
    /// Where spans are sent, if anywhere.
    pub otlp: Option<String>,
}

impl<'a> Options<'a> {
    /// Everything on, nothing slow, and no spans.
    pub fn new(catalog: &'a Path, database: DatabaseAddress) -> Self {
        let almanac_delay = Duration::ZERO;
        Self { catalog, database, pool: POOL, batching: true, sharing: true, almanac_delay, otlp: None }
    }

    /// What the data service is told about itself.
    fn tell_data(&self, setup: &Setup, data: &mut Command) {
        self.database.give_to(data);
        data.args(["--pool", &self.pool.to_string()]);
        let switches = [(self.batching, NO_BATCH), (self.sharing, NO_SHARE)];
        // A program that does not know the switch does not have the feature either: whoever needs it asks before.
        data.args(switches.iter().filter(|(on, flag)| !on && setup.knows(flag)).map(|(_, flag)| flag));
    }
}

/// Gateway, data service and almanac.
#[derive(Debug)]
pub struct Stack {
    /// The edge.
    pub gateway: Service,
    /// The data service.
    pub data: Service,
    /// The sample's web service.
    pub almanac: Service,
}

impl Stack {
    /// Starts all three, and waits until the gateway says that the catalog's services are served.
    pub fn start(setup: &Setup, options: &Options<'_>) -> Result<Self> {
        let command = |name: &str| {
            let mut command = command(setup, options.catalog, name);
            command.args(["--listen", ANY_PORT]);
            command.args(options.otlp.iter().flat_map(|url| ["--otlp", url]));
            command
        };
        let mut almanac = command("almanac");
        almanac.args(["--delay", &format!("{}ms", options.almanac_delay.as_millis())]);
        let almanac = Service::start(almanac, "almanac on ")?;

        let mut data = command("data");
        options.tell_data(setup, &mut data);
        data.args(["--admin", ANY_PORT, "--strict"]);
        if calls_almanac(options.catalog)? {
            data.args(["--upstream", &format!("almanac={}", almanac.url())]);
        }
        let data = Service::start(data, "data service for ")?;

        let mut gateway = command("gateway");
        gateway.args(["--admin", ANY_PORT, "--data", &data.url()]);
        let gateway = Service::start(gateway, "gateway for ")?;
        let ready = gateway.load().ready(&services(options.catalog)?, READY);
        ready.with_context(|| data.process.lines().join("\n"))?;
        eprintln!("  started: gateway {}, data {}, almanac {}", gateway.id(), data.id(), almanac.id());
        Ok(Self { gateway, data, almanac })
    }
}

impl Stack {
    /// Ends all three in order, as an operator would; answers what they said of spans that were lost.
    pub fn stop(self) -> Result<Vec<String>> {
        let mut said = Vec::new();
        for mut service in [self.gateway, self.data, self.almanac] {
            service.process.signal(Signal::TERM)?;
            service.process.wait(END)?;
            // With the process its output ends, and with that the wait for a line that was not there.
            said.extend(service.process.wait_for_line(LOST, END));
        }
        Ok(said.iter().filter_map(|line| line.find(LOST).map(|at| line[at..].to_owned())).collect())
    }
}

/// Starts `meanwhile up`; it is ready.
pub fn up(setup: &Setup, database: &Path, arguments: &[&str]) -> Result<Service> {
    let mut command = command(setup, &setup.catalog, "up");
    DatabaseAddress::sqlite(database).give_to(&mut command);
    command.args(arguments);
    serve(command)
}

/// Starts an `up` on ports of its own; it is ready.
pub fn serve(mut command: Command) -> Result<Service> {
    for flag in ["--listen", "--data-listen", "--almanac-listen", "--admin", "--data-admin"] {
        command.args([flag, ANY_PORT]);
    }
    // What is measured is the services, not what takes their spans.
    command.env("MEANWHILE_NO_DASHBOARD", "true");
    Service::start(command, "  gateway  ")
}

/// The program with a subcommand, on that catalog where the subcommand takes one.
pub fn command(setup: &Setup, catalog: &Path, subcommand: &str) -> Command {
    let mut command = process::command(&setup.meanwhile);
    command.arg(subcommand);
    if subcommand != "almanac" {
        command.arg("--catalog").arg(catalog);
    }
    command
}

/// A catalog is refused where it is told of a web service that it does not name.
fn calls_almanac(catalog: &Path) -> Result<bool> {
    Ok(std::fs::read_to_string(catalog.join("catalog.toml"))?.contains("[upstreams.almanac]"))
}

/// The names of the catalog's services: the folders of their methods.
fn services(catalog: &Path) -> Result<Vec<String>> {
    let folders = std::fs::read_dir(catalog.join("sql"))?;
    folders.map(|folder| Ok(folder?.file_name().to_string_lossy().into_owned())).collect()
}

fn address(line: &str) -> Option<SocketAddr> {
    line.split([' ', ',']).find_map(|word| word.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_address_of_a_line_is_the_public_one() {
        let line = "data service for c over postgres://u@127.0.0.1:5/d on 127.0.0.1:6, probes on 127.0.0.1:7";
        assert_eq!(address(line), Some(SocketAddr::from(([127, 0, 0, 1], 6))));
    }
}
