//! `meanwhile check`: every finding of a catalog at once, each with file, line, column and the mend.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
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
    let is_sqlite =
        catalog.database.as_deref().is_none_or(|url| Dialect::from_url(url) == Some(Dialect::Sqlite));
    let (misfits, against) = if args.database.database.is_none() && is_sqlite {
        (check_on_empty_sqlite(&catalog).await?, "an empty SQLite made from its migrations".to_owned())
    } else {
        let url = args.database.url(&catalog)?;
        (meanwhile_data::check(&catalog, &url).await?, url.to_string())
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
        anyhow::bail!("no database to prepare its statements on: name one with --database URL");
    }
    let migrated = meanwhile_data::migrate(catalog, &url).await;
    migrated
        .context("its migrations do not run on SQLite: name a database of its kind with --database URL")?;
    Ok(meanwhile_data::check(catalog, &url).await?)
}
