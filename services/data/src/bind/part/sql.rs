//! A part that asks the database: its statement is prepared, and all that does not fit is told together.

use meanwhile_catalog::{Dialect, Finding, Method, Origin, Param, Part, Role, SqlSource, Statement};

use super::{Bound, BoundSource, columns, given, missing_exports};
use crate::bind::children;
use crate::database::{Database, Objection, PrepareError, Prepared};
use crate::fault::Fault;
use crate::request::Given;

pub(super) async fn bind<'a>(
    method: &Method,
    index: usize,
    sql: &'a SqlSource,
    database: &Database,
    used: &[String],
) -> Result<Bound<(BoundSource, &'a [Param])>, Fault> {
    let dialect = database.dialect();
    let Some(statement) = sql.statement(dialect) else {
        return Ok((None, not_written(sql, dialect).into_iter().collect()));
    };
    let part = &method.parts[index];
    let sources: Vec<Option<Given>> = statement.params.iter().map(|param| given(method, param)).collect();
    let prepared = match part.role {
        Role::Etag => prepare_check(statement, &sources, database).await,
        Role::Reply | Role::Step => database.prepare(statement, &sources, method.reads_only).await,
    };
    let (prepared, mut found) = match prepared {
        Ok(prepared) => (prepared, Vec::new()),
        Err(PrepareError::Unreachable(fault)) => return Err(fault),
        Err(PrepareError::Unfit { objections, accepted }) => {
            let found = findings(objections, statement);
            match accepted {
                Some(prepared) => (*prepared, found),
                None => return Ok((None, found)),
            }
        }
    };
    let has = |column: &str| prepared.columns.iter().any(|known| known == column);
    found.extend(missing_exports(method, index, database, has));
    found.extend(missing_page_columns(method, index, statement, has));
    found.extend(children::unselected_key(part, statement, &prepared));
    found.extend(children::untakeable(part, used, statement, &prepared));
    found.extend(not_one_column(part, statement, &prepared));
    let rows = columns::bind(method, index, statement, &prepared, used);
    let rows = rows.map_err(|more| found.extend(more)).unwrap_or_default();
    let exports = exports(part, &prepared, used);
    Ok((Some((BoundSource::Sql { prepared, rows, exports }, &statement.params)), found))
}

/// None where it is written, and could not be read: that was told with its file.
fn not_written(sql: &SqlSource, dialect: Dialect) -> Option<Finding> {
    let file = sql.statements().next().map(|statement| statement.file.clone()).unwrap_or_default();
    let mend = format!("write the same for {dialect}, or one file for all: without a dialect in its name");
    let finding = || Finding::error(file, format!("there is no SQL for {dialect}"), mend);
    (!sql.is_unread(dialect)).then(finding)
}

/// What a database has against a statement, each where it stands.
fn findings(objections: Vec<Objection>, statement: &Statement) -> Vec<Finding> {
    let finding = |Objection { message, mend, place }| {
        let finding = Finding::error(&statement.file, message, mend);
        match place {
            Some(place) => finding.at(place),
            None => finding,
        }
    };
    objections.into_iter().map(finding).collect()
}

/// The check of an etag locks its row, so that nobody changes it between the check and the write. SQLite's writers wait for
/// each other anyway, and not everything that PostgreSQL reads can be locked: `check` tells of that.
async fn prepare_check(
    statement: &Statement,
    sources: &[Option<Given>],
    database: &Database,
) -> Result<Prepared, PrepareError> {
    if database.dialect() == Dialect::Postgres {
        match database.prepare(&statement.locking(), sources, false).await {
            Err(PrepareError::Unfit { .. }) => {}
            locking => {
                return locking.map(|mut prepared| {
                    prepared.locks = true;
                    prepared
                });
            }
        }
    }
    database.prepare(statement, sources, false).await
}

/// Columns that order the pages, and that no row has.
fn missing_page_columns(
    method: &Method,
    index: usize,
    statement: &Statement,
    has: impl Fn(&str) -> bool,
) -> Vec<Finding> {
    let is_used = |place: usize| {
        statement.params.iter().any(|param| matches!(param.origin, Origin::After(after) if after == place))
    };
    let columns = columns::page_columns(method, index).iter().enumerate();
    let missing = columns.filter(|(place, column)| is_used(*place) && !has(column));
    let finding = |(_, column): (usize, &String)| {
        let message = format!("page_by names {column}, and this statement does not select it");
        Finding::error(&statement.file, message, "select every column that page_by names")
    };
    missing.map(finding).collect()
}

fn not_one_column(part: &Part, statement: &Statement, prepared: &Prepared) -> Option<Finding> {
    let count = prepared.columns.len();
    (part.role == Role::Etag && count != 1).then(|| {
        let message = format!("an etag is one column, and this statement has {count}");
        Finding::error(&statement.file, message, "select the one value that changes with the row")
    })
}

/// The columns that other parts use, by index; of an etag's check its one column.
fn exports(part: &Part, prepared: &Prepared, used: &[String]) -> Vec<usize> {
    let position = |column: &String| prepared.columns.iter().position(|known| known == column);
    match part.role {
        Role::Etag => vec![0],
        Role::Reply | Role::Step => used.iter().filter_map(position).collect(),
    }
}
