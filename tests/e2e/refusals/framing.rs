//! Bodies that are not one gRPC message of the request's type, and paths that nobody serves.

use anyhow::Result;
use meanwhile_testbed::grpcurl::Grpcurl;
use tonic::Code;

use super::{GET_CITY, RECORD_VISIT, VISIT, assert_names, assert_refused, without_effect};
use crate::stack::{Database, Stack, wire::framed};

/// The most bytes that a request may have.
const LIMIT: usize = 4 << 20;

#[test]
fn bytes_that_are_no_message_are_malformed() -> Result<()> {
    without_effect(|client| {
        let visit = client.encode(RECORD_VISIT, VISIT)?;
        let with = |tail: &[u8]| [visit.as_slice(), tail].concat();
        let bodies = [
            ("a key that does not end", with(&[0xff])),
            ("field number 0", with(&[0x00, 0x01])),
            ("a wire type that does not exist", with(&[0x0f, 0x01])),
            (
                "a varint of eleven bytes",
                with(&[0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]),
            ),
            ("a text longer than what is there", with(&[0x12, 0x7f, b'a'])),
            ("a text that is not UTF-8", with(&[0x12, 0x02, 0xc3, 0x28])),
            ("a text where a number belongs", with(&[0x0a, 0x01, b'1'])),
            ("the end of a group that never began", with(&[0x0c])),
            ("a cut message", visit[..visit.len() - 1].to_vec()),
        ];
        for (what, body) in bodies {
            println!("{what}");
            let answer = client.send(RECORD_VISIT, &[], framed(&body))?;
            assert_refused(&answer, Code::InvalidArgument, "REQUEST_MALFORMED");
        }
        Ok(())
    })
}

#[test]
fn groups_in_groups_without_end_are_malformed() -> Result<()> {
    without_effect(|client| {
        // An unknown field 15, a group, that holds itself a million times.
        let answer = client.send(RECORD_VISIT, &[], framed(&vec![0x7b; 1_000_000]))?;
        assert_refused(&answer, Code::InvalidArgument, "REQUEST_MALFORMED");
        Ok(())
    })
}

