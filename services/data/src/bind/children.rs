//! Children, bound: whose rows a part's own go into, and by which columns they find each other.

use std::sync::Arc;

use meanwhile_catalog::{Child, Finding, Method, Origin, Part, Role, Shape, Source, Statement};

use super::exports;
use super::part::{BoundPart, BoundSource};
use crate::database::{Database, KeyForm, Prepared};
use crate::rows::{ColumnType, Filled};

/// Whose rows a part's own go into.
#[derive(Debug)]
pub struct BoundChild {
    /// The other part. It stands before this one.
    pub parent: usize,
    /// How a row finds its parent; none where there is only one.
    pub key: Option<BoundKey>,
}

/// How a row finds its parent among many.
#[derive(Debug)]
pub struct BoundKey {
    /// The child's column, by index.
    pub column: usize,
    /// Its name.
    pub name: Arc<str>,
    /// The parent's column, by its place among its exports.
    pub export: usize,
    /// How the two are equal.
    pub form: KeyForm,
}

/// None never happens for a key that is selected, as [`unselected_key`] asks for.
pub(super) fn bind(
    method: &Method,
    child: &Child,
    source: &BoundSource,
    database: &Database,
) -> Option<BoundChild> {
    let Some(key) = &child.key else { return Some(BoundChild { parent: child.parent, key: None }) };
    let BoundSource::Sql { prepared, .. } = source else { return None };
    let column = prepared.columns.iter().position(|known| *known == key.column)?;
    let exports = exports(method, child.parent, database);
    let export = exports.iter().position(|known| *known == key.parents_column)?;
    let form = prepared.key_form(column);
    let key = BoundKey { column, name: key.column.as_str().into(), export, form };
    Some(BoundChild { parent: child.parent, key: Some(key) })
}

/// Keys of two types are equal in the way of the one that sees less of a difference.
pub(super) fn match_keys(parts: &mut [BoundPart]) {
    for index in 0..parts.len() {
        let child = parts[index].child.as_ref().and_then(|child| Some((child.parent, child.key.as_ref()?)));
        let parents_form = child.and_then(|(parent, key)| match &parts.get(parent)?.source {
            BoundSource::Sql { prepared, exports, .. } => Some(prepared.key_form(*exports.get(key.export)?)),
            BoundSource::Http { .. } => None,
        });
        if let Some(key) = parts[index].child.as_mut().and_then(|child| child.key.as_mut()) {
            key.form = key.form.max(parents_form.unwrap_or_default());
        }
    }
}

/// True where other parts' rows go into those of the part of that index.
pub(super) fn has_any(method: &Method, index: usize) -> bool {
    method.parts.iter().any(|part| part.child.as_ref().is_some_and(|child| child.parent == index))
}

/// The column that says whose a row of that part is.
pub(super) fn key_column(part: &Part) -> Option<&String> {
    part.child.as_ref()?.key.as_ref().map(|key| &key.column)
}

/// A key that the child's statement does not select.
pub(super) fn unselected_key(part: &Part, statement: &Statement, prepared: &Prepared) -> Option<Finding> {
    let column = key_column(part).filter(|column| !prepared.columns.contains(column))?;
    let message = format!("{column} is the key of {}, and this statement does not select it", part.name);
    let mend = format!("select it AS {column}: it equals what its parent is found by");
    Some(Finding::error(&statement.file, message, mend))
}

/// Columns that no other part can take: those of a composite type, and of many rows those of an array type.
pub(super) fn untakeable(
    part: &Part,
    used: &[String],
    statement: &Statement,
    prepared: &Prepared,
) -> Vec<Finding> {
    let columns = prepared.columns.iter().zip(&prepared.types).filter(|(column, _)| used.contains(column));
    let unfit = columns.filter(|(_, kind)| match kind {
        ColumnType::Composite(_) => true,
        ColumnType::Array(_) => part.shape == Shape::Many,
        _ => false,
    });
    let finding = |(column, kind): (&String, &ColumnType)| {
        let message = format!("another part takes {column}, which is {kind} in each row");
        let mend = "let it take a column of single values";
        Finding::error(&statement.file, message, mend).at(statement.word_place(column))
    };
    unfit.map(finding).collect()
}

/// Columns of a part for fields that other parts fill too.
pub(super) fn filled_twice(
    method: &Method,
    part: &Part,
    named: &[Filled],
    statement: &Statement,
    prepared: &Prepared,
) -> Vec<Finding> {
    let is_whole = part.name == method.descriptor.name();
    let finding = |(column, _): &Filled| {
        let column = &prepared.columns[*column];
        let field = column.split('.').next().unwrap_or(column);
        let name = if is_whole { field.to_owned() } else { format!("{}.{field}", part.name) };
        let other = method.parts.iter().find(|other| other.role == Role::Reply && other.name == name)?;
        let message = format!("{column} fills {name}, and so does the part {}", other.name);
        let finding =
            Finding::error(&statement.file, message, "do not select it, or take the part's file away");
        Some(finding.at(statement.word_place(column)))
    };
    named.iter().filter_map(finding).collect()
}

/// Lists where a statement takes one value, and the other way round, between parts that the database accepted.
pub(super) fn lists(method: &Method, parts: &[Option<BoundPart>], database: &Database) -> Vec<Finding> {
    let bound = |index: usize| parts.get(index)?.as_ref();
    let mut found = Vec::new();
    for (index, part) in method.parts.iter().enumerate() {
        let (Source::Sql(sql), Some(BoundSource::Sql { prepared, .. })) =
            (&part.source, bound(index).map(|bound| &bound.source))
        else {
            continue;
        };
        let Some(statement) = sql.statement(database.dialect()) else { continue };
        for (index, param) in statement.params.iter().enumerate() {
            let Origin::Column { part: other, column } = &param.origin else { continue };
            let (Some(other), Some(bound)) = (method.parts.get(*other), bound(*other)) else { continue };
            let name = &param.name;
            let fault = match (other.shape, prepared.takes_list(index)) {
                (Shape::Many, Some(false)) => Some((
                    format!("{} has many rows, and :{name} stands where one value does", other.name),
                    format!("take them all: = ANY(:{name})"),
                    statement.param_place(index),
                )),
                (Shape::Many, None) => statement.compared_place(index).map(|place| {
                    let message =
                        format!("{} has many rows, and :{name} is the JSON text of a list", other.name);
                    (message, format!("take them all: IN (SELECT value FROM json_each(:{name}))"), place)
                }),
                (Shape::One, Some(true)) if is_single(bound, column) => Some((
                    format!("{} has one row, and :{name} stands where a list does", other.name),
                    format!("compare it as it is: = :{name}"),
                    statement.param_place(index),
                )),
                _ => None,
            };
            found.extend(
                fault.map(|(message, mend, place)| Finding::error(&statement.file, message, mend).at(place)),
            );
        }
    }
    found
}

/// True for a column that is known to be neither an array nor JSON.
fn is_single(part: &BoundPart, column: &str) -> bool {
    let BoundSource::Sql { prepared, .. } = &part.source else { return false };
    let columns = prepared.columns.iter().zip(&prepared.types);
    let kind = columns.filter(|(known, _)| *known == column).map(|(_, kind)| kind).next();
    !matches!(kind, None | Some(ColumnType::Array(_) | ColumnType::Json | ColumnType::Jsonb))
}
