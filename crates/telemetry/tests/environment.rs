//! OpenTelemetry's own variables. A process reads its environment as a whole, so each case runs in one of its own:
//! the test starts this binary again for the case it ignores here.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod collector;

use std::process::Command;

use collector::Collector;
use http::HeaderMap;
use meanwhile_telemetry::{Config, Telemetry};
use tonic::Code;

fn passes_with(case: &str, variables: &[(&str, &str)]) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", case, "--ignored", "--nocapture"])
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

async fn one_request(collector: &Collector) {
    let config = Config::resolve("meanwhile-data", vec![collector.url.clone()]);
    let telemetry = Telemetry::start(config).unwrap();
    telemetry.tracer().server_request("a.B/C", &HeaderMap::new(), Vec::new()).finish(Code::Ok, None);
    telemetry.shutdown().await;
}

#[test]
fn resource_attributes_and_service_name_are_obeyed() {
    passes_with(
        "case_resource",
        &[
            ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test,service.name=ignored"),
            ("OTEL_SERVICE_NAME", "cities"),
        ],
    );
}

#[tokio::test]
#[ignore = "run by resource_attributes_and_service_name_are_obeyed"]
async fn case_resource() {
    let mut collector = Collector::start().await;
    one_request(&collector).await;
    let [arrived] = collector.spans().await;
    assert_eq!(arrived.resource["deployment.environment.name"], "test");
    assert_eq!(arrived.resource["service.name"], "cities");
    assert_eq!(arrived.resource["telemetry.sdk.language"], "rust");
}

#[test]
fn the_sampler_is_obeyed() {
    passes_with("case_sampler", &[("OTEL_TRACES_SAMPLER", "always_off")]);
}

#[tokio::test]
#[ignore = "run by the_sampler_is_obeyed"]
async fn case_sampler() {
    let mut collector = Collector::start().await;
    one_request(&collector).await;
    assert!(collector.rest().is_empty());
}
