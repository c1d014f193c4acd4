//! A filter that makes a scan: given alone, it has the database look at every row of a table, because no index serves its
//! condition. A table on which a scan is merely cheaper, because it is still small, is not told of.

use meanwhile_catalog::{Finding, Method, Source, Statement};

use crate::bind::{BoundMethod, BoundSource};
use crate::database::Database;
use crate::fault::Fault;
use crate::plan_shown::PlanShown;

/// How the method's statements are executed, those of all its orders.
///
/// # Errors
/// The database could not be asked.
pub async fn plans(
    method: &Method,
    bound: &BoundMethod,
    database: &Database,
) -> Result<Vec<PlanShown>, Fault> {
    let orders = method.orders.iter().flat_map(|orders| &orders.list).map(|order| &order.parts);
    let bound_orders = bound.orders.iter().flat_map(|orders| &orders.list).map(|(_, bound)| &bound.parts);
    let all = std::iter::once((&method.parts, &bound.parts)).chain(orders.zip(bound_orders));
    let mut plans: Vec<PlanShown> = Vec::new();
    for (part, bound) in all.flat_map(|(parts, bound)| parts.iter().zip(bound)) {
        let (Source::Sql(sql), BoundSource::Sql { prepared, .. }) = (&part.source, &bound.source) else {
            continue;
        };
        let Some(statement) = sql.statement(database.dialect()) else { continue };
        if plans.iter().any(|shown| shown.file == statement.file) {
            continue;
        }
        if let Some(calls) = database.plans(statement, prepared).await? {
            plans.push(PlanShown { file: statement.file.clone(), part: bound.name.clone(), calls });
        }
    }
    Ok(plans)
}

/// Every statement of the method, those of all its orders.
fn statements<'a>(method: &'a Method, database: &Database) -> impl Iterator<Item = &'a Statement> {
    let dialect = database.dialect();
    let orders = method.orders.iter().flat_map(|orders| &orders.list).flat_map(|order| &order.parts);
    method.parts.iter().chain(orders).filter_map(move |part| match &part.source {
        Source::Sql(sql) => sql.statement(dialect),
        Source::Http(_) => None,
    })
}

/// The filters that make scans.
///
/// # Errors
/// The database could not be asked.
pub async fn findings(
    method: &Method,
    bound: &BoundMethod,
    database: &Database,
) -> Result<Vec<Finding>, Fault> {
    if statements(method, database).all(|statement| statement.filters().is_empty()) {
        return Ok(Vec::new());
    }
    let mut findings = Vec::new();
    for (part, shown) in pairs(method, &plans(method, bound, database).await?, database) {
        for call in &shown.calls {
            if let (Some(filter), Some(table)) = (call.filter, &call.scanned) {
                findings.push(finding(part, filter, &call.given, table, database).await?);
            }
        }
    }
    Ok(findings)
}

fn pairs<'a>(
    method: &'a Method,
    plans: &'a [PlanShown],
    database: &Database,
) -> Vec<(&'a Statement, &'a PlanShown)> {
    let statement = |shown: &PlanShown| statements(method, database).find(|it| it.file == shown.file);
    plans.iter().filter_map(|shown| Some((statement(shown)?, shown))).collect()
}

async fn finding(
    statement: &Statement,
    filter: usize,
    given: &[String],
    table: &str,
    database: &Database,
) -> Result<Finding, Fault> {
    let (table, columns) = named(statement, table, database).await?;
    let is_column = |name: &&str| columns.iter().any(|column| column.eq_ignore_ascii_case(name));
    let mut names: Vec<&str> = Vec::new();
    for name in statement.filter_names(filter).filter(is_column) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let mend = match names.is_empty() {
        true => format!("add an index on {table} that serves this condition"),
        false => format!("add an index on {table} ({}) that serves this condition", names.join(", ")),
    };
    let message = format!("with :{} alone, every row of {table} is looked at", given.join(", :"));
    Ok(Finding::warning(&statement.file, message, mend).at(statement.filter_place(filter)))
}

/// The table and its columns. SQLite's plans call a table by its alias.
async fn named<'a>(
    statement: &'a Statement,
    table: &'a str,
    database: &Database,
) -> Result<(&'a str, Vec<String>), Fault> {
    for name in std::iter::once(table).chain(statement.before_name(table)) {
        let columns = database.columns_of(name).await?;
        if !columns.is_empty() {
            return Ok((name.strip_prefix("public.").unwrap_or(name), columns));
        }
    }
    Ok((table, Vec::new()))
}

#[cfg(test)]
mod tests;
