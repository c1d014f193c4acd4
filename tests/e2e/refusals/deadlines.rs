//! Calls that come too late.

use std::time::Duration;

use anyhow::Result;
use meanwhile_testbed::grpcurl::Grpcurl;
use tonic::Code;

use super::{GET_CITY, RECORD_VISIT, VISIT, assert_refused, without_effect};
use crate::stack::{Database, Stack};

#[test]
fn a_write_whose_deadline_has_passed_is_not_run() -> Result<()> {
    without_effect(|client| {
        for timeout in ["0n", "1n", "999n"] {
            let answer = client.call_with(RECORD_VISIT, &[("grpc-timeout", timeout)], VISIT)?;
            assert_refused(&answer, Code::DeadlineExceeded, "DEADLINE_EXCEEDED");
        }
        Ok(())
    })
}

#[test]
fn a_deadline_that_cannot_be_read_is_refused() -> Result<()> {
    without_effect(|client| {
        for timeout in ["1s", "-1S", "123456789S", "soon", "S", ""] {
            let answer = client.call_with(RECORD_VISIT, &[("grpc-timeout", timeout)], VISIT)?;
            assert_refused(&answer, Code::InvalidArgument, "REQUEST_MALFORMED");
        }
        Ok(())
    })
}

#[test]
fn a_call_that_takes_longer_than_its_deadline_ends_in_deadline_exceeded() -> Result<()> {
    for database in Database::both()? {
        let stack = Stack::over(database).simulate("database=30s").start()?;
        let answer =
            stack.client()?.call_with(GET_CITY, &[("grpc-timeout", "200m")], r#"{"id": 2950159}"#)?;
        assert_refused(&answer, Code::DeadlineExceeded, "DEADLINE_EXCEEDED");
    }
    Ok(())
}

#[test]
fn grpcurl_is_told_deadline_exceeded() -> Result<()> {
    let Some(grpcurl) = Grpcurl::find() else { return Ok(()) };
    let stack = Stack::over(Database::sqlite()?).simulate("database=30s").start()?;
    let late = grpcurl.call(stack.gateway(), &["-max-time", "1"], GET_CITY, r#"{"id": 2950159}"#)?;
    assert_eq!(late.code(), Some(Code::DeadlineExceeded as i32), "{late:?}");
    Ok(())
}

/// The contract allows GetDaylight 5 s; the client would wait for ever.
#[test]
fn the_contracts_own_limit_ends_a_call_that_has_no_deadline() -> Result<()> {
    let database = Database::sqlite()?;
    let stack = Stack::over(database).with_almanac_delay(Duration::from_secs(600)).start()?;
    let request = r#"{"location": {"latitude": 1, "longitude": 1}}"#;
    let answer = stack.client()?.call("cityscape.v1.Cities/GetDaylight", request)?;
    assert_refused(&answer, Code::DeadlineExceeded, "DEADLINE_EXCEEDED");
    Ok(())
}
