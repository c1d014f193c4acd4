//! `meanwhile check`: every finding of a catalog at once, each with file, line, column and the mend.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args as ClapArgs;
use meanwhile_catalog::{Catalog, Dialect, Finding, Findings};
use meanwhile_data::{DatabaseUrl, SchemaError};

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
    let against = if args.database.database.is_none() && is_sqlite {
        findings.extend(check_on_empty_sqlite(&catalog).await?);
        "an empty SQLite made from its migrations".to_owned()
    } else {
        let url = args.database.url(&catalog)?;
        findings.extend(schema_files(&catalog, url.dialect()));
        findings.extend(meanwhile_data::check(&catalog, &url).await?);
        url.to_string()
    };
    if findings.is_empty() {
        let count = counted(catalog.methods.len(), "method");
        println!("{}: {count}, checked against {against}: nothing found", shown(&folder));
    }
    Ok(report(&findings.sorted(), &folder))
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn report(findings: &Findings, folder: &std::path::Path) -> ExitCode {
    print!("{}", findings.report(folder));
    let count = findings.iter().count();
    if count > 0 {
        println!("{}", counted(count, "finding"));
    }
    if findings.has_errors() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// What is wrong with the names of migrations and seed files, which nothing but `migrate` reads otherwise.
fn schema_files(catalog: &Catalog, dialect: Dialect) -> Vec<Finding> {
    let faults = [catalog.migrations(dialect).err(), catalog.seeds(dialect).err()];
    faults.into_iter().flatten().flatten().collect()
}

/// Without a database the statements are still prepared: on one that lives as long as the check.
async fn check_on_empty_sqlite(catalog: &Catalog) -> anyhow::Result<Vec<Finding>> {
    let faults = schema_files(catalog, Dialect::Sqlite);
    if !faults.is_empty() {
        return Ok(faults);
    }
    if catalog.migrations(Dialect::Sqlite).is_ok_and(|migrations| migrations.is_empty()) {
        anyhow::bail!("no database to prepare its statements on: name one with --database URL");
    }
    let folder = tempfile::tempdir()?;
    let url = DatabaseUrl::new(format!("sqlite:{}", folder.path().join("check.sqlite").display()), None)?;
    match meanwhile_data::migrate(catalog, &url).await {
        Ok(_) => Ok(meanwhile_data::check(catalog, &url).await?.into_iter().collect()),
        Err(SchemaError::Migration { file, error }) => {
            let mend = "mend it, or check against a database of its kind: --database URL";
            Ok(vec![Finding::error(file, format!("this migration does not run on SQLite: {error}"), mend)])
        }
        Err(error) => Err(error.into()),
    }
}
