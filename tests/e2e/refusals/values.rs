//! Values that protobuf can carry and the request, or the column, cannot.

use anyhow::Result;
use serde_json::json;
use tonic::Code;

use super::{GET_CITY, RECORD_VISIT, VISIT, assert_names, assert_refused, without_effect};
use crate::stack::{Database, Stack, catalog};

#[test]
fn a_nul_in_a_text_is_refused_on_every_field() -> Result<()> {
    without_effect(|client| {
        for field in ["visitor", "note", "ticketNumber", "requestId"] {
            let mut visit: serde_json::Value = serde_json::from_str(VISIT)?;
            visit[field] = json!("a\0b");
            let answer = client.call(RECORD_VISIT, &visit.to_string())?;
            assert_refused(&answer, Code::InvalidArgument, "FIELD_INVALID");
        }
        let answer = client.call("cityscape.v1.Cities/SearchCities", r#"{"prefix": "a\u0000"}"#)?;
        assert_refused(&answer, Code::InvalidArgument, "FIELD_INVALID");
        assert_names(&answer, "field", "prefix");
        Ok(())
    })
}

#[test]
fn an_integer_out_of_its_columns_range_is_invalid() -> Result<()> {
    without_effect(|client| {
        for stars in [32_768, i32::MAX, i32::MIN] {
            let visit = json!({"cityId": 2198148, "visitor": "Bo", "stars": stars}).to_string();
            let answer = client.call(RECORD_VISIT, &visit)?;
            assert_eq!(answer.code, Code::InvalidArgument, "{answer:?}");
            assert!(answer.reason.is_some(), "{answer:?}");
        }
        Ok(())
    })
}

#[test]
fn an_integer_at_the_ends_of_its_type_finds_nothing_and_breaks_nothing() -> Result<()> {
    without_effect(|client| {
        for id in [i64::MIN, -1, i64::MAX] {
            let answer = client.call(GET_CITY, &json!({"id": id}).to_string())?;
            assert_refused(&answer, Code::NotFound, "RESOURCE_NOT_FOUND");
        }
        Ok(())
    })
}

#[test]
fn an_unsigned_number_that_no_column_holds_is_invalid() -> Result<()> {
    let counters = catalog::folder(&[
        ("catalog.toml", "name = \"counters\"\n"),
        (
            "proto/counters/v1/counters.proto",
            r#"syntax = "proto3"; package counters.v1;
               service Counters { rpc Get(Number) returns (Number); }
               message Number { uint64 value = 1; }"#,
        ),
        ("sql/counters.v1.Counters/Get.sql", "INSERT INTO counters (value) VALUES (:value) RETURNING value"),
        ("migrations/0001_counters.sql", "CREATE TABLE counters (value bigint NOT NULL);"),
    ])?;
    for database in Database::both_for(counters.path())? {
        let stack = Stack::over(database).catalog(counters.path()).start()?;
        let client = stack.client()?;
        let get = |value: u64| client.call("counters.v1.Counters/Get", &json!({"value": value}).to_string());
        let largest = i64::MAX as u64;
        assert_eq!(get(largest)?.code, Code::Ok);
        for value in [largest + 1, u64::MAX] {
            let answer = get(value)?;
            assert_eq!(answer.code, Code::InvalidArgument, "{answer:?}");
            assert!(answer.reason.is_some());
        }
        assert_eq!(stack.database.count("counters")?, 1);
    }
    Ok(())
}

#[test]
fn a_moment_that_does_not_exist_is_invalid() -> Result<()> {
    without_effect(|client| {
        // Timestamp { seconds } beyond year 9999, before year 1, and nanoseconds that are no fraction.
        let moments: [&[u8]; 3] = [
            &[0x2a, 0x07, 0x08, 0x80, 0xfe, 0xbc, 0xc0, 0xfa, 0x3f],
            &[0x2a, 0x0b, 0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
            &[0x2a, 0x06, 0x10, 0x80, 0x94, 0xeb, 0xdc, 0x03],
        ];
        for moment in moments {
            let body = [client.encode(RECORD_VISIT, VISIT)?, moment.to_vec()].concat();
            let answer = client.send(RECORD_VISIT, &[], crate::stack::wire::framed(&body))?;
            assert_refused(&answer, Code::InvalidArgument, "FIELD_INVALID");
            assert_names(&answer, "field", "visited_at");
        }
        Ok(())
    })
}

#[test]
fn a_place_off_the_globe_is_refused_by_the_web_service_and_told_as_a_fault_of_the_request() -> Result<()> {
    without_effect(|client| {
        let request = r#"{"location": {"latitude": 123, "longitude": 0}}"#;
        let answer = client.call("cityscape.v1.Cities/GetDaylight", request)?;
        assert_ne!(answer.code, Code::Ok);
        assert!(answer.reason.is_some(), "{answer:?}");
        Ok(())
    })
}

#[test]
fn a_number_that_is_none_is_not_sent_to_a_web_service() -> Result<()> {
    without_effect(|client| {
        let request = r#"{"location": {"latitude": "NaN", "longitude": "Infinity"}}"#;
        let answer = client.call("cityscape.v1.Cities/GetDaylight", request)?;
        assert_ne!(answer.code, Code::Ok);
        assert!(answer.reason.is_some(), "{answer:?}");
        Ok(())
    })
}

#[test]
fn a_request_cannot_change_what_is_asked_of_a_web_service() -> Result<()> {
    without_effect(|client| {
        for date in ["2024-06-20&lat=0", "2024-06-20#", "../../x", "2024-06-20 HTTP/1.1\r\nX: y", "%2e"] {
            let request = json!({"location": {"latitude": 1, "longitude": 1}, "date": date}).to_string();
            let answer = client.call("cityscape.v1.Cities/GetDaylight", &request)?;
            assert_ne!(answer.code, Code::Ok, "{date}: {answer:?}");
        }
        Ok(())
    })
}

#[test]
fn a_value_is_never_taken_for_sql() -> Result<()> {
    for database in Database::both()? {
        let stack = Stack::over(database).start()?;
        let client = stack.client()?;
        let hostile = "'); DROP TABLE visits; --";
        let visit = json!({"cityId": 2198148, "visitor": hostile, "stars": 1}).to_string();
        let answer = client.call(RECORD_VISIT, &visit)?;
        assert_eq!(client.decode(RECORD_VISIT, &answer.replies[0])?["visitor"], hostile);
        assert_eq!(stack.database.count("visits")?, 1);
    }
    Ok(())
}

#[test]
fn a_page_token_belongs_to_its_method_and_filters() -> Result<()> {
    without_effect(|client| {
        const LIST: &str = "cityscape.v1.Cities/ListCities";
        let first = client.call(LIST, r#"{"countryCode": "NZ", "pageSize": 1}"#)?;
        let token = client.decode(LIST, &first.replies[0])?["nextPageToken"].clone();
        assert!(token.is_string());
        for request in [
            json!({"countryCode": "FJ", "pageToken": token}),
            json!({"countryCode": "NZ", "minPopulation": 1, "pageToken": token}),
            json!({"countryCode": "NZ", "pageToken": "nobody's"}),
            json!({"countryCode": "NZ", "pageToken": "x".repeat(100_000)}),
        ] {
            let answer = client.call(LIST, &request.to_string())?;
            assert_refused(&answer, Code::InvalidArgument, "PAGE_TOKEN_INVALID");
        }
        let other = json!({"cityId": 2198148, "pageToken": token}).to_string();
        let answer = client.call("cityscape.v1.Cities/ListVisits", &other)?;
        assert_refused(&answer, Code::InvalidArgument, "PAGE_TOKEN_INVALID");
        Ok(())
    })
}

#[test]
fn a_negative_page_size_is_invalid() -> Result<()> {
    without_effect(|client| {
        let answer =
            client.call("cityscape.v1.Cities/ListCities", r#"{"countryCode": "NZ", "pageSize": -1}"#)?;
        assert_refused(&answer, Code::InvalidArgument, "FIELD_INVALID");
        assert_names(&answer, "field", "page_size");
        Ok(())
    })
}
