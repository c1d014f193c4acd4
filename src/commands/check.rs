//! `meanwhile check`: every finding of a catalog at once, each with file, line, column and the mend.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args as ClapArgs;
use meanwhile_catalog::{Catalog, Dialect, Findings};
use meanwhile_data::DatabaseUrl;

use crate::settings::{CatalogArgs, DatabaseArgs, shown};

#[derive(Debug, ClapArgs)]
pub struct Args {
    /// The catalog's folder
    #[arg(value_name = "DIR", conflicts_with = "catalog")]
    folder: Option<PathBuf>,
    #[command(flatten)]
    catalog: CatalogArgs,
    /// The statements are prepared on this database [default: an empty SQLite made from the catalog's migrations]
    #[command(flatten)]
    database: DatabaseArgs,
}

pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let folder = match args.folder {
        Some(folder) => folder,
        None => args.catalog.folder()?,
    };
    let catalog = match Catalog::load(&folder) {
        Ok(catalog) => catalog,
        Err(findings) => return Ok(report(&findings, &folder)),
    };
    let mut findings = catalog.warnings.clone();
    let (misfits, against) = match args.database.database {
        Some(_) => {
            let url = args.database.url(&catalog)?;
            (meanwhile_data::check(&catalog, &url).await?, url.to_string())
        }
        None => {
            (check_on_empty_sqlite(&catalog).await?, "an empty SQLite made from its migrations".to_owned())
        }
    };
    findings.extend(misfits);
    if findings.is_empty() {
        println!(
            "{}: {} methods, checked against {against}: nothing found",
            shown(&folder),
            catalog.methods.len()
        );
    }
    Ok(report(&findings.sorted(), &folder))
}

fn report(findings: &Findings, folder: &std::path::Path) -> ExitCode {
    print!("{}", findings.report(folder));
    let count = findings.iter().count();
    if count > 0 {
        println!("{count} finding{}", if count == 1 { "" } else { "s" });
    }
    if findings.has_errors() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Without a database the statements are still prepared: on one that lives as long as the check.
async fn check_on_empty_sqlite(catalog: &Catalog) -> anyhow::Result<Findings> {
    let folder = tempfile::tempdir()?;
    let url = DatabaseUrl::new(format!("sqlite:{}", folder.path().join("check.sqlite").display()), None)?;
    if catalog.migrations(Dialect::Sqlite).is_ok_and(|migrations| migrations.is_empty()) {
        anyhow::bail!("the catalog has no migrations for SQLite: name a database with --database URL");
    }
    meanwhile_data::migrate(catalog, &url).await?;
    Ok(meanwhile_data::check(catalog, &url).await?)
}
