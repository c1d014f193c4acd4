//! What `meanwhile check` asks a database: does every statement of the catalog fit it, and does it mean what it says?

use std::time::Duration;

use meanwhile_catalog::{Finding, Findings, Reading};
use meanwhile_proto::errors::Reason;

use crate::bind::look;
use crate::database::{Database, DatabaseConfig, DatabaseUrl};
use crate::fault::Fault;
use crate::lint;

/// How long the database's connections may take to close.
const GOODBYE: Duration = Duration::from_secs(2);

/// Prepares every statement of the catalog on that database, also those of methods that have findings already, and
/// gives what does not fit and what the lints say.
///
/// # Errors
/// The database cannot be reached.
pub async fn check(reading: &Reading, url: &DatabaseUrl) -> Result<Findings, Fault> {
    let config = DatabaseConfig { url: url.clone(), pool: 1, simulated_latency: None };
    let database =
        Database::new(&config).map_err(|error| Fault::new(Reason::DatabaseUnreachable, error.to_string()))?;
    let findings = findings(reading, &database).await;
    let _ = tokio::time::timeout(GOODBYE, database.close()).await;
    findings.map(Findings::sorted)
}

async fn findings(reading: &Reading, database: &Database) -> Result<Findings, Fault> {
    let facts = database.facts().await?;
    let mut findings = Findings::default();
    for method in reading.catalog.methods.iter().chain(&reading.unsound) {
        let look = look(method, database).await?;
        let mut found = lint::parts(method, &look.parts, database.dialect(), &facts);
        match look.whole(method, database) {
            Ok(bound) => found.extend(lint::findings(method, &bound, database).await?),
            Err(misfits) => found.extend(misfits),
        }
        // What was told of a place already is what the database stumbles over there.
        let is_new = |found: &Finding| !reading.findings.iter().any(|known| is_same_place(known, found));
        findings.extend(found.into_iter().filter(is_new));
    }
    Ok(findings)
}

fn is_same_place(a: &Finding, b: &Finding) -> bool {
    let start = |finding: &Finding| finding.place.as_ref().map(|place| place.range.start);
    a.file == b.file && a.place.is_some() && start(a) == start(b)
}

#[cfg(test)]
mod tests;
