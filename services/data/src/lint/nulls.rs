//! NULL into a field without presence: nobody who reads the reply can tell it from an empty text or from 0. Found by
//! reading the statement beside the database's own word on its columns; what cannot be known is not told.

mod from;
mod query;
mod rejects;
mod scope;
mod value;

use meanwhile_catalog::{Dialect, Finding, Origin, Param, Part, Statement, is_required};
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use sqlparser::ast::{Expr, Function, Ident};

use crate::database::Facts;
use crate::parsed::Parsed;
use query::Reader;
use scope::{Null, Output, last_two};

/// What is known besides the statement.
pub(super) struct Known<'a> {
    dialect: Dialect,
    facts: &'a Facts,
    /// Why each parameter may be NULL.
    params: Vec<Null>,
}

/// Every column of the statement that may be NULL and fills a field that cannot say so, or is among those that `page_by`
/// orders its rows by.
pub(super) fn findings(
    part: &Part,
    page_by: &[String],
    statement: &Statement,
    columns: &[String],
    parsed: &Parsed,
    facts: &Facts,
) -> Vec<Finding> {
    let Some(ast) = &parsed.ast else { return Vec::new() };
    let params = statement.params.iter().map(absent).collect();
    let known = Known { dialect: parsed.dialect, facts, params };
    let nulls = aligned(Reader::new(&known).statement(ast), columns.len());
    let row = &part.target.message;
    let told = columns.iter().zip(&nulls).filter_map(|(column, null)| {
        let why = null.as_ref()?;
        if page_by.contains(column) {
            return Some(in_order(statement, column, why));
        }
        let field = field_at(row, column)?;
        let has_presence = field.supports_presence() || field.is_list() || field.is_map();
        (!has_presence && !is_absent_with_its_message(column, columns, &nulls))
            .then(|| finding(statement, column, &field, why, parsed.dialect))
    });
    told.collect()
}

fn finding(
    statement: &Statement,
    column: &str,
    field: &FieldDescriptor,
    why: &str,
    dialect: Dialect,
) -> Finding {
    let name = if column.contains('.') { format!("\"{column}\"") } else { column.to_owned() };
    let message = format!("{column} may be NULL, and {} has no presence: {why}", field.full_name());
    let mend =
        format!("write coalesce(..., {}) AS {name}, or make the field optional", default(field, dialect));
    Finding::error(&statement.file, message, mend).at(statement.word_place(column))
}

/// A statement may look after NULL in its comparison, which is not seen here.
fn in_order(statement: &Statement, column: &str, why: &str) -> Finding {
    let message = format!(
        "{column} may be NULL, and orders the pages: {why}. No row is behind NULL, so that some may be left out"
    );
    let mend = format!("make the column NOT NULL, or select, compare and order by coalesce({column}, ...)");
    Finding::warning(&statement.file, message, mend).at(statement.word_place(column))
}

/// The field's own default, as SQL writes it.
fn default(field: &FieldDescriptor, dialect: Dialect) -> &'static str {
    match (field.kind(), dialect) {
        (Kind::String, _) => "''",
        (Kind::Bytes, Dialect::Postgres) => "''::bytea",
        (Kind::Bytes, Dialect::Sqlite) => "x''",
        (Kind::Bool, Dialect::Postgres) => "false",
        _ => "0",
    }
}

/// Why the request may leave a parameter NULL.
fn absent(param: &Param) -> Null {
    let told = |when: &str| Some(format!(":{} is NULL {when}", param.name));
    match &param.origin {
        // A list is empty, never NULL.
        Origin::Field(path) if path.iter().any(|field| field.is_list() || field.is_map()) => None,
        Origin::Field(path) if path.iter().any(|field| field.supports_presence() && !is_required(field)) => {
            told("where the request leaves it out")
        }
        Origin::After(_) => told("on the first page"),
        _ => None,
    }
}