#[test]
fn a_field_that_the_contract_does_not_know_is_passed_over() -> Result<()> {
    let stack = Stack::over(Database::sqlite()?).start()?;
    let client = stack.client()?;
    let message = [client.encode(GET_CITY, r#"{"id": 2950159}"#)?, vec![0x78, 0x01]].concat();
    assert_eq!(client.send(GET_CITY, &[], framed(&message))?.code, Code::Ok);
    Ok(())
}

#[test]
fn a_unary_call_has_exactly_one_whole_message() -> Result<()> {
    without_effect(|client| {
        let visit = framed(&client.encode(RECORD_VISIT, VISIT)?);
        let mut longer_than_sent = visit.clone();
        longer_than_sent[4] += 1;
        let bodies = [
            ("none", Vec::new()),
            ("two", [visit.clone(), visit.clone()].concat()),
            ("one and a cut one", [visit.as_slice(), &visit[..7]].concat()),
            ("one and a stray byte", [visit.as_slice(), &[0]].concat()),
            ("less than a frame's head", visit[..4].to_vec()),
            ("less than the head says", longer_than_sent),
        ];
        for (what, body) in bodies {
            println!("{what}");
            let answer = client.send(RECORD_VISIT, &[], body)?;
            assert_refused(&answer, Code::InvalidArgument, "REQUEST_MALFORMED");
        }
        Ok(())
    })
}

#[test]
fn a_message_over_the_limit_is_refused_and_one_at_the_limit_is_not() -> Result<()> {
    without_effect(|client| {
        for size in [LIMIT + 1, 3 * LIMIT] {
            let answer = client.send(RECORD_VISIT, &[], framed(&vec![0; size]))?;
            assert_refused(&answer, Code::ResourceExhausted, "REQUEST_TOO_LARGE");
        }
        // All zeros are no message; what counts is that the size was let through.
        let answer = client.send(RECORD_VISIT, &[], framed(&vec![0; LIMIT]))?;
        assert_refused(&answer, Code::InvalidArgument, "REQUEST_MALFORMED");
        Ok(())
    })
}

#[test]
fn a_message_that_claims_to_be_huge_is_refused_before_it_comes() -> Result<()> {
    without_effect(|client| {
        let answer = client.send(RECORD_VISIT, &[], vec![0, 0xff, 0xff, 0xff, 0xff, 1, 2, 3])?;
        assert_refused(&answer, Code::ResourceExhausted, "REQUEST_TOO_LARGE");
        Ok(())
    })
}

#[test]
fn a_large_message_within_the_limit_is_served() -> Result<()> {
    for database in Database::both()? {
        let stack = Stack::over(database).start()?;
        let note = "ß".repeat((LIMIT - 1_000) / 2);
        let visit = format!(r#"{{"cityId": 2198148, "visitor": "Bo", "stars": 3, "note": "{note}"}}"#);
        let answer = stack.client()?.call(RECORD_VISIT, &visit)?;
        assert_eq!(answer.code, Code::Ok, "{}", answer.message);
        assert_eq!(stack.client()?.decode(RECORD_VISIT, &answer.replies[0])?["note"], note);
    }
    Ok(())
}

#[test]
fn a_compressed_message_is_not_spoken() -> Result<()> {
    without_effect(|client| {
        let mut body = framed(&client.encode(RECORD_VISIT, VISIT)?);
        body[0] = 1;
        let answer = client.send(RECORD_VISIT, &[("grpc-encoding", "gzip")], body)?;
        assert_refused(&answer, Code::Unimplemented, "COMPRESSION_UNSUPPORTED");
        Ok(())
    })
}

#[test]
fn a_flag_that_does_not_exist_is_malformed() -> Result<()> {
    without_effect(|client| {
        let mut body = framed(&client.encode(RECORD_VISIT, VISIT)?);
        body[0] = 2;
        let answer = client.send(RECORD_VISIT, &[], body)?;
        assert_refused(&answer, Code::InvalidArgument, "REQUEST_MALFORMED");
        Ok(())
    })
}

#[test]
fn an_unknown_method_or_service_is_unimplemented() -> Result<()> {
    without_effect(|client| {
        for method in
            ["cityscape.v1.Cities/DropCities", "cityscape.v2.Cities/GetCity", "GetCity", "", "a/b/c"]
        {
            let answer = client.send(method, &[], framed(&[]))?;
            assert_refused(&answer, Code::Unimplemented, "METHOD_UNKNOWN");
        }
        Ok(())
    })
}

#[test]
fn a_refusal_reads_well_in_grpcurl() -> Result<()> {
    let Some(grpcurl) = Grpcurl::find() else { return Ok(()) };
    let stack = Stack::over(Database::sqlite()?).start()?;
    let refused = grpcurl.call(stack.gateway(), &[], GET_CITY, "{}")?;
    assert_eq!(refused.code(), Some(Code::InvalidArgument as i32));
    for text in [r#""reason": "FIELD_REQUIRED""#, r#""domain": "meanwhile""#, r#""field": "id""#] {
        assert!(refused.0.stderr.contains(text), "{}", refused.0.stderr);
    }
    Ok(())
}

#[test]
fn metadata_without_measure_is_refused() -> Result<()> {
    without_effect(|client| {
        let long = "x".repeat(9_000);
        let answer = client.call_with(RECORD_VISIT, &[("x-long", &long)], VISIT)?;
        assert_refused(&answer, Code::ResourceExhausted, "REQUEST_TOO_LARGE");
        Ok(())
    })
}

#[test]
fn a_required_field_that_is_missing_is_named() -> Result<()> {
    without_effect(|client| {
        for (request, field) in [
            (r#"{"visitor": "Bo", "stars": 3}"#, "city_id"),
            (r#"{"cityId": 2198148, "stars": 3}"#, "visitor"),
            (r#"{"cityId": 0, "visitor": "Bo", "stars": 3}"#, "city_id"),
            (r#"{"cityId": 2198148, "visitor": "", "stars": 3}"#, "visitor"),
        ] {
            let answer = client.call(RECORD_VISIT, request)?;
            assert_refused(&answer, Code::InvalidArgument, "FIELD_REQUIRED");
            assert_names(&answer, "field", field);
        }
        let answer = client.call("cityscape.v1.Cities/GetDaylight", "{}")?;
        assert_refused(&answer, Code::InvalidArgument, "FIELD_REQUIRED");
        assert_names(&answer, "field", "location");
        Ok(())
    })
}
