//! What clients can ask about the API itself: reflection and health.

use anyhow::Result;
use meanwhile_testbed::grpcurl::Grpcurl;
use serde_json::json;
use tonic::Code;

use super::served;
use crate::stack::{Database, Stack, wire::framed};

const HEALTH: &str = "grpc.health.v1.Health/Check";

/// The contract does not depend on the database.
fn stack() -> Result<Option<(Stack, Grpcurl)>> {
    let Some(grpcurl) = Grpcurl::find() else { return Ok(None) };
    Ok(Some((Stack::over(Database::sqlite()?).start()?, grpcurl)))
}

#[test]
fn list_names_the_catalogs_service_health_and_both_reflections() -> Result<()> {
    let Some((stack, grpcurl)) = stack()? else { return Ok(()) };
    let listed = grpcurl.run(stack.gateway(), &[], &["list"])?.0.success()?;
    let expected = "cityscape.v1.Cities\ngrpc.health.v1.Health\n\
                    grpc.reflection.v1.ServerReflection\ngrpc.reflection.v1alpha.ServerReflection\n";
    assert_eq!(listed, expected);
    Ok(())
}

#[test]
fn describe_shows_comments_and_googles_options_and_none_of_ours() -> Result<()> {
    let Some((stack, grpcurl)) = stack()? else { return Ok(()) };
    let describe = |symbol: &str| grpcurl.run(stack.gateway(), &[], &["describe", symbol])?.0.success();
    let service = describe("cityscape.v1.Cities")?;
    assert!(service.contains("// One city. NOT_FOUND where there is none of that id."), "{service}");
    assert!(service.contains(r#"option (.google.api.http) = { get: "/v1/cities/{id}" };"#), "{service}");
    assert!(service.contains("rpc SearchCities ( .cityscape.v1.SearchCitiesRequest ) returns ( stream"));
    let request = describe("cityscape.v1.GetCityRequest")?;
    assert!(request.contains("(.google.api.field_behavior) = REQUIRED"), "{request}");
    let reply = describe("cityscape.v1.Overview")?;
    assert!(reply.contains(".cityscape.v1.Daylight daylight = 4;"), "{reply}");
    for text in [service, request, reply] {
        assert!(!text.contains("meanwhile"), "{text}");
    }
    for ours in ["meanwhile.v1.timeout", "meanwhile.v1.Part"] {
        assert!(describe(ours).is_err(), "{ours}");
    }
    Ok(())
}

#[test]
fn every_symbol_that_is_referred_to_is_there() -> Result<()> {
    let Some((stack, grpcurl)) = stack()? else { return Ok(()) };
    for method in ["GetCity", "ListCities", "SearchCities", "GetOverview", "GetDaylight", "RecordVisit"] {
        let symbol = format!("cityscape.v1.Cities.{method}");
        let shown = grpcurl.run(stack.gateway(), &["-msg-template"], &["describe", &symbol])?.0.success()?;
        assert!(shown.contains(&format!("rpc {method} (")), "{shown}");
    }
    Ok(())
}

#[test]
fn both_versions_of_reflection_answer() -> Result<()> {
    let stack = Stack::over(Database::sqlite()?).start()?;
    let client = stack.client()?;
    for version in ["v1", "v1alpha"] {
        // ServerReflectionRequest { list_services: "" }
        let method = format!("grpc.reflection.{version}.ServerReflection/ServerReflectionInfo");
        let answer = client.send(&method, &[], framed(&[0x3a, 0]))?;
        assert_eq!(answer.code, Code::Ok, "{}", answer.message);
        let name = b"cityscape.v1.Cities";
        assert!(answer.replies[0].windows(name.len()).any(|text| text == name), "{answer:?}");
    }
    Ok(())
}

#[test]
fn health_is_told_of_the_gateway_and_of_each_service() -> Result<()> {
    for (stack, grpcurl) in served()? {
        for service in ["", "cityscape.v1.Cities"] {
            let request = json!({"service": service}).to_string();
            let health = grpcurl.call(stack.gateway(), &[], HEALTH, &request)?.message()?;
            assert_eq!(health["status"], "SERVING", "{service}");
        }
        let unknown = grpcurl.call(stack.gateway(), &[], HEALTH, r#"{"service": "cityscape.v1.Nobody"}"#)?;
        assert_eq!(unknown.code(), Some(Code::NotFound as i32));
    }
    Ok(())
}

#[test]
fn health_can_be_watched() -> Result<()> {
    let Some((stack, grpcurl)) = stack()? else { return Ok(()) };
    let request = r#"{"service": "cityscape.v1.Cities"}"#;
    let watched =
        grpcurl.call(stack.gateway(), &["-max-time", "1"], "grpc.health.v1.Health/Watch", request)?;
    assert!(watched.0.stdout.contains("SERVING"), "{watched:?}");
    assert_eq!(watched.code(), Some(Code::DeadlineExceeded as i32));
    Ok(())
}

#[test]
fn probes_are_answered_on_the_admin_port_of_both_services() -> Result<()> {
    let stack = Stack::over(Database::sqlite()?).start()?;
    for probes in [stack.gateway.probes(), stack.data.probes()] {
        let url = format!("http://{probes}");
        let asked = crate::stack::meanwhile(&["healthcheck", &url]).output()?;
        assert!(asked.status.success(), "{asked:?}");
        assert_eq!(String::from_utf8_lossy(&asked.stdout), "SERVING\n");
    }
    Ok(())
}

#[test]
fn a_probe_of_nobody_fails() -> Result<()> {
    let asked = crate::stack::meanwhile(&["healthcheck", "http://127.0.0.1:1"]).output()?;
    assert_eq!(asked.status.code(), Some(1));
    Ok(())
}
