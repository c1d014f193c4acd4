//! A statement that the database was asked about: what is known of it, or what is wrong with it.

use std::sync::Arc;

use meanwhile_catalog::{Place, Statement};
use sqlx::SqlStr;

use super::cuts::{Cut, Cuts, Tried};
use super::{Facts, postgres, sqlite};
use crate::fault::Fault;
use crate::rows::ColumnType;
use crate::value::Value;

/// A statement that this database has accepted.
#[derive(Debug, Clone)]
pub struct Prepared {
    pub(super) sql: SqlStr,
    /// The same as its author wrote it, for spans: without a request's values.
    pub(super) text: Arc<str>,
    /// The columns' names, in order.
    pub columns: Vec<String>,
    /// Their types, as far as the database says them.
    pub types: Vec<ColumnType>,
    /// True unless it is known to read only: then it is never run twice.
    pub writes: bool,
    /// True for UPDATE and DELETE, which are about rows that are there.
    pub changes_existing: bool,
    /// True where nobody else changes the rows that it reads before its transaction ends: the check of an etag, where its
    /// rows can be locked.
    pub locks: bool,
    /// True where its columns follow those of a table. SQLite's driver keeps a statement's columns as they once were,
    /// and panics or mixes them up where they are not: there such a statement is prepared each time.
    pub(super) has_star: bool,
    pub(super) form: Form,
    /// Its texts without the filters that a call leaves out; none where it has no such filters.
    pub(super) cuts: Option<Arc<Cuts>>,
    /// What takes several calls in one trip, where the statement may.
    pub(super) batch: Option<Arc<postgres::Batch>>,
}

impl Prepared {
    /// Lets its calls go together from now on, where there is a form for that.
    pub fn let_batch(&mut self, statement: &Statement, facts: &Facts) {
        if let Form::Postgres(types) = &self.form {
            self.batch = postgres::Batch::new(statement, self, types, facts).map(Arc::new);
        }
    }

    /// True where some calls leave out optional filters.
    pub fn has_cuts(&self) -> bool {
        self.cuts.is_some()
    }

    /// True where the parameter of that index is a list, false where it is one value; none where the database does not say.
    pub fn takes_list(&self, param: usize) -> Option<bool> {
        match &self.form {
            Form::Postgres(types) => types.takes_list(param),
            Form::Sqlite(_) => None,
        }
    }

    fn cut(&self, values: &[Value], tried: Tried) -> Option<&Cut> {
        self.cuts.as_ref()?.pick(values).filter(|cut| cut.tried() == tried)
    }

    /// The text without the filters that these values leave out, where it was never tried.
    pub(super) fn untried(&self, values: &[Value]) -> Option<&Cut> {
        self.cut(values, Tried::NotYet)
    }

    /// The text to run with these values: without the filters that they leave out, where the database took that.
    pub(super) fn text_for(&self, values: &[Value]) -> SqlStr {
        self.cut(values, Tried::Accepted).map_or_else(|| self.sql.clone(), |cut| cut.sql.clone())
    }
}

#[derive(Debug, Clone)]
pub(super) enum Form {
    Postgres(Arc<postgres::Types>),
    Sqlite(Arc<[sqlite::SqliteParam]>),
}

/// How two values of a column are equal, beyond being the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum KeyForm {
    /// In no other way.
    #[default]
    AsIs,
    /// Text that is a number: `1.50` is `1.5`.
    Number,
    /// Text whose blanks at the end do not count.
    Padded,
    /// Text in which upper case is lower case.
    Folded,
}

impl Prepared {
    /// How keys of that column are equal.
    pub fn key_form(&self, column: usize) -> KeyForm {
        match &self.form {
            Form::Postgres(types) => types.key_form(column),
            Form::Sqlite(_) => KeyForm::AsIs,
        }
    }
}

/// Why a statement cannot be run.
#[derive(Debug, Clone)]
pub enum PrepareError {
    /// It does not fit the database: the statement has to be mended.
    Unfit {
        /// All that is wrong with it, as far as the database tells.
        objections: Vec<Objection>,
        /// The statement, where the database itself accepted it: not to be run, but its columns are known.
        accepted: Option<Box<Prepared>>,
    },
    /// The database could not be asked.
    Unreachable(Fault),
}

/// One thing that keeps a statement from being run.
#[derive(Debug, Clone)]
pub struct Objection {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub mend: String,
    /// Where in the statement's file.
    pub place: Option<Place>,
}

impl From<Objection> for PrepareError {
    fn from(objection: Objection) -> Self {
        Self::Unfit { objections: vec![objection], accepted: None }
    }
}

impl Prepared {
    /// The statement, unless there is something against it.
    pub(super) fn unless(self, objections: Vec<Objection>) -> Result<Self, PrepareError> {
        match objections.is_empty() {
            true => Ok(self),
            false => Err(PrepareError::Unfit { objections, accepted: Some(Box::new(self)) }),
        }
    }
}
