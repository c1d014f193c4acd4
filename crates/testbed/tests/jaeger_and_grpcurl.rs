//! Jaeger and grpcurl of the testbed, tried on the real programs.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use meanwhile_testbed::{grpcurl::Grpcurl, jaeger::Jaeger};
use serde_json::json;

#[test]
fn jaeger_answers_and_has_no_traces_of_an_unknown_service() -> Result<()> {
    let Some(jaeger) = Jaeger::shared() else { return Ok(()) };
    assert!(jaeger.traces("nobody")?.is_empty());
    assert!(jaeger.trace("0af7651916cd43dd8448eb211c80319c")?.is_none());
    Ok(())
}

/// grpcurl and Jaeger's own contract: no service of ours takes part.
#[test]
fn a_span_sent_over_otlp_is_read_back() -> Result<()> {
    let (Some(jaeger), Some(grpcurl)) = (Jaeger::shared(), Grpcurl::find()) else { return Ok(()) };
    let protos = tempfile::tempdir()?;
    std::fs::write(protos.path().join("otlp.proto"), OTLP)?;
    let folder = protos.path().display().to_string();
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
    let span = json!({"traceId": "Cvdlk1kWzUPdhEjrIRyAMA==", "spanId": "t61raRYy8yA=", "name": "hello",
                      "startTimeUnixNano": now.to_string(), "endTimeUnixNano": (now + 250_000).to_string()});
    let resource = json!({"attributes": [{"key": "service.name", "value": {"stringValue": "hand-made"}}]});
    let export = json!({"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [span]}]}]});
    let address = jaeger.otlp_url().replace("http://", "");
    let method = "opentelemetry.proto.collector.trace.v1.TraceService/Export";
    let flags = ["-import-path", &folder, "-proto", "otlp.proto"];
    grpcurl.call(&address, &flags, method, &export.to_string())?.message()?;
    let traces = jaeger.wait_for_traces("hand-made", |traces| !traces.is_empty())?;
    let span = &traces[0].spans[0];
    assert_eq!((span.operation.as_str(), span.duration_us), ("hello", 250));
    Ok(())
}

#[test]
fn grpcurl_tells_a_code_from_no_answer() -> Result<()> {
    let (Some(jaeger), Some(grpcurl)) = (Jaeger::shared(), Grpcurl::find()) else { return Ok(()) };
    let address = jaeger.otlp_url().replace("http://", "");
    let silent = grpcurl.run("127.0.0.1:1", &["-connect-timeout", "2"], &["list"])?;
    assert_eq!(silent.code(), None);
    assert!(silent.0.stderr.contains("Failed to dial"), "{}", silent.0.stderr);
    let protos = tempfile::tempdir()?;
    std::fs::write(
        protos.path().join("none.proto"),
        r#"syntax = "proto3"; message M {} service None { rpc At(M) returns (M); }"#,
    )?;
    let folder = protos.path().display().to_string();
    let unknown =
        grpcurl.call(&address, &["-import-path", &folder, "-proto", "none.proto"], "None/At", "{}")?;
    assert_eq!(unknown.code(), Some(12), "{}", unknown.0.stderr);
    Ok(())
}

/// The fields of OTLP that the test sends; names and numbers as published.
const OTLP: &str = r#"
syntax = "proto3";
package opentelemetry.proto.collector.trace.v1;
message Value { string string_value = 1; }
message KeyValue { string key = 1; Value value = 2; }
message Resource { repeated KeyValue attributes = 1; }
message Span { bytes trace_id = 1; bytes span_id = 2; string name = 5; fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; }
message ScopeSpans { repeated Span spans = 2; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
message Spans { repeated ResourceSpans resource_spans = 1; }
message Reply {}
service TraceService { rpc Export(Spans) returns (Reply); }
"#;
