//! What `check` says beyond what keeps a method from being served: statements that run, and give what nobody means.
//! Serving never looks at any of it.

mod nulls;
mod page_order;
mod scans;
mod unlocked;
mod volatile;

use meanwhile_catalog::{Dialect, Finding, Method, Role, Shape, Source};

use crate::bind::{BoundMethod, BoundPart, BoundSource};
use crate::database::{Database, Facts};
use crate::fault::Fault;
use crate::parsed::Parsed;

/// What is to be said of those parts of a method that the database accepted, each by itself.
pub fn parts(method: &Method, parts: &[Option<BoundPart>], dialect: Dialect, facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, (part, bound)) in method.parts.iter().zip(parts).enumerate() {
        let (Source::Sql(sql), Some(BoundSource::Sql { prepared, .. })) =
            (&part.source, bound.as_ref().map(|bound| &bound.source))
        else {
            continue;
        };
        let Some(statement) = sql.statement(dialect) else { continue };
        let parsed = Parsed::read(statement, dialect);
        // Other parts' columns, and an etag's, fill nothing.
        if part.role == Role::Reply && part.shape != Shape::Nothing {
            let order = method.page.as_ref().filter(|page| page.part == index);
            let order = order.map(|page| page_order::columns(statement, &page.columns)).unwrap_or_default();
            findings.extend(nulls::findings(part, &order, statement, &prepared.columns, &parsed, facts));
        }
        findings.extend(volatile::findings(method, statement, &parsed, facts));
        findings.extend(unlocked::finding(part, statement, prepared));
    }
    findings.into_iter().map(|finding| finding.of(method.full_name())).collect()
}

/// What is to be said of a method that could be bound, as a whole.
///
/// # Errors
/// The database could not be asked.
pub async fn findings(
    method: &Method,
    bound: &BoundMethod,
    database: &Database,
) -> Result<Vec<Finding>, Fault> {
    let mut findings = page_order::findings(method, bound, database).await?;
    let orders = method.orders.iter().flat_map(|orders| &orders.list);
    let bound_orders = bound.orders.iter().flat_map(|orders| &orders.list);
    for (order, (_, bound)) in orders.zip(bound_orders) {
        findings.extend(page_order::findings(&method.in_order(order), bound, database).await?);
    }
    findings.extend(scans::findings(method, bound, database).await?);
    Ok(findings.into_iter().map(|finding| finding.of(method.full_name())).collect())
}

pub use scans::plans;

#[cfg(test)]
mod tests;