/// The columns one by one: those before a gap and those behind it are counted from their ends.
fn aligned(outputs: Vec<Output>, count: usize) -> Vec<Null> {
    let null = |output: &Output| match output {
        Output::Column { null, .. } => Some(null.clone()),
        Output::Gap => None,
    };
    let mut nulls: Vec<Null> = outputs.iter().map_while(null).take(count).collect();
    if nulls.len() == outputs.len() && nulls.len() != count {
        // It was read in another way than the database did.
        return vec![None; count];
    }
    let mut behind: Vec<Null> = outputs.iter().rev().map_while(null).take(count - nulls.len()).collect();
    behind.reverse();
    nulls.resize(count - behind.len(), None);
    nulls.extend(behind);
    nulls
}

fn field_at(message: &MessageDescriptor, column: &str) -> Option<FieldDescriptor> {
    let mut message = message.clone();
    let mut steps = column.split('.').peekable();
    loop {
        let field = message.get_field_by_name(steps.next()?)?;
        if steps.peek().is_none() {
            return Some(field);
        }
        let Kind::Message(inner) = field.kind() else { return None };
        message = inner;
    }
}

/// A nested message whose columns are all NULL is absent, which can be told.
fn is_absent_with_its_message(column: &str, columns: &[String], nulls: &[Null]) -> bool {
    let Some((message, _)) = column.rsplit_once('.') else { return false };
    let is_inside = |other: &str| other.strip_prefix(message).is_some_and(|rest| rest.starts_with('.'));
    columns.iter().zip(nulls).filter(|(other, _)| is_inside(other)).all(|(_, null)| null.is_some())
}

impl Known<'_> {
    fn columns(&self, schema: Option<&str>, name: &str) -> Vec<Output> {
        let table = self.facts.table(schema, name);
        let Some(columns) = table.and_then(|table| table.columns.as_ref()) else { return vec![Output::Gap] };
        let output = |column: &crate::database::Column| Output::Column {
            name: Some(column.name.clone()),
            null: (!column.not_null).then(|| format!("{name}.{} has no NOT NULL", column.name)),
        };
        columns.iter().map(output).collect()
    }

    fn is_aggregate(&self, name: &str, arguments: usize) -> bool {
        match self.dialect {
            Dialect::Postgres => {
                let mut overloads = self.facts.overloads(name, arguments).peekable();
                overloads.peek().is_some() && overloads.all(|it| it.is_aggregate && it.is_built_in)
            }
            Dialect::Sqlite => match name {
                "min" | "max" => arguments == 1,
                _ => SQLITE_AGGREGATES.contains(&name),
            },
        }
    }

    /// The arguments of a function that is NULL as soon as one of them is.
    fn strict_arguments<'e>(&self, words: &[Ident], function: &'e Function) -> Option<Vec<&'e Expr>> {
        let (_, name) = last_two(words, self.dialect);
        let arguments = value::arguments(function);
        let is_strict = match self.dialect {
            Dialect::Postgres => {
                let mut overloads = self.facts.overloads(&name, arguments.len()).peekable();
                overloads.peek().is_some() && overloads.all(|it| it.is_strict && !it.is_aggregate)
            }
            Dialect::Sqlite => match name.as_str() {
                "min" | "max" => arguments.len() > 1,
                name => SQLITE_STRICT.contains(&name),
            },
        };
        (is_strict && function.over.is_none()).then_some(arguments)
    }
}

const SQLITE_AGGREGATES: [&str; 8] =
    ["avg", "count", "group_concat", "json_group_array", "json_group_object", "string_agg", "sum", "total"];

const SQLITE_STRICT: [&str; 17] = [
    "abs",
    "ceil",
    "date",
    "datetime",
    "floor",
    "instr",
    "length",
    "lower",
    "ltrim",
    "octet_length",
    "replace",
    "round",
    "rtrim",
    "substr",
    "substring",
    "trim",
    "upper",
];

#[cfg(test)]
mod tests;
