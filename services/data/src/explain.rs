//! What `check --explain` tells of a method: what it takes and gives, what waits for what, how the database answers it,
//! and whether calls share and batch. Plain data; how it is shown is the command's.

use std::path::PathBuf;
use std::time::Duration;

use meanwhile_catalog::{Method, Order, Origin, Param, Part, Shape, Source, Statement};
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

use crate::batching::{settled, verdict};
use crate::bind::{BoundMethod, BoundSource};
use crate::config::Limits;
use crate::database::{Database, Facts, Prepared};
use crate::fault::Fault;
use crate::lint::plans;
use crate::parsed::Parsed;
use crate::plan_shown::PlanShown;

/// A method, explained.
#[derive(Debug, Clone)]
pub struct ExplainedMethod {
    /// `pkg.Service/Method`.
    pub name: String,
    /// True where equal calls at the same time are one: it promises to read only, and does not stream.
    pub shares: bool,
    /// The longest a call may take.
    pub timeout: Duration,
    /// The columns that order its pages.
    pub page_by: Vec<String>,
    /// What answers it, in order.
    pub parts: Vec<ExplainedPart>,
    /// Its other sort orders, where a client may choose one.
    pub orders: Vec<ExplainedOrder>,
}

/// A sort order of a method, explained.
#[derive(Debug, Clone)]
pub struct ExplainedOrder {
    /// The word in its files' names.
    pub name: String,
    /// The request's field that chooses it.
    pub field: String,
    /// The value that it is chosen by.
    pub value: String,
    /// What answers the method in this order and in no other.
    pub parts: Vec<ExplainedPart>,
}

/// A part of a method, explained.
#[derive(Debug, Clone)]
pub struct ExplainedPart {
    /// The reply's field, or the method's name.
    pub name: String,
    /// The file, relative to the catalog's folder.
    pub file: PathBuf,
    /// How many rows it has.
    pub rows: &'static str,
    /// True: the reply is OK without it.
    pub optional: bool,
    /// The longest it may take.
    pub timeout: Option<Duration>,
    /// The parts that it waits for.
    pub waits_for: Vec<String>,
    /// Its parameters.
    pub parameters: Vec<ExplainedParameter>,
    /// Its columns.
    pub columns: Vec<ExplainedColumn>,
    /// How the database answers it: without optional filters, then with each alone.
    pub plans: Vec<String>,
    /// Why it runs for one call at a time; none where it batches.
    pub alone: Option<String>,
}

/// A parameter, explained.
#[derive(Debug, Clone)]
pub struct ExplainedParameter {
    /// As its author wrote it, less the colon.
    pub name: String,
    /// The request's field and its type, or whatever else it is.
    pub source: String,
    /// The database's type, where it has one.
    pub sql_type: Option<String>,
}

/// A column, explained.
#[derive(Debug, Clone)]
pub struct ExplainedColumn {
    /// Its name.
    pub name: String,
    /// The database's type, where it has one.
    pub sql_type: Option<String>,
    /// The field that it fills and its type; none where only other parts or pages use it.
    pub field: Option<String>,
}

/// Explains a method that could be bound.
///
/// # Errors
/// The database could not be asked.
pub async fn explain(
    method: &Method,
    bound: &BoundMethod,
    database: &Database,
    facts: &Facts,
) -> Result<ExplainedMethod, Fault> {
    let database = Asked { plans: plans(method, bound, database).await?, database, facts };
    let parts = parts(method, bound, &database).await?;
    let mut explained = Vec::new();
    let orders = method.orders.iter().flat_map(|orders| &orders.list);
    let bound_orders = bound.orders.iter().flat_map(|orders| &orders.list);
    for (order, (_, bound)) in orders.zip(bound_orders) {
        let mut own = self::parts(&method.in_order(order), bound, &database).await?;
        own.retain(|part| parts.iter().all(|shared| shared.file != part.file));
        explained.extend(in_order(method, order, own));
    }
    Ok(ExplainedMethod {
        name: method.full_name().to_owned(),
        shares: method.reads_only && !method.descriptor.is_server_streaming(),
        timeout: method.timeout.unwrap_or(Limits::default().timeout),
        page_by: method.page.as_ref().map(|page| page.columns.clone()).unwrap_or_default(),
        parts,
        orders: explained,
    })
}

fn in_order(method: &Method, order: &Order, parts: Vec<ExplainedPart>) -> Option<ExplainedOrder> {
    let field = &method.orders.as_ref()?.field;
    let value = field.kind().as_enum()?.get_value(order.number)?.name().to_owned();
    Some(ExplainedOrder { name: order.name.clone(), field: field.name().to_owned(), value, parts })
}

