//! Meanwhile: serve your SQL database as a gRPC API declared in `.proto` and `.sql`, and see every wait across all
//! requests at once. This is the one binary; each subcommand is one file and only wires parts together.

mod beside;
mod cli;
mod colour;
mod commands;
mod drawn;
mod own;
mod pressed;
mod ready;
mod reload;
mod serving;
mod settings;
mod threads;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let matches = cli::Cli::command().get_matches();
    if let Err(error) = settings::refuse_password_in_flag(&matches) {
        error.exit();
    }
    let cli = cli::Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    // Many waiting calls are many sockets. Where the limit cannot be raised, the one there is holds.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let result = threads::runtime(cli.command.threads())
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(cli.command.run()));
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("meanwhile: {error:#}");
            ExitCode::FAILURE
        }
    }
}
