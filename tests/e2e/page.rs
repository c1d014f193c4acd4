//! The dashboard's page in a real browser: what it shows is what the Timeline service tells, and its controls do what they say.

pub mod browser;
mod empty;
mod offline;
mod played;
mod sampled;
mod scenarios;
mod stuck;
mod to_jaeger;

use anyhow::{Context as _, Result};
use meanwhile_testbed::{grpcurl::Grpcurl, process::Process};

use self::browser::{assert_same_lanes, overlap};
use crate::stack::{BOUND, meanwhile};

/// Two requests of 2024 that overlap, the one named as no page should render it.
const SPANS: &str = r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},
"scopeSpans":[{"spans":[
{"traceId":"00000000000000000000000000000001","spanId":"0000000000000001","name":"GET /city","kind":2,
 "startTimeUnixNano":"1704067200100000000","endTimeUnixNano":"1704067200150000000",
 "attributes":[{"key":"url.path","value":{"stringValue":"/<b>city</b>"}}]},
{"traceId":"00000000000000000000000000000001","spanId":"0000000000000002","parentSpanId":"0000000000000001","name":"SELECT city","kind":3,
 "startTimeUnixNano":"1704067200110000000","endTimeUnixNano":"1704067200145000000",
 "attributes":[{"key":"db.system.name","value":{"stringValue":"postgresql"}}]},
{"traceId":"00000000000000000000000000000002","spanId":"0000000000000003","name":"<b>POST</b> /visit","kind":2,
 "startTimeUnixNano":"1704067200120000000","endTimeUnixNano":"1704067200180000000"},
{"traceId":"00000000000000000000000000000002","spanId":"0000000000000004","parentSpanId":"0000000000000003","name":"pool","kind":1,
 "startTimeUnixNano":"1704067200121000000","endTimeUnixNano":"1704067200150500000",
 "attributes":[{"key":"meanwhile.wait.kind","value":{"stringValue":"pool"}}],
 "links":[{"traceId":"00000000000000000000000000000001","spanId":"0000000000000001"}]}]}]}]}"#;

/// The window that holds them, as the page's address and as the service's request.
const QUERY: &str = "?from=1704067200000&to=1704067201000&tab=table";
const WINDOW: &str = r#"{"start_time": "2024-01-01T00:00:00Z", "end_time": "2024-01-01T00:00:01Z"}"#;

#[test]
fn what_the_page_shows_is_what_the_service_tells_and_its_controls_work() -> Result<()> {
    let (Some(browser), Some(grpcurl)) = (browser::find()?, Grpcurl::find()) else { return Ok(()) };
    let flags = ["dashboard", "--listen", "127.0.0.1:0", "--jaeger-ui", "https://jaeger.example/ui/"];
    let process = Process::start(meanwhile(&flags))?;
    let line = process.wait_for_line("dashboard on ", BOUND)?;
    let address = line.split_whitespace().find_map(|word| word.strip_suffix(':')).context(line.clone())?;
    browser.post(&format!("http://{address}/v1/traces"), SPANS)?;
    let told = grpcurl.call(address, &[], "meanwhile.v1.Timeline/GetWindow", WINDOW)?.message()?;
    let page = browser.run("read.mjs", &[&format!("http://{address}/{QUERY}")])?;

    assert_eq!(page["faults"], serde_json::json!([]), "{page}");
    assert_same_lanes(&page["rows"], &told);
    assert_eq!(page["overlap"].as_str(), overlap(&told).as_deref());
    // Markup in a span's name is text.
    assert_eq!((&page["bold"], &page["shown"][1]), (&0.into(), &"<b>POST</b> /visit".into()));
    assert_eq!(page["ofOneMethod"], 1);
    assert_eq!(page["picked"], "GET /city");
    assert_eq!(page["pickedByTrace"], "<b>POST</b> /visit");
    assert_eq!(page["attributes"], serde_json::json!(["/<b>city</b>", "shop"]));
    let trace = told["lanes"][0]["traceId"].as_str().unwrap_or_default();
    let link = format!("https://jaeger.example/ui/trace/{trace}?");
    assert!(page["jaeger"].as_str().is_some_and(|found| found.starts_with(&link)), "{page}");
    assert_eq!(page["state"], "Paused");
    assert!(page["serial"].as_str().is_some_and(|title| title.starts_with("One at a time")), "{page}");
    Ok(())
}
