//! What is against a statement: in PostgreSQL's own words, or because of what we read and send.

use meanwhile_catalog::{Dialect, Place, Statement};
use sqlx::postgres::{PgColumn, PgDatabaseError, PgErrorPosition};
use sqlx::{Column as _, TypeInfo as _};

use super::Preparing;
use crate::database::errors;
use crate::database::postgres::params::{ParamKind, implied_name};
use crate::database::prepared::{Objection, PrepareError};
use crate::request::Given;

pub(super) fn unread(statement: &Statement, column: &PgColumn) -> Objection {
    let (column, info) = (column.name(), column.type_info());
    Objection {
        message: format!("the column {column} is {}, which is not read", info.name().to_lowercase()),
        mend: format!("make it text: CAST(... AS text) AS \"{column}\""),
        place: Some(statement.word_place(column)),
    }
}

impl Preparing<'_> {
    pub(super) fn misfit(&self, index: usize, kind: &ParamKind, given: &Given) -> Objection {
        let name = &self.statement.params[index].name;
        let kind = kind.name();
        Objection {
            message: format!("PostgreSQL takes :{name} for {kind}, which {} is not", given.field.full_name()),
            mend: format!(
                "change the field's type, or cast it: CAST(CAST(:{name} AS {}) AS ...)",
                implied_name(given)
            ),
            place: Some(self.statement.param_place(index)),
        }
    }

    pub(super) fn refused(&self, error: &sqlx::Error) -> PrepareError {
        let database = match error {
            sqlx::Error::Database(database) => database,
            // The driver asked for the types that it does not know, and cannot make sense of the answer.
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
                return PrepareError::from(Objection {
                    message: "a column or a parameter of this has a type that cannot be looked up, as multiranges have"
                        .to_owned(),
                    mend: "make it text: CAST(... AS text)".to_owned(),
                    place: None,
                });
            }
            _ => return PrepareError::Unreachable(errors::unreachable(error)),
        };
        let postgres = database.try_downcast_ref::<PgDatabaseError>();
        if postgres.is_some_and(|error| error.code().starts_with("57P")) {
            return PrepareError::Unreachable(errors::unreachable(error));
        }
        let hint = postgres.and_then(PgDatabaseError::hint);
        PrepareError::from(Objection {
            message: format!("PostgreSQL does not accept this: {}", database.message()),
            mend: hint.unwrap_or("mend the statement, or migrate the database").to_owned(),
            place: postgres.and_then(|error| self.place(error)),
        })
    }

    fn place(&self, error: &PgDatabaseError) -> Option<Place> {
        match error.position()? {
            PgErrorPosition::Original(character) if self.casts.iter().all(Option::is_none) => {
                Some(self.statement.rendered_place(Dialect::Postgres, character.saturating_sub(1)))
            }
            _ => None,
        }
    }
}
