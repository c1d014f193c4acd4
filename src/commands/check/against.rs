//! The database that statements are prepared on: the one that was named, or an empty SQLite made from the catalog's
//! migrations that lives as long as the check.

use meanwhile_catalog::{Catalog, Dialect, Finding, Findings, Reading, Source};
use meanwhile_data::{DatabaseUrl, ExplainedMethod, SchemaError};

use crate::settings::DatabaseArgs;

/// What is asked of the database, and what it said.
pub struct Asking<'a> {
    pub explains: bool,
    pub findings: &'a mut Findings,
    pub explained: Vec<ExplainedMethod>,
}

impl Asking<'_> {
    async fn ask(&mut self, reading: &Reading, url: &DatabaseUrl) -> anyhow::Result<()> {
        let findings = match self.explains {
            true => {
                let (findings, explained) = meanwhile_data::explain(reading, url).await?;
                self.explained = explained;
                findings
            }
            false => meanwhile_data::check(reading, url).await?,
        };
        self.findings.extend(findings);
        Ok(())
    }
}

/// Has a database look at every statement. Gives its name, for people.
pub async fn database(
    reading: &Reading,
    args: &DatabaseArgs,
    asking: &mut Asking<'_>,
) -> anyhow::Result<String> {
    let own = reading.catalog.database.as_deref();
    let is_sqlite = own.is_none_or(|url| Dialect::from_url(url) == Some(Dialect::Sqlite));
    if args.database.is_none() && is_sqlite {
        empty_sqlite(reading, asking).await?;
        return Ok("an empty SQLite made from its migrations".to_owned());
    }
    let url = args.url(&reading.catalog)?;
    asking.ask(reading, &url).await?;
    Ok(url.to_string())
}

/// What is wrong with the names of migrations and seed files, which nothing but `migrate` reads otherwise.
pub fn schema_files(catalog: &Catalog) -> Vec<Finding> {
    let mut faults: Vec<Finding> = Vec::new();
    for dialect in Dialect::ALL {
        let found = [catalog.migrations(dialect).err(), catalog.seeds(dialect).err()];
        for fault in found.into_iter().flatten().flatten() {
            // A file for all dialects would be told once for each.
            if !faults.iter().any(|known| known.to_string() == fault.to_string()) {
                faults.push(fault);
            }
        }
    }
    faults
}

/// Without a schema there is nothing to prepare on: what is wrong with it has to be mended first.
async fn empty_sqlite(reading: &Reading, asking: &mut Asking<'_>) -> anyhow::Result<()> {
    let catalog = &reading.catalog;
    let Ok(migrations) = catalog.migrations(Dialect::Sqlite) else { return Ok(()) };
    let asks = |method: &meanwhile_catalog::Method| {
        method.parts.iter().any(|part| matches!(part.source, Source::Sql(_)))
    };
    let mut methods = catalog.methods.iter().chain(&reading.unsound);
    if migrations.is_empty() && methods.any(asks) {
        anyhow::bail!("no database to prepare them on: name one with --database URL");
    }
    let folder = tempfile::tempdir()?;
    let url = DatabaseUrl::new(format!("sqlite:{}", folder.path().join("check.sqlite").display()), None)?;
    match meanwhile_data::migrate(catalog, &url).await {
        Ok(_) => asking.ask(reading, &url).await?,
        Err(SchemaError::Migration { file, error }) => {
            let mend = "mend it, or check against a database of its kind: --database URL";
            let message = format!("this migration does not run on SQLite: {error}");
            asking.findings.push(Finding::error(file, message, mend));
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
