//! One part, bound: where its values come from, what it asks, where its rows go.

use std::sync::Arc;
use std::time::Duration;

use meanwhile_catalog::{
    Dialect, Finding, HttpCall, Method, Origin, Param, Role, Shape, Source, SqlSource, Statement,
};
use prost::encoding::WireType;
use prost_reflect::{FieldDescriptor, MessageDescriptor};

use super::children::{self, BoundChild};
use super::{BindError, Inputs, PrepareFinding, exports, params};
use crate::database::{Database, PrepareError, Prepared};
use crate::request::Given;
use crate::rows::{ColumnFault, Key, RowPlan};

/// A part that can be asked.
#[derive(Debug)]
pub struct BoundPart {
    /// Its place among the method's parts.
    pub index: usize,
    /// The reply field it fills, or the method's name.
    pub name: Arc<str>,
    /// `Method/part`: what its span is called.
    pub summary: Arc<str>,
    /// How many rows it has.
    pub shape: Shape,
    /// The key of the field that its rows go into; none where a row is the reply.
    pub field: Option<Key>,
    /// Whose rows its own go into, where it is a child.
    pub child: Option<BoundChild>,
    /// True where its rows are kept apart until the reply is put together: it is a child, or has one.
    pub apart: bool,
    /// True where its rows are a list that is paged.
    pub paged: bool,
    /// The parts whose columns it uses.
    pub needs: Vec<usize>,
    /// True: the reply is OK without it.
    pub optional: bool,
    /// The longest it may take.
    pub timeout: Option<Duration>,
    /// The request's etag, by slot, that its one column has to equal; where it is the check of it.
    pub etag: Option<usize>,
    /// Where its parameters' values come from, in order.
    pub arguments: Vec<Argument>,
    /// What it asks.
    pub source: BoundSource,
}

/// Where one parameter's value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Argument {
    /// The request's value in that slot.
    Slot(usize),
    /// A column that another part exports, of its one row.
    Export {
        /// The other part.
        part: usize,
        /// The column, by its place among the exports.
        export: usize,
    },
    /// The same of many rows: the values there are.
    Exports {
        /// The other part.
        part: usize,
        /// The column, by its place among the exports.
        export: usize,
    },
    /// A column of the page before, by its place in `page_by`.
    After(usize),
    /// One row more than the page has.
    Limit,
}

/// What a part asks.
#[derive(Debug)]
pub enum BoundSource {
    /// The database.
    Sql {
        /// The statement.
        prepared: Prepared,
        /// How its rows become messages.
        rows: RowPlan,
        /// The columns that other parts use, by index.
        exports: Vec<usize>,
    },
    /// A web service.
    Http {
        /// The call.
        call: HttpCall,
        /// What its reply is read as.
        reply: MessageDescriptor,
        /// The fields that other parts use.
        exports: Vec<FieldDescriptor>,
    },
}

pub(super) async fn bind(
    method: &Method,
    index: usize,
    database: &Database,
    inputs: &Inputs,
) -> Result<BoundPart, BindError> {
    let part = &method.parts[index];
    let used = exports(method, index, database);
    let (source, params) = match &part.source {
        Source::Sql(sql) => bind_sql(method, index, sql, database, &used).await?,
        Source::Http(call) => (bind_http(method, index, call, database, &used)?, call.params.as_slice()),
    };
    let method_name = method.descriptor.name();
    let summary = match part.name == method_name {
        true => method_name.to_owned(),
        false => format!("{method_name}/{}", part.name),
    };
    Ok(BoundPart {
        index,
        name: part.name.as_str().into(),
        summary: summary.into(),
        shape: part.shape,
        field: part.target.field.as_ref().map(|field| Key::new(field.number(), WireType::LengthDelimited)),
        child: part.child.as_ref().and_then(|child| children::bind(method, child, &source, database)),
        apart: part.child.is_some() || children::has_any(method, index),
        paged: method.page.as_ref().is_some_and(|page| page.part == index),
        needs: part.needs.clone(),
        optional: part.optional,
        timeout: part.timeout,
        etag: method.etag.as_ref().filter(|_| part.role == Role::Etag).and_then(|way| inputs.slot(way)),
        arguments: params.iter().filter_map(|param| argument(method, param, inputs, database)).collect(),
        source,
    })
}

