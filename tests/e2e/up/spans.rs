//! Its spans, its log and its dashboard.

use anyhow::{Context as _, Result};
use meanwhile_testbed::eventually;
use meanwhile_testbed::grpcurl::Grpcurl;
use meanwhile_testbed::process::Signal;
use tonic::Code;

use super::{BERLIN, DAYLIGHT, GET_CITY, SOMEWHERE};
use crate::stack::BOUND;
use crate::stack::up::{Up, command};

#[test]
fn without_a_collector_it_serves_on_and_says_so_once_a_service() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut command = command(folder.path());
    command.args(["--otlp", "http://127.0.0.1:1"]);
    let mut up = Up::start(command)?;
    let client = up.client()?;
    // Spans leave every 200 ms; each of these takes as long, so that many exports fail.
    for _ in 0..10 {
        assert_eq!(client.call("cityscape.v1.Cities/GetOverview", BERLIN)?.code, Code::Ok);
        let slow = client.call_with(DAYLIGHT, &[("grpc-timeout", "200m")], SOMEWHERE)?;
        assert_eq!(slow.code, Code::Ok);
    }
    up.process.wait_for_line("no collector at http://127.0.0.1:1", BOUND)?;
    up.process.signal(Signal::TERM)?;
    assert_eq!(up.process.wait(BOUND)?.code(), Some(0));
    let lines = up.process.lines();
    let said = |text: &str| lines.iter().filter(|line| line.contains(text)).count();
    assert!((1..=3).contains(&said("no collector at")), "{}", lines.join("\n"));
    assert!((1..=3).contains(&said("spans were lost")), "{}", lines.join("\n"));
    Ok(())
}

#[test]
fn the_log_of_a_failed_call_has_its_trace() -> Result<()> {
    const TRACE: &str = "6bf92f3577b34da6a3ce929d0e0e4736";
    let folder = tempfile::tempdir()?;
    for format in ["text", "json"] {
        let mut command = command(folder.path());
        command.args(["--upstream", "almanac=http://127.0.0.1:1", "--log-format", format]);
        let up = Up::start(command)?;
        let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
        let answer = up.client()?.call_with(DAYLIGHT, &[("traceparent", &parent)], SOMEWHERE)?;
        assert_eq!(answer.code, Code::Unavailable);
        let line = up.process.wait_for_line("the call failed", BOUND)?;
        assert!(line.contains(TRACE) && line.contains("UPSTREAM_UNAVAILABLE"), "{line}");
        if format == "json" {
            let line: serde_json::Value = serde_json::from_str(&line)?;
            assert_eq!(
                line["trace_id"].as_str().or(line["fields"]["trace_id"].as_str()),
                Some(TRACE),
                "{line}"
            );
        }
    }
    Ok(())
}

#[test]
fn a_call_without_a_trace_of_its_own_gets_one_in_the_log() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut command = command(folder.path());
    command.args(["--upstream", "almanac=http://127.0.0.1:1"]);
    let up = Up::start(command)?;
    up.client()?.call(DAYLIGHT, SOMEWHERE)?;
    let line = up.process.wait_for_line("the call failed", BOUND)?;
    let id =
        line.split("trace_id=").nth(1).and_then(|rest| rest.split_whitespace().next()).unwrap_or_default();
    assert!(id.len() == 32 && id.chars().all(|digit| digit.is_ascii_hexdigit()), "{line}");
    assert_ne!(id, "0".repeat(32));
    Ok(())
}

#[test]
fn its_own_dashboard_has_the_calls_and_serves_a_page() -> Result<()> {
    let Some(grpcurl) = Grpcurl::find() else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let up = Up::start(command(folder.path()))?;
    assert_eq!(up.client()?.call(GET_CITY, BERLIN)?.code, Code::Ok);
    let lines = up.process.lines();
    let page = lines.iter().find_map(|line| line.trim().strip_prefix("page     http://"));
    let page = page.and_then(|rest| rest.split_whitespace().next()).context("a page")?;
    eventually("the call's lane", BOUND, || {
        let window = grpcurl.call(page, &[], "meanwhile.v1.Timeline/GetWindow", "{}").ok()?.message().ok()?;
        let lanes = window["lanes"].as_array()?;
        lanes.iter().any(|lane| lane["method"] == GET_CITY && !lane["running"].is_boolean()).then_some(())
    })
}

#[test]
fn the_dashboard_can_be_left_out() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut command = command(folder.path());
    command.arg("--no-dashboard");
    let up = Up::start(command)?;
    assert!(!up.says("  page  "));
    assert_eq!(up.client()?.call(GET_CITY, BERLIN)?.code, Code::Ok);
    Ok(())
}
