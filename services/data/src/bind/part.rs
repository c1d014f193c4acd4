//! One part, bound: where its values come from, what it asks, where its rows go.

mod columns;
mod sql;

use std::sync::Arc;
use std::time::Duration;

use meanwhile_catalog::{Finding, HttpCall, Method, Origin, Param, Role, Shape, Source};
use prost::encoding::WireType;
use prost_reflect::{FieldDescriptor, MessageDescriptor};

use super::children::{self, BoundChild};
use super::{Inputs, exports, params};
use crate::database::{Database, Prepared};
use crate::fault::Fault;
use crate::request::Given;
use crate::rows::{Key, RowPlan};

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

/// What became of a part: what there is to ask, where the database accepted it, and all that is wrong with it.
pub(super) type Bound<T> = (Option<T>, Vec<Finding>);

/// Binds the part of that index. What has findings is not to be asked.
///
/// # Errors
/// The database could not be asked.
pub(super) async fn bind(
    method: &Method,
    index: usize,
    database: &Database,
    inputs: &Inputs,
) -> Result<Bound<BoundPart>, Fault> {
    let used = exports(method, index, database);
    let (source, found) = match &method.parts[index].source {
        Source::Sql(sql) => sql::bind(method, index, sql, database, &used).await?,
        Source::Http(call) => {
            let (source, found) = bind_http(method, index, call, database, &used);
            (Some((source, call.params.as_slice())), found)
        }
    };
    Ok((source.map(|(source, params)| bound(method, index, database, inputs, source, params)), found))
}

fn bound(
    method: &Method,
    index: usize,
    database: &Database,
    inputs: &Inputs,
    source: BoundSource,
    params: &[Param],
) -> BoundPart {
    let part = &method.parts[index];
    let method_name = method.descriptor.name();
    let summary = match part.name == method_name {
        true => method_name.to_owned(),
        false => format!("{method_name}/{}", part.name),
    };
    BoundPart {
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
    }
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

fn bind_http(
    method: &Method,
    index: usize,
    call: &HttpCall,
    database: &Database,
    used: &[String],
) -> (BoundSource, Vec<Finding>) {
    let reply = method.parts[index].target.message.clone();
    let missing =
        missing_exports(method, index, database, |column| reply.get_field_by_name(column).is_some());
    let exports = used.iter().filter_map(|name| reply.get_field_by_name(name)).collect();
    (BoundSource::Http { call: call.clone(), reply, exports }, missing)
}