/// The database, and what it said of the method's statements already.
struct Asked<'a> {
    plans: Vec<PlanShown>,
    database: &'a Database,
    facts: &'a Facts,
}

async fn parts(method: &Method, bound: &BoundMethod, asked: &Asked<'_>) -> Result<Vec<ExplainedPart>, Fault> {
    let mut parts = Vec::new();
    for (part, bound) in method.parts.iter().zip(&bound.parts) {
        let mut explained = outline(method, part);
        match (&part.source, &bound.source) {
            (Source::Sql(sql), BoundSource::Sql { prepared, .. }) => {
                let Some(statement) = sql.statement(asked.database.dialect()) else { continue };
                explained.file = statement.file.clone();
                explained.parameters = parameters(method, &statement.params, Some((prepared, asked.facts)));
                explained.columns = columns(part, prepared, asked.facts);
                let shown = asked.plans.iter().filter(|plan| plan.file == statement.file);
                explained.plans = shown.flat_map(|plan| &plan.calls).map(ToString::to_string).collect();
                explained.alone = alone(method, part, (statement, prepared), asked).await?;
            }
            (Source::Http(call), _) => {
                explained.file = call.file.clone();
                explained.parameters = parameters(method, &call.params, None);
                explained.alone = Some("a web service answers".to_owned());
            }
            _ => {}
        }
        parts.push(explained);
    }
    Ok(parts)
}

async fn alone(
    method: &Method,
    part: &Part,
    (statement, prepared): (&Statement, &Prepared),
    Asked { database, facts, .. }: &Asked<'_>,
) -> Result<Option<String>, Fault> {
    let parsed = Parsed::read(statement, database.dialect());
    let verdict = verdict(method, part, statement, prepared, &parsed, facts);
    let settled = settled(verdict, statement, prepared, database, facts).await?;
    Ok(settled.err().map(|alone| alone.to_string()))
}

fn outline(method: &Method, part: &Part) -> ExplainedPart {
    let name = |need: &usize| method.parts.get(*need).map(|part| part.name.clone());
    ExplainedPart {
        name: part.name.clone(),
        file: PathBuf::new(),
        rows: match part.shape {
            Shape::One => "one row",
            Shape::Nothing => "no row",
            Shape::Many => "many rows",
            Shape::Stream => "a stream of rows",
        },
        optional: part.optional,
        timeout: part.timeout,
        waits_for: part.needs.iter().filter_map(name).collect(),
        parameters: Vec::new(),
        columns: Vec::new(),
        plans: Vec::new(),
        alone: None,
    }
}

fn parameters(
    method: &Method,
    params: &[Param],
    known: Option<(&Prepared, &Facts)>,
) -> Vec<ExplainedParameter> {
    let explained = |(index, param): (usize, &Param)| ExplainedParameter {
        name: param.name.clone(),
        source: source(method, param),
        sql_type: known.and_then(|(prepared, facts)| prepared.parameter_type(index, facts)),
    };
    params.iter().enumerate().map(explained).collect()
}

fn source(method: &Method, param: &Param) -> String {
    match &param.origin {
        Origin::Field(path) => path.last().map_or_else(String::new, described),
        Origin::Column { part, column } => {
            let part = method.parts.get(*part).map_or("?", |part| part.name.as_str());
            format!("column {column} of {part}")
        }
        Origin::After(_) => "the page before".to_owned(),
        Origin::Limit => "the page's size".to_owned(),
        _ => "the request".to_owned(),
    }
}

fn columns(part: &Part, prepared: &Prepared, facts: &Facts) -> Vec<ExplainedColumn> {
    let explained = |(index, name): (usize, &String)| ExplainedColumn {
        name: name.clone(),
        sql_type: prepared.column_type(index, facts),
        field: field_at(&part.target.message, name).as_ref().map(described),
    };
    prepared.columns.iter().enumerate().map(explained).collect()
}

fn field_at(message: &MessageDescriptor, column: &str) -> Option<FieldDescriptor> {
    match column.split_once('.') {
        None => message.get_field_by_name(column),
        Some((first, rest)) => match message.get_field_by_name(first)?.kind() {
            Kind::Message(inner) => field_at(&inner, rest),
            _ => None,
        },
    }
}

/// `optional string shop.v1.Row.name`
fn described(field: &FieldDescriptor) -> String {
    let label = match field.cardinality() {
        _ if field.is_map() => "map ",
        _ if field.is_list() => "repeated ",
        _ if field.field_descriptor_proto().proto3_optional() => "optional ",
        _ => "",
    };
    let kind = match field.kind() {
        Kind::Message(message) => message.full_name().to_owned(),
        Kind::Enum(descriptor) => descriptor.full_name().to_owned(),
        kind => format!("{kind:?}").to_lowercase(),
    };
    format!("{label}{kind} {}", field.full_name())
}
