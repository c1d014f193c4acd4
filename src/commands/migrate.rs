//! `meanwhile migrate`: brings a database's schema up to date, and fills it once.

use std::process::ExitCode;

use clap::Args as ClapArgs;

use crate::settings::{CatalogArgs, DatabaseArgs};

#[derive(Debug, ClapArgs)]
pub struct Args {
    #[command(flatten)]
    catalog: CatalogArgs,
    #[command(flatten)]
    database: DatabaseArgs,
    /// Fill the tables from the catalog's seed, unless that was done before
    #[arg(long, env = "MEANWHILE_SEED")]
    seed: bool,
}

pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let catalog = args.catalog.load()?;
    let database = args.database.url(&catalog)?;
    let migrations = meanwhile_data::migrate(&catalog, &database).await?;
    println!("{database}: the schema is at migration {migrations} of {migrations}");
    if args.seed {
        match meanwhile_data::seed(&catalog, &database).await? {
            0 => println!("{database}: seeded before"),
            rows => println!("{database}: seeded with {rows} rows"),
        }
    }
    Ok(ExitCode::SUCCESS)
}
