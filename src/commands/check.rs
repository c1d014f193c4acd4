//! `meanwhile check`: every finding of a catalog at once, each with file, line, column and the mend. Exits with 0 where
//! nothing keeps it from being served, with 1 where something does, with 2 where the check itself could not be made.

mod against;
mod explained;
mod json;
mod report;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args as ClapArgs;
use meanwhile_catalog::{Catalog, Findings};
use meanwhile_data::ExplainedMethod;

use crate::colour::Paint;
use crate::settings::{CatalogArgs, DatabaseArgs};

#[derive(Debug, ClapArgs)]
pub struct Args {
    /// The catalog's folder
    #[arg(value_name = "DIR", conflicts_with = "catalog")]
    folder: Option<PathBuf>,
    #[command(flatten)]
    catalog: CatalogArgs,
    #[command(flatten)]
    database: DatabaseArgs,
    /// How the findings are told: for people, or as one JSON document
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Say of each method what it takes and gives, how the database answers it, and whether it shares and batches
    #[arg(long)]
    explain: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

/// What became of a check.
struct Checked {
    folder: PathBuf,
    methods: usize,
    /// The database that the statements were prepared on, for people; or why none was asked.
    against: Result<String, String>,
    findings: Findings,
    /// The methods that can be served, where they are to be explained.
    explained: Option<Vec<ExplainedMethod>>,
}

pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let checked = match check(&args).await {
        Ok(checked) => checked,
        Err(error) => {
            eprintln!("meanwhile: {error:#}");
            return Ok(ExitCode::from(2));
        }
    };
    match args.format {
        Format::Text => print!("{}", report::text(&checked, Paint::on(&std::io::stdout()))),
        Format::Json => println!("{}", json::document(&checked)),
    }
    if let Err(reason) = &checked.against {
        eprintln!("meanwhile: the statements were not checked: {reason}");
    }
    Ok(match (checked.findings.has_errors(), checked.against) {
        (true, _) => ExitCode::FAILURE,
        (false, Err(_)) => ExitCode::from(2),
        (false, Ok(_)) => ExitCode::SUCCESS,
    })
}

async fn check(args: &Args) -> anyhow::Result<Checked> {
    let folder = match &args.folder {
        Some(folder) => folder.clone(),
        None => args.catalog.folder()?,
    };
    anyhow::ensure!(folder.is_dir(), "no catalog: {} is not a folder", folder.display());
    let reading = Catalog::read(&folder);
    let methods = reading.catalog.methods.len() + reading.unsound.len();
    let mut findings = reading.findings.clone();
    findings.extend(against::schema_files(&reading.catalog));
    let mut asking =
        against::Asking { explains: args.explain, findings: &mut findings, explained: Vec::new() };
    let against = match against::database(&reading, &args.database, &mut asking).await {
        Ok(against) => Ok(against),
        Err(error) => Err(format!("{error:#}")),
    };
    let explained = args.explain.then_some(asking.explained);
    Ok(Checked { folder, methods, against, findings: findings.sorted(), explained })
}
