//! What `meanwhile check` asks a database: does every statement of the catalog fit it, and does it mean what it says?

use std::time::Duration;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use meanwhile_catalog::{Finding, Findings, Method, Reading};
use meanwhile_proto::errors::Reason;

use crate::bind::{AT_ONCE, look};
use crate::database::{Database, DatabaseConfig, DatabaseUrl, Facts};
use crate::explain::{self, ExplainedMethod};
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
    ask(reading, url, false).await.map(|(findings, _)| findings)
}

/// The same, and explains each method that can be served, in order of their names.
///
/// # Errors
/// The database cannot be reached.
pub async fn explain(
    reading: &Reading,
    url: &DatabaseUrl,
) -> Result<(Findings, Vec<ExplainedMethod>), Fault> {
    ask(reading, url, true).await
}

async fn ask(
    reading: &Reading,
    url: &DatabaseUrl,
    explains: bool,
) -> Result<(Findings, Vec<ExplainedMethod>), Fault> {
    let config = DatabaseConfig { url: url.clone(), pool: AT_ONCE, simulated_latency: None, batch: false };
    let database =
        Database::new(&config).map_err(|error| Fault::new(Reason::DatabaseUnreachable, error.to_string()))?;
    let asked = all(reading, &database, explains).await;
    let _ = tokio::time::timeout(GOODBYE, database.close()).await;
    asked
}

async fn all(
    reading: &Reading,
    database: &Database,
    explains: bool,
) -> Result<(Findings, Vec<ExplainedMethod>), Fault> {
    let facts = &database.facts().await?;
    let methods = reading.catalog.methods.iter().chain(&reading.unsound);
    let asked = methods.map(|method| of_method(method, reading, database, facts, explains));
    let asked: Vec<(Vec<Finding>, Option<ExplainedMethod>)> =
        stream::iter(asked).buffer_unordered(AT_ONCE).try_collect().await?;
    let (mut findings, mut explained) = (Findings::default(), Vec::new());
    findings.extend(database.is_pooler().then(behind_a_pooler));
    for (found, method) in asked {
        findings.extend(found);
        explained.extend(method);
    }
    explained.sort_by(|a, b| a.name.cmp(&b.name));
    Ok((findings.sorted(), explained))
}

fn behind_a_pooler() -> Finding {
    Finding::warning(
        "catalog.toml",
        "the database is behind a pooler: each statement has a transaction of its own and is prepared anew, and row \
         locks are not told",
        "name the server itself where that is too slow",
    )
}

async fn of_method(
    method: &Method,
    reading: &Reading,
    database: &Database,
    facts: &Facts,
    explains: bool,
) -> Result<(Vec<Finding>, Option<ExplainedMethod>), Fault> {
    let look = look(method, database).await?;
    let mut found = lint::parts(method, &look.parts, database.dialect(), facts);
    for (order, look) in method.orders.iter().flat_map(|orders| &orders.list).zip(&look.orders) {
        let more = lint::parts(&method.in_order(order), &look.parts, database.dialect(), facts);
        // The orders share the files that need none.
        let is_new = |finding: &Finding| !found.iter().any(|known| known.to_string() == finding.to_string());
        let more: Vec<Finding> = more.into_iter().filter(is_new).collect();
        found.extend(more);
    }
    let mut explained = None;
    match look.whole(method, database) {
        Ok(bound) => {
            found.extend(lint::findings(method, &bound, database).await?);
            if explains {
                explained = Some(explain::explain(method, &bound, database, facts).await?);
            }
        }
        Err(misfits) => found.extend(misfits),
    }
    // What was told of a place already is what the database stumbles over there.
    found.retain(|found| !reading.findings.iter().any(|known| is_same_place(known, found)));
    Ok((found, explained))
}

fn is_same_place(a: &Finding, b: &Finding) -> bool {
    let start = |finding: &Finding| finding.place.as_ref().map(|place| place.range.start);
    a.file == b.file && a.place.is_some() && start(a) == start(b)
}

#[cfg(test)]
mod tests;
