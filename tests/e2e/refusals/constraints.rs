//! The database's own constraints, each by its name.

use anyhow::Result;
use serde_json::{Value, json};
use tonic::Code;

use super::{RECORD_VISIT, VISIT, assert_names, assert_refused, without_effect};
use crate::stack::{Database, Stack};

/// [`VISIT`] with other values.
fn visit(changes: Value) -> String {
    let mut visit: Value = serde_json::from_str(VISIT).unwrap_or_default();
    for (name, value) in changes.as_object().into_iter().flatten() {
        visit[name] = value.clone();
    }
    visit.to_string()
}

#[test]
fn a_row_that_is_referred_to_has_to_be_there() -> Result<()> {
    without_effect(|client| {
        let answer = client.call(RECORD_VISIT, &visit(json!({"cityId": 1})))?;
        assert_refused(&answer, Code::FailedPrecondition, "FOREIGN_KEY_VIOLATION");
        Ok(())
    })
}

#[test]
fn a_value_that_a_check_refuses_is_invalid() -> Result<()> {
    without_effect(|client| {
        for (change, constraint) in [
            (json!({"stars": 0}), "visits_stars_range"),
            (json!({"stars": 6}), "visits_stars_range"),
            (json!({"stars": -2}), "visits_stars_range"),
            (json!({"visitor": "x".repeat(101)}), "visits_visitor_length"),
        ] {
            let answer = client.call(RECORD_VISIT, &visit(change))?;
            assert_refused(&answer, Code::InvalidArgument, "CHECK_VIOLATION");
            assert_names(&answer, "constraint", constraint);
        }
        Ok(())
    })
}

#[test]
fn a_column_that_must_have_a_value_is_named() -> Result<()> {
    without_effect(|client| {
        let answer = client.call(RECORD_VISIT, &visit(json!({"stars": null})))?;
        assert_refused(&answer, Code::InvalidArgument, "NOT_NULL_VIOLATION");
        assert_names(&answer, "column", "stars");
        Ok(())
    })
}

#[test]
fn a_key_that_another_row_has_exists_already() -> Result<()> {
    for database in Database::both()? {
        let stack = Stack::over(database).start()?;
        let client = stack.client()?;
        let first = visit(json!({"ticketNumber": "T-1"}));
        assert_eq!(client.call(RECORD_VISIT, &first)?.code, Code::Ok);
        let answer = client.call(RECORD_VISIT, &first)?;
        assert_refused(&answer, Code::AlreadyExists, "UNIQUE_VIOLATION");
        assert_eq!(stack.database.count("visits")?, 1);
    }
    Ok(())
}

#[test]
fn postgresql_names_the_constraint_of_a_key_or_a_reference() -> Result<()> {
    let Some(database) = Database::postgres()? else { return Ok(()) };
    let stack = Stack::over(database).start()?;
    let client = stack.client()?;
    assert_names(&client.call(RECORD_VISIT, &visit(json!({"cityId": 1})))?, "constraint", "visits_city");
    let ticket = visit(json!({"ticketNumber": "T-1"}));
    client.call(RECORD_VISIT, &ticket)?;
    assert_names(&client.call(RECORD_VISIT, &ticket)?, "constraint", "visits_ticket_number_once");
    Ok(())
}