/// None never happens for a method without findings: every field has a slot and every column is exported.
fn argument(method: &Method, param: &Param, inputs: &Inputs, database: &Database) -> Option<Argument> {
    Some(match &param.origin {
        Origin::Field(path) => Argument::Slot(inputs.slot(path)?),
        Origin::Mask(path) => Argument::Slot(inputs.masked_slot(path)?),
        Origin::Column { part, column } => {
            let export = exports(method, *part, database).iter().position(|known| known == column)?;
            match method.parts.get(*part)?.shape {
                Shape::Many => Argument::Exports { part: *part, export },
                _ => Argument::Export { part: *part, export },
            }
        }
        Origin::After(column) => Argument::After(*column),
        Origin::Limit => Argument::Limit,
        Origin::Unknown => return None,
    })
}

async fn bind_sql<'a>(
    method: &Method,
    index: usize,
    sql: &'a SqlSource,
    database: &Database,
    used: &[String],
) -> Result<(BoundSource, &'a [Param]), BindError> {
    let dialect = database.dialect();
    let Some(statement) = sql.statement(dialect) else {
        if sql.is_unread(dialect) {
            return Err(BindError::Misfits(Vec::new()));
        }
        let file = sql.statements().next().map(|statement| statement.file.clone()).unwrap_or_default();
        let mend =
            format!("write the same for {dialect}, or one file for all: without a dialect in its name");
        return Err(misfit(Finding::error(file, format!("there is no SQL for {dialect}"), mend)));
    };
    let sources: Vec<Option<Given>> = statement.params.iter().map(|param| given(method, param)).collect();
    let part = &method.parts[index];
    let prepared = match part.role {
        Role::Etag => prepare_check(statement, &sources, database).await,
        Role::Reply | Role::Step => database.prepare(statement, &sources, method.reads_only).await,
    };
    let prepared = prepared.map_err(|error| PrepareFinding(error, &statement.file))?;
    let position = |column: &str| prepared.columns.iter().position(|known| known == column);
    let mut missing = missing_exports(method, index, database, |column| position(column).is_some());
    let pages = page_columns(method, index).iter().enumerate();
    let is_used = |place: usize| {
        statement.params.iter().any(|param| matches!(param.origin, Origin::After(after) if after == place))
    };
    let pages: Vec<&String> = pages.filter(|(place, _)| is_used(*place)).map(|(_, column)| column).collect();
    missing.extend(pages.into_iter().filter(|column| position(column).is_none()).map(|column| {
        let message = format!("page_by names {column}, and this statement does not select it");
        Finding::error(&statement.file, message, "select every column that page_by names")
    }));
    missing.extend(children::unselected_key(part, statement, &prepared));
    missing.extend(children::untakeable(part, used, statement, &prepared));
    if !missing.is_empty() {
        return Err(BindError::Misfits(missing));
    }
    let rows = bind_columns(method, index, statement, &prepared, used).map_err(BindError::Misfits)?;
    let exports = match part.role {
        Role::Etag => vec![only_column(statement, &prepared)?],
        Role::Reply | Role::Step => used.iter().filter_map(|column| position(column)).collect(),
    };
    Ok((BoundSource::Sql { prepared, rows, exports }, &statement.params))
}

/// The check of an etag locks its row, so that nobody changes it between the check and the write. SQLite's writers wait for
/// each other anyway, and not everything that PostgreSQL reads can be locked.
async fn prepare_check(
    statement: &Statement,
    sources: &[Option<Given>],
    database: &Database,
) -> Result<Prepared, PrepareError> {
    if database.dialect() == Dialect::Postgres {
        match database.prepare(&statement.locking(), sources, false).await {
            Err(PrepareError::Misfit { .. }) => {}
            prepared => return prepared,
        }
    }
    database.prepare(statement, sources, false).await
}

fn only_column(statement: &Statement, prepared: &Prepared) -> Result<usize, BindError> {
    match prepared.columns.as_slice() {
        [_] => Ok(0),
        columns => {
            let message = format!("an etag is one column, and this statement has {}", columns.len());
            Err(misfit(Finding::error(
                &statement.file,
                message,
                "select the one value that changes with the row",
            )))
        }
    }
}

