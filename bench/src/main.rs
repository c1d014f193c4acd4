//! Measures Meanwhile beside its yardsticks, and says which bars it holds. Servers are processes of the release binary on
//! loopback; what is compared is measured in turns, so that a machine that slows down slows both. Tests hold ratios and
//! orders of events; times are held here alone.

mod bad_plan;
mod batching;
mod cancels;
mod catalog_files;
mod chain;
mod cpu;
mod dashboard;
mod draft;
mod figure;
mod generator;
mod hot;
mod intake;
mod lecture;
mod load;
mod lone;
mod machine;
mod methods;
mod open;
mod overlap;
mod overview;
mod page;
mod pgbench;
mod point;
mod pooler;
mod postgres;
mod processes;
mod report;
mod requests;
mod rows;
mod section;
mod setup;
mod sink;
mod sleeps;
mod stack;
mod startup;
mod table;
mod timeline;
mod tracing;
mod waiting;
mod what_if;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};

use crate::figure::Verdict;
use crate::machine::Machine;
use crate::report::Report;
use crate::section::Section;
use crate::setup::Setup;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measure Meanwhile beside its yardsticks; exit code 1 when a bar is missed by more than the spread.
#[derive(Debug, Parser)]
struct Args {
    /// Write every value as JSON too
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Measure only this; may be repeated
    #[arg(long, value_enum, value_name = "MEASUREMENT")]
    only: Vec<Measurement>,
    /// How often each thing is measured
    #[arg(long, value_name = "COUNT", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=100))]
    repeats: u16,
    /// How many seconds each load lasts
    #[arg(long, value_name = "SECONDS", default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=60))]
    lasts: u64,
    /// The program to measure [default: the one built beside this one]
    #[arg(long, value_name = "FILE")]
    meanwhile: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Measurement {
    /// What the load costs its sender
    Generator,
    /// Point reads a second through both services, each a round trip of its own
    Point,
    /// Point reads that share round trips
    Batching,
    /// A statement whose batches plan badly, batching on and off
    BadPlan,
    /// Many callers of one key, shared and not
    Hot,
    /// Every request traced, and no span lost
    Tracing,
    /// One point read at a time
    Lone,
    /// Point reads at a fixed rate
    Open,
    /// 1,000 calls that sleep in the database
    Sleeps,
    /// Ten calls that sleep in the database, on the timeline
    Overlap,
    /// Statements of calls that leave
    Cancels,
    /// 10,000 calls that wait for a web service
    Waiting,
    /// 1,000 composite replies at once
    Overview,
    /// Point reads behind PgBouncer
    Pooler,
    /// Three requests at once against each of them alone
    Lecture,
    /// How soon `up` is ready
    Startup,
    /// Rows to wire bytes
    Rows,
    /// Spans to lanes and figures
    Timeline,
    /// What a pool of another size would do
    WhatIf,
    /// Spans a second into the dashboard
    Intake,
    /// The dashboard's page with 10,000 requests, in a browser
    Page,
    /// 200 tables drafted, checked and read
    Draft,
    /// 1,000 methods checked and served
    Methods,
}

impl Measurement {
    fn run(self, setup: &Setup) -> anyhow::Result<Section> {
        match self {
            Self::Generator => generator::measure(setup),
            Self::Point => point::measure(setup),
            Self::Batching => batching::measure(setup),
            Self::BadPlan => bad_plan::measure(setup),
            Self::Hot => hot::measure(setup),
            Self::Tracing => tracing::measure(setup),
            Self::Lone => lone::measure(setup),
            Self::Open => open::measure(setup),
            Self::Sleeps => sleeps::measure(setup),
            Self::Overlap => overlap::measure(setup),
            Self::Cancels => cancels::measure(setup),
            Self::Waiting => waiting::measure(setup),
            Self::Overview => overview::measure(setup),
            Self::Pooler => pooler::measure(setup),
            Self::Lecture => lecture::measure(setup),
            Self::Startup => startup::measure(setup),
            Self::Rows => rows::measure(setup),
            Self::Timeline => timeline::measure(setup),
            Self::WhatIf => what_if::measure(setup),
            Self::Intake => intake::measure(setup),
            Self::Page => page::measure(setup),
            Self::Draft => draft::measure(setup),
            Self::Methods => methods::measure(setup),
        }
    }
}

fn main() -> ExitCode {
    match run(Args::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// A measurement that fails does not keep the others from being made, but the run has failed.
fn run(args: Args) -> anyhow::Result<ExitCode> {
    let setup = Setup::new(args.meanwhile, args.repeats.into(), Duration::from_secs(args.lasts))?;
    let machine = Machine::describe();
    println!("{machine}\n");
    let mut report = Report { machine, sections: Vec::new() };
    let mut has_failed = false;
    for &measurement in Measurement::value_variants() {
        if !args.only.is_empty() && !args.only.contains(&measurement) {
            continue;
        }
        eprintln!("measuring: {measurement:?}");
        match measurement.run(&setup) {
            Ok(section) => report.sections.push(section),
            Err(error) => {
                eprintln!("bench: {measurement:?}: {error:#}");
                has_failed = true;
            }
        }
    }
    println!("{}", table::draw(&report.sections));
    if let Some(file) = &args.json {
        report.write(file)?;
    }
    let mut figures = report.sections.iter().flat_map(|section| &section.figures);
    has_failed |= figures.any(|figure| figure.verdict() == Some(Verdict::Missed));
    Ok(if has_failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
