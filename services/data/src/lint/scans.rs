//! A filter that makes a scan: given alone, it has the database look at every row of a table, because no index serves its
//! condition. A table on which a scan is merely cheaper, because it is still small, is not told of.

use meanwhile_catalog::{Finding, Method, Source, Statement};

use crate::bind::{BoundMethod, BoundSource};
use crate::database::Database;
use crate::fault::Fault;
use crate::plan_shown::PlanShown;

/// How the method's statements are executed.
///
/// # Errors
/// The database could not be asked.
pub async fn plans(
    method: &Method,
    bound: &BoundMethod,
    database: &Database,
) -> Result<Vec<PlanShown>, Fault> {
    let mut plans = Vec::new();
    for (part, bound) in method.parts.iter().zip(&bound.parts) {
        let (Source::Sql(sql), BoundSource::Sql { prepared, .. }) = (&part.source, &bound.source) else {
            continue;
        };
        let Some(statement) = sql.statement(database.dialect()) else { continue };
        if let Some(calls) = database.plans(statement, prepared).await? {
            plans.push(PlanShown { file: statement.file.clone(), part: bound.name.clone(), calls });
        }
    }
    Ok(plans)
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
    let has_filters = |source: &Source| match source {
        Source::Sql(sql) => sql.statement(database.dialect()).is_some_and(|it| !it.filters().is_empty()),
        Source::Http(_) => false,
    };
    if !method.parts.iter().any(|part| has_filters(&part.source)) {
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
    let statement = |shown: &PlanShown| {
        method.parts.iter().find_map(|part| match &part.source {
            Source::Sql(sql) => sql.statement(database.dialect()).filter(|it| it.file == shown.file),
            Source::Http(_) => None,
        })
    };
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
