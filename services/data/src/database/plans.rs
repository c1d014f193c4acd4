//! How a statement would be executed: asked of the database for the texts that it runs in, without running any. `check`
//! asks; serving never does.

use std::collections::BTreeSet;

use meanwhile_catalog::Statement;
use sqlx::SqlStr;

use super::{Database, Prepared};
use crate::fault::Fault;
use crate::plan_shown::{CallPlan, TableRead};

/// A text of a statement, and the parameters of the filter that is in question, by number from 1.
#[derive(Debug)]
pub(super) struct Asked {
    pub text: SqlStr,
    pub params: BTreeSet<usize>,
}

/// How a text is executed.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub tables: Vec<TableRead>,
    /// The table that is scanned for the filter in question.
    pub scanned: Option<String>,
}

/// A statement is asked about without filters, and with each alone.
struct Call {
    filter: Option<usize>,
    given: Vec<usize>,
    asked: Asked,
}

impl Database {
    /// How a statement is executed: without its optional filters, and with each alone. None where the database does not
    /// say, as for a procedure's call.
    ///
    /// # Errors
    /// The database could not be asked.
    pub async fn plans(
        &self,
        statement: &Statement,
        prepared: &Prepared,
    ) -> Result<Option<Vec<CallPlan>>, Fault> {
        let calls = calls(statement, prepared);
        let asked: Vec<&Asked> = calls.iter().map(|call| &call.asked).collect();
        let told = match self {
            Self::Postgres(postgres) => postgres.plans(prepared, &asked).await?,
            Self::Sqlite(sqlite) => sqlite.plans(&asked).await?,
        };
        let name = |param: &usize| Some(statement.params.get(*param)?.name.clone());
        let shown = |(call, told): (&Call, Told)| CallPlan {
            filter: call.filter,
            given: call.given.iter().filter_map(name).collect(),
            tables: told.tables,
            scanned: told.scanned,
        };
        Ok(told.map(|told| calls.iter().zip(told).map(shown).collect()))
    }

    /// The columns of a table, as a plan names it.
    ///
    /// # Errors
    /// The database could not be asked.
    pub async fn columns_of(&self, table: &str) -> Result<Vec<String>, Fault> {
        match self {
            Self::Postgres(postgres) => postgres.columns_of(table).await,
            Self::Sqlite(sqlite) => sqlite.columns_of(table).await,
        }
    }
}

fn calls(statement: &Statement, prepared: &Prepared) -> Vec<Call> {
    let Some(cuts) = &prepared.cuts else {
        let asked = Asked { text: prepared.sql.clone(), params: BTreeSet::new() };
        return vec![Call { filter: None, given: Vec::new(), asked }];
    };
    let none = Asked { text: cuts.text(u16::MAX), params: BTreeSet::new() };
    let mut calls = vec![Call { filter: None, given: Vec::new(), asked: none }];
    for filter in 0..statement.filters().len() {
        let (given, bits) = statement.filter_alone(filter);
        let params = statement.filter_params(filter).map(|param| param + 1).collect();
        calls.push(Call { filter: Some(filter), given, asked: Asked { text: cuts.text(bits), params } });
    }
    calls
}