/// The columns that order the rows of part `index`, where they are a list that is paged.
fn page_columns(method: &Method, index: usize) -> &[String] {
    match &method.page {
        Some(page) if page.part == index => &page.columns,
        _ => &[],
    }
}

/// The uses of columns of part `index` that it does not have, each where it stands.
fn missing_exports(
    method: &Method,
    index: usize,
    database: &Database,
    has: impl Fn(&str) -> bool,
) -> Vec<Finding> {
    let name = &method.parts[index].name;
    let mut missing = Vec::new();
    for user in &method.parts {
        for (at, param) in params(&user.source, database).iter().enumerate() {
            let Origin::Column { part, column } = &param.origin else { continue };
            if *part != index || has(column) {
                continue;
            }
            let message = format!("the part {name} has no column {column}");
            let mend = format!("select it there, AS {column}, or use a column that it has");
            missing.push(match &user.source {
                Source::Sql(sql) => match sql.statement(database.dialect()) {
                    Some(statement) => {
                        Finding::error(&statement.file, message, mend).at(statement.param_place(at))
                    }
                    None => continue,
                },
                Source::Http(call) => Finding::error(&call.file, message, mend),
            });
        }
    }
    missing
}

/// What is known of a parameter's value.
fn given(method: &Method, param: &Param) -> Option<Given> {
    match &param.origin {
        Origin::Field(path) => Given::at(path),
        Origin::After(column) => {
            let page = method.page.as_ref()?;
            let row = method.parts.get(page.part)?.target.message.clone();
            let field = page.columns.get(*column).and_then(|name| row.get_field_by_name(name))?;
            Some(Given::of(&field))
        }
        Origin::Mask(_) | Origin::Limit | Origin::Unknown => None,
        Origin::Column { part, column } => {
            let part = method.parts.get(*part).filter(|part| part.role == Role::Reply)?;
            let field = part.target.message.get_field_by_name(column)?;
            Some(Given { is_list: part.shape == Shape::Many || field.is_list(), field })
        }
    }
}

fn bind_columns(
    method: &Method,
    index: usize,
    statement: &Statement,
    prepared: &Prepared,
    used: &[String],
) -> Result<RowPlan, Vec<Finding>> {
    let part = &method.parts[index];
    let fills_nothing = part.role != Role::Reply || part.target.message.fields().len() == 0;
    if fills_nothing || part.shape == Shape::Nothing {
        return Ok(RowPlan::default());
    }
    let others = page_columns(method, index).iter().chain(children::key_column(part));
    let skip = |column: &str| used.iter().chain(others.clone()).any(|known| known == column);
    let (rows, filled) = RowPlan::new(&part.target.message, &prepared.columns, &prepared.types, skip)
        .map_err(|faults| column_findings(statement, prepared, &faults))?;
    let fills_one_field = part.target.field.is_none() && part.name != method.descriptor.name();
    let other = filled.iter().find(|(_, field)| fills_one_field && field.name() != part.name);
    if let Some((column, field)) = other {
        let message = format!("this file is for the field {}, and fills {}", part.name, field.name());
        let mend = format!("fill each field by a file of its own: {}.sql", field.name());
        let place = statement.word_place(&prepared.columns[*column]);
        return Err(vec![Finding::error(&statement.file, message, mend).at(place)]);
    }
    let twice = children::filled_twice(method, part, &filled, statement, prepared);
    if !twice.is_empty() {
        return Err(twice);
    }
    if filled.is_empty() && !children::has_any(method, index) {
        let message =
            format!("no column of this statement is a field of {}", part.target.message.full_name());
        return Err(vec![Finding::error(
            &statement.file,
            message,
            "select columns by the names of the fields",
        )]);
    }
    Ok(rows)
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

fn bind_http(
    method: &Method,
    index: usize,
    call: &HttpCall,
    database: &Database,
    used: &[String],
) -> Result<BoundSource, BindError> {
    let reply = method.parts[index].target.message.clone();
    let missing =
        missing_exports(method, index, database, |column| reply.get_field_by_name(column).is_some());
    if !missing.is_empty() {
        return Err(BindError::Misfits(missing));
    }
    let exports = used.iter().filter_map(|name| reply.get_field_by_name(name)).collect();
    Ok(BoundSource::Http { call: call.clone(), reply, exports })
}

fn misfit(finding: Finding) -> BindError {
    BindError::Misfits(vec![finding])
}
