//! pgbench as the yardstick: the catalog's own statements with the same values, over TCP as the data service goes, prepared
//! as it prepares them, and nothing between the client and the server.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use meanwhile_testbed::postgres::Cluster;
use meanwhile_testbed::run::run;
use tempfile::TempDir;

use crate::postgres::Postgres;
use crate::setup::Setup;
use crate::stack::DatabaseAddress;

/// The yardstick's connections.
pub const CONNECTIONS: usize = 16;

/// How often a run goes through all the cities. Every run opens its connections anew, and PostgreSQL plans a new statement
/// five times before it keeps a plan; the services have done both long before. Several passes make that a small part.
const PASSES: usize = 5;

const BOUND: Duration = Duration::from_secs(120);

/// A script for pgbench, and the database to run it on.
#[derive(Debug)]
pub struct Pgbench {
    program: PathBuf,
    database: DatabaseAddress,
    folder: TempDir,
    cities: usize,
}

impl Pgbench {
    /// GetOverview's three statements for each of these cities, the later ones with values that the first one found.
    pub fn overview(setup: &Setup, postgres: &Postgres, ids: &[i64]) -> Result<Self> {
        let statement = |name: &str| statement(setup, &format!("GetOverview/{name}.sql"));
        // A result column becomes a variable, whose name cannot have a dot.
        let city = statement("city")?.replace("location.", "location_");
        let country = statement("country")?.replace(":city.", ":city_");
        let nearest = statement("nearest")?.replace(":city.", ":city_");
        Self::new(postgres, ids, &format!("{city} \\gset city_\n{country};\n{nearest};\n"))
    }

    /// GetCity's statement for each of these cities.
    pub fn city(setup: &Setup, postgres: &Postgres, ids: &[i64]) -> Result<Self> {
        Self::new(postgres, ids, &format!("{};\n", statement(setup, "GetCity.sql")?))
    }

    fn new(postgres: &Postgres, ids: &[i64], statements: &str) -> Result<Self> {
        let program = Cluster::program("pgbench").context("pgbench is not beside the server's programs")?;
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("script.sql"), script(ids, statements))?;
        Ok(Self { program, database: postgres.address(), folder, cities: ids.len() })
    }

    /// Runs the script; answers the seconds that one pass through the cities took.
    pub fn run(&self) -> Result<f64> {
        let each = (self.cities * PASSES).div_ceil(CONNECTIONS);
        let mut command = Command::new(&self.program);
        command.current_dir(self.folder.path()).args(["-n", "-M", "prepared", "-f", "script.sql"]);
        command.args(["-c", &CONNECTIONS.to_string(), "-j", "2", "-t", &each.to_string()]);
        // An integer variable that counts a connection's turns.
        command.args(["-D", "turn=0", &self.database.url]);
        command.envs(self.database.password.iter().map(|password| ("PGPASSWORD", password)));
        let output = run(&mut command, b"", BOUND)?.success()?;
        let per_second = per_second(&output).with_context(|| output.clone())?;
        Ok((each * CONNECTIONS) as f64 / per_second / PASSES as f64)
    }
}

/// A catalog's statement without its comments, whose colons pgbench would take for variables.
fn statement(setup: &Setup, file: &str) -> Result<String> {
    let file = setup.catalog.join("sql/cityscape.v1.Cities").join(file);
    let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("--"));
    Ok(lines.collect::<Vec<_>>().join("\n").trim_end().trim_end_matches(';').to_owned())
}

/// The connections deal the cities out among themselves; the last turns, where there are none left, do nothing.
fn script(ids: &[i64], statements: &str) -> String {
    let last = ids.len() * PASSES;
    let mut script = format!("\\set place :turn * {CONNECTIONS} + :client_id\n\\set turn :turn + 1\n");
    let _ = write!(script, "\\if :place < {last}\n\\set place :place % {}\n\\set id ", ids.len());
    choose(&mut script, ids, 0);
    let _ = write!(script, "\n{statements}\\endif\n");
    script
}

/// pgbench has no arrays: the id is found by halving, ten comparisons of a thousand.
fn choose(script: &mut String, ids: &[i64], first: usize) {
    match ids {
        [] => script.push('0'),
        [id] => script.push_str(&id.to_string()),
        _ => {
            let (low, high) = ids.split_at(ids.len() / 2);
            let middle = first + low.len();
            let _ = write!(script, "CASE WHEN :place < {middle} THEN ");
            choose(script, low, first);
            script.push_str(" ELSE ");
            choose(script, high, middle);
            script.push_str(" END");
        }
    }
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
    fn an_id_is_found_by_halving() {
        let mut script = String::new();
        choose(&mut script, &[70, 80, 90], 0);
        assert_eq!(script, "CASE WHEN :place < 1 THEN 70 ELSE CASE WHEN :place < 2 THEN 80 ELSE 90 END END");
    }

    #[test]
    fn the_rate_is_read_off_the_summary() {
        let output = "latency average = 1.2 ms\ntps = 812.25 (without initial connection time)\n";
        assert_eq!(per_second(output), Some(812.25));
    }
}
