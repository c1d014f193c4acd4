//! Which statements can be run for several calls in one trip, and why the others cannot: the verdict that is known before
//! anything runs.

use meanwhile_catalog::{Dialect, Method, Part, Shape, Source, Statement};

use crate::bind::{BoundMethod, BoundSource};
use crate::database::{Database, Facts, Prepared};
use crate::fault::Fault;
use crate::parsed::{Call, Parsed};

/// Why a statement runs for one call at a time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Alone {
    /// There is nothing to save.
    #[error("SQLite is in this process, and there is no trip to save")]
    Embedded,
    /// A write is its caller's alone.
    #[error("the method may write")]
    Writes,
    /// Only point reads are worth it.
    #[error("it is no point read: it may have many rows")]
    ManyRows,
    /// All calls are equal.
    #[error("it has no parameter, so that calls at the same time are equal, and shared")]
    NoParameter,
    /// One evaluation would serve all members.
    #[error("{0}() is volatile, and would be called once for all")]
    Volatile(String),
    /// The locks of one member would be held for all.
    #[error("it locks rows")]
    LocksRows,
    /// The aggregate would be one over all members.
    #[error(":{0} stands inside an aggregate")]
    Aggregated(String),
    /// An array of arrays is one array.
    #[error(":{0} is a list")]
    List(String),
    /// Its texts differ from call to call.
    #[error("it has optional filters, and calls leave out different ones")]
    Filtered,
    /// What is not understood may do anything.
    #[error("its SQL is not understood here, so that nobody knows what it calls")]
    NotUnderstood,
    /// The database refuses it.
    #[error("it does not prepare as a batch: {0}")]
    Refused(String),
}

/// Lets those statements of a method batch that may. Whether the database takes the form for several calls shows with the
/// first trip of several; `check` asks before.
pub fn arm(method: &Method, bound: &mut BoundMethod, dialect: Dialect, facts: &Facts) {
    for (part, bound) in method.parts.iter().zip(&mut bound.parts) {
        let (Source::Sql(sql), BoundSource::Sql { prepared, .. }) = (&part.source, &mut bound.source) else {
            continue;
        };
        let Some(statement) = sql.statement(dialect) else { continue };
        let parsed = Parsed::read(statement, dialect);
        if verdict(method, part, statement, prepared, &parsed, facts).is_ok() {
            prepared.let_batch(statement, facts);
        }
    }
}

/// What is known of a statement without asking the database about its batch form.
///
/// # Errors
/// Why it does not batch.
pub fn verdict(
    method: &Method,
    part: &Part,
    statement: &Statement,
    prepared: &Prepared,
    parsed: &Parsed,
    facts: &Facts,
) -> Result<(), Alone> {
    if parsed.dialect == Dialect::Sqlite {
        return Err(Alone::Embedded);
    }
    if !method.reads_only {
        return Err(Alone::Writes);
    }
    if part.shape != Shape::One {
        return Err(Alone::ManyRows);
    }
    if prepared.has_cuts() {
        return Err(Alone::Filtered);
    }
    if !parsed.is_understood() {
        return Err(Alone::NotUnderstood);
    }
    if parsed.locks_rows() {
        return Err(Alone::LocksRows);
    }
    let name = |param: usize| statement.params.get(param).map(|param| param.name.clone()).unwrap_or_default();
    for call in parsed.calls() {
        if is_volatile(&call, parsed.dialect, facts) {
            return Err(Alone::Volatile(call.name));
        }
        let is_aggregate = facts.overloads(&call.name, call.arguments).any(|function| function.is_aggregate);
        if let (true, Some(param)) = (is_aggregate, call.params.first()) {
            return Err(Alone::Aggregated(name(*param)));
        }
    }
    match (0..statement.params.len()).find(|&param| prepared.takes_list(param) == Some(true)) {
        Some(list) => Err(Alone::List(name(list))),
        None if statement.params.is_empty() => Err(Alone::NoParameter),
        None => Ok(()),
    }
}

/// The same, and the database accepts the batch form too.
///
/// # Errors
/// Why it does not batch; the outer one: the database could not be asked.
pub async fn settled(
    verdict: Result<(), Alone>,
    statement: &Statement,
    prepared: &Prepared,
    database: &Database,
    facts: &Facts,
) -> Result<Result<(), Alone>, Fault> {
    match (verdict, prepared.batch_form(statement, facts)) {
        (Ok(()), Some(form)) => Ok(database.accepts(form).await?.map_err(Alone::Refused)),
        (Ok(()), None) => Ok(Err(Alone::Refused("a parameter's type has no array".to_owned()))),
        (alone, _) => Ok(alone),
    }
}

/// True where each call of the function may give another value. SQLite names only its own.
pub fn is_volatile(call: &Call, dialect: Dialect, facts: &Facts) -> bool {
    match dialect {
        Dialect::Postgres => facts.overloads(&call.name, call.arguments).any(|function| function.is_volatile),
        Dialect::Sqlite => {
            const OWN: [&str; 5] = ["random", "randomblob", "changes", "total_changes", "last_insert_rowid"];
            OWN.contains(&call.name.as_str())
        }
    }
}

#[cfg(test)]
mod tests;
