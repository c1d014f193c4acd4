//! The columns of a part's statement, and the fields of the reply that they fill.

use meanwhile_catalog::{Finding, Method, Part, Role, Shape, Statement};

use crate::bind::children;
use crate::database::Prepared;
use crate::rows::{ColumnFault, Filled, RowPlan};

/// The columns that order the rows of part `index`, where they are a list that is paged.
pub(super) fn page_columns(method: &Method, index: usize) -> &[String] {
    match &method.page {
        Some(page) if page.part == index => &page.columns,
        _ => &[],
    }
}

/// How the statement's rows become messages, or every column that cannot be in one.
pub(super) fn bind(
    method: &Method,
    index: usize,
    statement: &Statement,
    prepared: &Prepared,
    used: &[String],
) -> Result<RowPlan, Vec<Finding>> {
    let part = &method.parts[index];
    let message = &part.target.message;
    let fills_nothing = part.role != Role::Reply || message.fields().len() == 0;
    if fills_nothing || part.shape == Shape::Nothing {
        return Ok(RowPlan::default());
    }
    let others = page_columns(method, index).iter().chain(children::key_column(part));
    let skip = |column: &str| used.iter().chain(others.clone()).any(|known| known == column);
    let rows = RowPlan::new(message, &prepared.columns, &prepared.types, skip);
    let mut found =
        rows.as_ref().err().map(|faults| column_findings(statement, prepared, faults)).unwrap_or_default();
    let named = RowPlan::named(message, &prepared.columns);
    found.extend(of_other_fields(method, part, &named, statement, prepared));
    found.extend(children::filled_twice(method, part, &named, statement, prepared));
    if named.is_empty() && found.is_empty() && !children::has_any(method, index) {
        let message = format!("no column of this statement is a field of {}", message.full_name());
        found.push(Finding::error(&statement.file, message, "select columns by the names of the fields"));
    }
    rows.ok().filter(|_| found.is_empty()).ok_or(found)
}

/// Columns for other fields than the one that the file is for.
fn of_other_fields(
    method: &Method,
    part: &Part,
    named: &[Filled],
    statement: &Statement,
    prepared: &Prepared,
) -> Vec<Finding> {
    let fills_one_field = part.target.field.is_none() && part.name != method.descriptor.name();
    let others = named.iter().filter(|(_, field)| fills_one_field && field.name() != part.name);
    let finding = |(column, field): &Filled| {
        let message = format!("this file is for the field {}, and fills {}", part.name, field.name());
        let mend = format!("fill each field by a file of its own: {}.sql", field.name());
        let place = statement.word_place(&prepared.columns[*column]);
        Finding::error(&statement.file, message, mend).at(place)
    };
    others.map(finding).collect()
}

fn column_findings(statement: &Statement, prepared: &Prepared, faults: &[ColumnFault]) -> Vec<Finding> {
    let finding = |fault| {
        let (column, finding) = column_finding(statement, fault);
        // Of a composite type's attribute, the column it is in.
        let whole =
            |known: &&String| column.strip_prefix(known.as_str()).is_some_and(|it| it.starts_with('.'));
        let of_attribute = || prepared.columns.iter().find(whole);
        let known = prepared.columns.iter().find(|known| *known == column).or_else(of_attribute);
        finding.at(statement.word_place(known.unwrap_or(column)))
    };
    faults.iter().map(finding).collect()
}

fn column_finding<'a>(statement: &Statement, fault: &'a ColumnFault) -> (&'a String, Finding) {
    let (column, message, mend) = match fault {
        ColumnFault::Unknown { column, message } => (
            column,
            format!("{message} has no field {column}"),
            "name the column after the field with AS, add the field, or do not select it".to_owned(),
        ),
        ColumnFault::Unfillable { column, field } => (
            column,
            format!("one column cannot fill {field}"),
            "fill a message's fields one by one, AS \"field.inner\", or select CAST(... AS jsonb)".to_owned(),
        ),
        ColumnFault::Twice { column } => {
            (column, format!("two columns fill {column}"), "select it once".to_owned())
        }
        ColumnFault::Misfit { column, kind, field, mend } => (
            column,
            format!("{column} into {field}: a column of {kind} does not fit the field"),
            mend.clone(),
        ),
    };
    (column, Finding::error(&statement.file, message, mend))
}
