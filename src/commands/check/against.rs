//! The database that statements are prepared on: the one that was named, or an empty SQLite made from the catalog's
//! migrations that lives as long as the check.

use meanwhile_catalog::{Catalog, Dialect, Finding, Findings, Reading, Source};
use meanwhile_data::{DatabaseUrl, SchemaError};

use crate::settings::DatabaseArgs;

/// Has a database look at every statement. Gives its name, for people.
pub async fn database(
    reading: &Reading,
    args: &DatabaseArgs,
    findings: &mut Findings,
) -> anyhow::Result<String> {
    let own = reading.catalog.database.as_deref();
    let is_sqlite = own.is_none_or(|url| Dialect::from_url(url) == Some(Dialect::Sqlite));
    if args.database.is_none() && is_sqlite {
        empty_sqlite(reading, findings).await?;
        return Ok("an empty SQLite made from its migrations".to_owned());
    }
    let url = args.url(&reading.catalog)?;
    findings.extend(meanwhile_data::check(reading, &url).await?);
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
async fn empty_sqlite(reading: &Reading, findings: &mut Findings) -> anyhow::Result<()> {
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
        Ok(_) => findings.extend(meanwhile_data::check(reading, &url).await?),
        Err(SchemaError::Migration { file, error }) => {
            let mend = "mend it, or check against a database of its kind: --database URL";
            let message = format!("this migration does not run on SQLite: {error}");
            findings.extend([Finding::error(file, message, mend)]);
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
