//! What `check` looks for beyond what keeps a method from being served: each file knows one fault, and asks the database
//! where the catalog's files do not tell. Nothing is said where nothing is known.

mod page_order;
mod scans;

use meanwhile_catalog::{Finding, Method};

use crate::bind::BoundMethod;
use crate::database::Database;
use crate::fault::Fault;

/// All that is found in a method that could be bound.
///
/// # Errors
/// The database could not be asked.
pub async fn findings(
    method: &Method,
    bound: &BoundMethod,
    database: &Database,
) -> Result<Vec<Finding>, Fault> {
    let mut findings = page_order::findings(method, bound, database).await?;
    findings.extend(scans::findings(method, bound, database).await?);
    Ok(findings.into_iter().map(|finding| finding.of(method.full_name())).collect())
}
