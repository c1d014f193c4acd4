//! The command line: which subcommands there are.

use std::num::NonZeroUsize;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::commands::{
    almanac, check, dashboard, data, doctor, draft, export, gateway, healthcheck, migrate, play, up,
};

/// Serve your SQL database as a gRPC API, overlap every wait, and show every wait.
#[derive(Debug, Parser)]
#[command(name = "meanwhile", version, disable_help_subcommand = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Everything in one process: gateway, data service, and the sample's web service, over SQLite by default
    Up(up::Args),
    /// The edge that faces clients: forwards calls to a data service
    Gateway(gateway::Args),
    /// The data service: executes a catalog over its database
    Data(data::Args),
    /// Takes spans by OTLP and tells what requests waited for, on one axis
    Dashboard(dashboard::Args),
    /// Take a window from the dashboard to where others look at it
    Export(export::Args),
    /// Check a catalog: every finding names file, line, column and the mend
    Check(check::Args),
    /// Write a catalog's proto and SQL from a database's own tables, to edit
    Draft(draft::Args),
    /// Bring a database's schema up to date, and fill it once
    Migrate(migrate::Args),
    /// Send a scenario's requests and draw them in time
    Play(play::Args),
    /// Ask a service whether it serves; for probes
    Healthcheck(healthcheck::Args),
    /// List what this machine has and lacks for tests and benchmarks
    Doctor(doctor::Args),
    /// The sample's web service: sunrise and sunset over HTTP
    Almanac(almanac::Args),
}

impl Command {
    /// How many threads serve, where that is said.
    pub fn threads(&self) -> Option<NonZeroUsize> {
        match self {
            Self::Up(args) => args.threads.threads,
            Self::Gateway(args) => args.threads.threads,
            Self::Data(args) => args.threads.threads,
            _ => None,
        }
    }

    pub async fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Up(args) => up::run(args).await,
            Self::Gateway(args) => gateway::run(args).await,
            Self::Data(args) => data::run(args).await,
            Self::Dashboard(args) => dashboard::run(args).await,
            Self::Export(args) => export::run(args).await,
            Self::Check(args) => check::run(args).await,
            Self::Draft(args) => draft::run(args).await,
            Self::Migrate(args) => migrate::run(args).await,
            Self::Play(args) => play::run(args).await,
            Self::Healthcheck(args) => healthcheck::run(args).await,
            Self::Doctor(args) => doctor::run(args),
            Self::Almanac(args) => almanac::run(args).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;

    const SETTINGS: &str = include_str!("../docs/settings.md");

    #[test]
    fn every_flag_stands_in_the_table_of_settings_with_its_environment_name() {
        for command in Cli::command().get_subcommands() {
            let flags = command
                .get_arguments()
                .filter_map(|argument| Some((argument.get_long()?, argument.get_env())));
            for (flag, env) in flags.filter(|(flag, _)| *flag != "help") {
                let row = SETTINGS.lines().find(|line| line.starts_with(&format!("| `--{flag}")));
                let row =
                    row.unwrap_or_else(|| panic!("--{flag} of {} is not in the table", command.get_name()));
                let env = env.map(|env| env.to_string_lossy().into_owned()).unwrap_or_default();
                assert!(row.contains(&env), "--{flag}: {env}");
            }
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
