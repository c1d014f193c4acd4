//! Children: parts whose rows go into the rows of another part. Each finds its parent, the parent's column that its
//! statement selects by, and, where the parent has many rows, its own column that says whose a row is.

use std::collections::BTreeSet;

use prost_reflect::FieldDescriptor;

use super::Resolver;
use super::answers::{Answer, AnswerName, way};
use crate::files::Answers;
use crate::plan::{Child, ChildKey, Origin};
use crate::{Contract, Finding, Findings, Part, Source, Statement};

/// Gives each child its parent. `parts` are those of the answers, one by one; those that are `unplaced` have been told.
pub(super) fn link(
    resolver: &Resolver<'_>,
    answers: &[Answer],
    unplaced: &[usize],
    parts: &mut [Part],
    findings: &mut Findings,
) {
    for (index, answer) in answers.iter().enumerate().filter(|(index, _)| !unplaced.contains(index)) {
        let AnswerName::Part(way) = &answer.name else { continue };
        let [above @ .., field] = way.as_slice() else { continue };
        let Some(above_field) = above.last() else { continue };
        let is_parent = |other: &Answer| matches!(&other.name, AnswerName::Part(way) if way == above);
        let Some(parent) = answers.iter().position(is_parent) else {
            findings.push(orphan(resolver, answer, above));
            continue;
        };
        let key = match above_field.is_list() {
            true => match key(resolver, field, &parts[index], parent, &parts[parent].name) {
                Ok(key) => Some(key),
                Err(faults) => {
                    findings.extend(faults);
                    continue;
                }
            },
            // All rows are the one parent's.
            false => None,
        };
        parts[index].child = Some(Child { parent, key });
    }
}

fn orphan(resolver: &Resolver<'_>, answer: &Answer, above: &[FieldDescriptor]) -> Finding {
    let path = answer.any().map(|file| file.path.clone()).unwrap_or_default();
    let above = above.iter().map(FieldDescriptor::name).collect::<Vec<_>>().join(".");
    let message =
        format!("these rows go into those of {above}, which no file of {} gives", resolver.descriptor.name());
    Finding::error(path, message, format!("write {above}.sql beside it"))
}

/// How rows find their parents among many.
fn key(
    resolver: &Resolver<'_>,
    field: &FieldDescriptor,
    part: &Part,
    parent: usize,
    parent_name: &str,
) -> Result<ChildKey, Findings> {
    let mut faults = Findings::default();
    let column = resolver.contract.key(field);
    if column.is_none() {
        let message = format!("the rows of {} go to many parents, and it has no key", field.full_name());
        let mend = "say which column tells whose a row is: [(meanwhile.v1.key) = \"column\"]";
        faults.push(resolver.contract.finding(
            &field.parent_message().parent_file(),
            field.path(),
            message,
            mend,
        ));
    }
    let mut columns = BTreeSet::new();
    if let Source::Sql(sql) = &part.source {
        for statement in sql.statements().filter(|statement| is_understood(statement)) {
            match parents_column(statement, parent, parent_name) {
                Ok(column) => drop(columns.insert(column)),
                Err(fault) => faults.push(fault),
            }
            if columns.len() > 1 {
                let message =
                    format!("the files of {} select by different columns of {parent_name}", part.name);
                faults.push(Finding::error(&statement.file, message, "select by the same column in each"));
            }
        }
    }
    match (column, columns.pop_first(), faults.is_empty()) {
        (Some(column), Some(parents_column), true) => Ok(ChildKey { column, parents_column }),
        _ => Err(faults),
    }
}

/// A name that means nothing, which has been told, may be meant for the parent's.
fn is_understood(statement: &Statement) -> bool {
    !statement.params.iter().any(|param| matches!(param.origin, Origin::Unknown))
}

/// The one column of its parent that a statement names.
fn parents_column(statement: &Statement, parent: usize, name: &str) -> Result<String, Finding> {
    let mut used = statement.params.iter().enumerate().filter_map(|(index, param)| match &param.origin {
        Origin::Column { part, column } if *part == parent => Some((index, column)),
        _ => None,
    });
    let Some((_, column)) = used.next() else {
        let message = format!("this names no column of {name}, whose rows its own go into");
        let mend = format!(
            "select by one: WHERE key = ANY(:{name}.id), or IN (SELECT value FROM json_each(:{name}.id))"
        );
        return Err(Finding::error(&statement.file, message, mend));
    };
    match used.next() {
        None => Ok(column.clone()),
        Some((index, other)) => {
            let message = format!(
                "this names two columns of {name}, {column} and {other}, and rows find their parents by one"
            );
            let mend = "select by one of them, and take the other from a table";
            Err(Finding::error(&statement.file, message, mend).at(statement.param_place(index)))
        }
    }
}

/// The keys that no child's file uses.
pub(super) fn unused_keys(contract: &Contract, answers: &Answers) -> Vec<Finding> {
    let mut filled: BTreeSet<String> = BTreeSet::new();
    for method in contract.methods() {
        let name = format!("{}/{}", method.parent_service().full_name(), method.name());
        for file in answers.get(&name).into_iter().flatten().filter(|file| file.in_folder) {
            let way = way(method.output(), &file.words);
            filled.extend(way.iter().skip(1).next_back().map(|field| field.full_name().to_owned()));
        }
    }
    let is_unused =
        |field: &FieldDescriptor| contract.key(field).is_some() && !filled.contains(field.full_name());
    let finding = |field: FieldDescriptor| {
        let message = format!("no child's file fills {}, so that its key has no use", field.full_name());
        let mend = format!("fill it by a file like parent.{}.sql, or take the key away", field.name());
        contract.finding(&field.parent_message().parent_file(), field.path(), message, mend)
    };
    contract.fields().filter(is_unused).map(finding).collect()
}
