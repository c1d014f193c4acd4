//! What `meanwhile check` asks a database: does every statement of the catalog fit it?

use std::time::Duration;

use meanwhile_catalog::{Catalog, Findings};

use crate::bind::bind;
use crate::database::{Database, DatabaseConfig, DatabaseUrl};
use crate::fault::Fault;
use meanwhile_proto::errors::Reason;

/// How long the database's connections may take to close.
const GOODBYE: Duration = Duration::from_secs(2);

/// Prepares every statement of the catalog on that database, and gives what does not fit.
///
/// # Errors
/// The database cannot be reached.
pub async fn check(catalog: &Catalog, url: &DatabaseUrl) -> Result<Findings, Fault> {
    let config = DatabaseConfig { url: url.clone(), pool: 1, simulated_latency: None };
    let database =
        Database::new(&config).map_err(|error| Fault::new(Reason::DatabaseUnreachable, error.to_string()))?;
    let bindings = bind(catalog, &database).await;
    let _ = tokio::time::timeout(GOODBYE, database.close()).await;
    let mut findings = Findings::default();
    for misfits in bindings?.into_values().filter_map(Result::err) {
        findings.extend(misfits);
    }
    Ok(findings.sorted())
}
