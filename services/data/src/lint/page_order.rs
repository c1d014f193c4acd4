//! A page order without a unique end. Rows that are equal in all columns that order a list stand in no order among
//! themselves, so that a page may end between them; the next one begins after all of them, and leaves some out.

use meanwhile_catalog::{Finding, Method, Origin, Source, Statement};

use crate::bind::{BoundMethod, BoundSource};
use crate::database::{ColumnSource, Database};
use crate::fault::Fault;

/// The orders of the method's pages that are known not to tell every two rows apart.
///
/// # Errors
/// The database could not be asked.
pub async fn findings(
    method: &Method,
    bound: &BoundMethod,
    database: &Database,
) -> Result<Vec<Finding>, Fault> {
    let Some(page) = &method.page else { return Ok(Vec::new()) };
    let (Some(part), Some(bound)) = (method.parts.get(page.part), bound.parts.get(page.part)) else {
        return Ok(Vec::new());
    };
    let (Source::Sql(sql), BoundSource::Sql { prepared, .. }) = (&part.source, &bound.source) else {
        return Ok(Vec::new());
    };
    let Some(statement) = sql.statement(database.dialect()).filter(|statement| !statement.merges_rows())
    else {
        return Ok(Vec::new());
    };
    let names = columns(statement, &page.columns);
    let place = |name: &String| prepared.columns.iter().position(|known| known == name);
    let columns: Option<Vec<usize>> = names.iter().map(place).collect();
    let Some(columns) = columns.filter(|columns| !columns.is_empty()) else { return Ok(Vec::new()) };
    let sources = database.column_sources(prepared, &columns).await?;
    Ok(sources.and_then(|sources| finding(statement, &names, &sources)).into_iter().collect())
}

/// The columns of `page_by` that the statement's order is made of.
pub(super) fn columns(statement: &Statement, page_by: &[String]) -> Vec<String> {
    let is_used = |column: usize| {
        statement.params.iter().any(|param| matches!(param.origin, Origin::After(after) if after == column))
    };
    let used = page_by.iter().enumerate().filter(|(column, _)| is_used(*column));
    used.map(|(_, name)| name.clone()).collect()
}

fn finding(statement: &Statement, names: &[String], sources: &[ColumnSource]) -> Option<Finding> {
    if sources.iter().any(|source| is_unique(statement, source, sources)) {
        return None;
    }
    let last = sources.last()?;
    let message = format!(
        "the page order {} is not unique: a page may end between rows that are equal in it, and leave some out",
        names.join(", ")
    );
    let key = last.indexes.iter().find(|index| index.is_primary).map(|index| index.columns.join(", "));
    let mend = match key {
        Some(key) => format!("end page_by and ORDER BY with {key}, the key of {}", last.table),
        None => format!("give {} a primary key, and end page_by and ORDER BY with it", last.table),
    };
    Some(Finding::error(&statement.file, message, mend).at(statement.order_place()))
}

/// True where an index tells any two rows of the source's table apart by the columns that order the list, or by those
/// that are equal in all of its rows.
fn is_unique(statement: &Statement, source: &ColumnSource, sources: &[ColumnSource]) -> bool {
    let of_table = sources.iter().filter(|other| other.table == source.table);
    let ordering = of_table.map(|other| other.column.as_str());
    let known: Vec<&str> = ordering.chain(statement.equal_columns().iter().map(String::as_str)).collect();
    source.indexes.iter().any(|index| index.is_covered_by(&known))
}

#[cfg(test)]
mod tests;
