//! Spans of `tracing` go to the service whose crate made them, and to no other.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod collector;

use collector::Collector;
use meanwhile_telemetry::logs::{InstallError, LogConfig, install};
use meanwhile_telemetry::{Config, Telemetry};

#[tokio::test]
async fn each_crates_spans_go_to_its_own_service_and_other_crates_spans_nowhere() {
    let (mut one, mut two) = (Collector::start().await, Collector::start().await);
    let start = |name: &str, url: &str| {
        Telemetry::start(Config { service_name: name.into(), endpoints: vec![url.into()] }).unwrap()
    };
    let (gateway, data) = (start("meanwhile-gateway", &one.url), start("meanwhile-data", &two.url));
    let config = LogConfig { filter: Some("off".into()), ..LogConfig::default() };
    install(&config, &[("meanwhile_gateway", &gateway), ("meanwhile_data", &data)]).unwrap();

    drop(tracing::info_span!(target: "meanwhile_gateway::reload", "reload").entered());
    drop(tracing::info_span!(target: "meanwhile_data", "migrate").entered());
    drop(tracing::info_span!(target: "h2::client", "Connection").entered());
    drop(tracing::info_span!(target: "meanwhile_almanac", "without telemetry").entered());
    gateway.shutdown().await;
    data.shutdown().await;

    let names = |collector: &mut Collector| -> Vec<(String, String)> {
        let spans = collector.rest().into_iter();
        spans.map(|arrived| (arrived.resource["service.name"].clone(), arrived.span.name)).collect()
    };
    assert_eq!(names(&mut one), [("meanwhile-gateway".into(), "reload".into())]);
    assert_eq!(names(&mut two), [("meanwhile-data".into(), "migrate".into())]);
    assert!(matches!(install(&config, &[]), Err(InstallError::Installed(_))), "there is one log a process");
}
