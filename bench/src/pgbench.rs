//! pgbench as the yardstick: the catalog's own statements with the same values, over TCP as the data service goes, prepared
//! as it prepares them, and nothing between the client and the server.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use meanwhile_testbed::postgres::Cluster;
use meanwhile_testbed::run::run;
use tempfile::TempDir;

use crate::figure::quantile;
use crate::postgres::Postgres;
use crate::setup::Setup;
use crate::stack::DatabaseAddress;

/// The yardstick's connections.
pub const CONNECTIONS: usize = 16;

/// How often a run goes through all the cities. Every run opens its connections anew, and PostgreSQL plans a new statement
/// five times before it keeps a plan; the services have done both long before. Several passes make that a small part.
const PASSES: usize = 5;

const BOUND: Duration = Duration::from_secs(120);

/// The name of the files with every transaction's time.
const LOG: &str = "times";

/// A script for pgbench, and the database to run it on.
#[derive(Debug)]
pub struct Pgbench {
    program: PathBuf,
    database: DatabaseAddress,
    folder: TempDir,
}

impl Pgbench {
    /// GetOverview's three statements for the first so many cities in turn, the later ones with values that the first one
    /// found.
    pub fn overview(setup: &Setup, postgres: &Postgres, cities: usize) -> Result<Self> {
        let statement = |name: &str| statement(setup, &format!("GetOverview/{name}.sql"));
        // A result column becomes a variable, whose name cannot have a dot.
        let city = statement("city")?.replace("location.", "location_");
        let country = statement("country")?.replace(":city.", ":city_");
        let nearest = statement("nearest")?.replace(":city.", ":city_");
        let statements = format!("{city} \\gset city_\n{country};\n{nearest};\n");
        Self::new(postgres, &in_turn(cities, &statements))
    }

    /// GetCity's statement for cities at random, each as likely as any other.
    pub fn city(setup: &Setup, postgres: &Postgres) -> Result<Self> {
        let (first, last) = postgres.cities()?.into_inner();
        let statement = statement(setup, "GetCity.sql")?;
        Self::new(postgres, &format!("\\set id random({first}, {last})\n{statement};\n"))
    }

    fn new(postgres: &Postgres, script: &str) -> Result<Self> {
        let program = Cluster::program("pgbench").context("pgbench is not beside the server's programs")?;
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("script.sql"), script)?;
        Ok(Self { program, database: postgres.address(), folder })
    }

    /// The seconds that one pass through the cities of [`Pgbench::overview`] takes.
    pub fn pass(&self, cities: usize) -> Result<f64> {
        let each = (cities * PASSES).div_ceil(CONNECTIONS);
        let rate = self.run(CONNECTIONS, &["-t", &each.to_string(), "-D", "turn=0"])?;
        Ok((each * CONNECTIONS) as f64 / rate / PASSES as f64)
    }

    /// Transactions a second.
    pub fn rate(&self, lasts: Duration) -> Result<f64> {
        self.run(CONNECTIONS, &["-T", &seconds(lasts)])
    }

    /// The median of a transaction's time on one connection, in seconds.
    pub fn alone(&self, lasts: Duration) -> Result<f64> {
        self.run(1, &["-T", &seconds(lasts), "-l", "--log-prefix", LOG])?;
        let mut times = Vec::new();
        for file in std::fs::read_dir(self.folder.path())? {
            let file = file?;
            if file.file_name().to_string_lossy().starts_with(LOG) {
                times.extend(std::fs::read_to_string(file.path())?.lines().filter_map(logged_time));
                std::fs::remove_file(file.path())?;
            }
        }
        anyhow::ensure!(!times.is_empty(), "pgbench has logged no transaction");
        Ok(quantile(&times, 0.5))
    }

    fn run(&self, connections: usize, arguments: &[&str]) -> Result<f64> {
        let mut command = Command::new(&self.program);
        command.current_dir(self.folder.path()).args(["-n", "-M", "prepared", "-f", "script.sql"]);
        command.args(["-c", &connections.to_string(), "-j", &connections.min(2).to_string()]);
        command.args(arguments).arg(&self.database.url);
        command.envs(self.database.password.iter().map(|password| ("PGPASSWORD", password)));
        let output = run(&mut command, b"", BOUND)?.success()?;
        per_second(&output).with_context(|| output.clone())
    }
}

/// pgbench takes whole seconds.
fn seconds(lasts: Duration) -> String {
    lasts.as_secs().max(1).to_string()
}

/// The third field of a log's line is the transaction's time in microseconds.
fn logged_time(line: &str) -> Option<f64> {
    Some(line.split(' ').nth(2)?.parse::<f64>().ok()? / 1e6)
}

/// A catalog's statement without its comments, whose colons pgbench would take for variables.
fn statement(setup: &Setup, file: &str) -> Result<String> {
    let file = setup.catalog.join("sql/cityscape.v1.Cities").join(file);
    let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("--"));
    Ok(lines.collect::<Vec<_>>().join("\n").trim_end().trim_end_matches(';').to_owned())
}

/// The connections deal the cities out among themselves; the last turns, where there are none left, do nothing.
fn in_turn(cities: usize, statements: &str) -> String {
    let last = cities * PASSES;
    format!(
        "\\set place :turn * {CONNECTIONS} + :client_id\n\\set turn :turn + 1\n\\if :place < {last}\n\
         \\set id :place % {cities} + 1\n{statements}\\endif\n"
    )
}

/// From a line such as `tps = 812.3 (without initial connection time)`.
fn per_second(output: &str) -> Option<f64> {
    let line = output.lines().filter_map(|line| line.strip_prefix("tps = ")).next_back()?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transactions_time_is_read_off_the_log() {
        assert_eq!(logged_time("0 199 2241 0 1175850568 995598"), Some(2241e-6));
        assert_eq!(logged_time(""), None);
    }

    #[test]
    fn the_rate_is_read_off_the_summary() {
        let output = "latency average = 1.2 ms\ntps = 812.25 (without initial connection time)\n";
        assert_eq!(per_second(output), Some(812.25));
    }
}
