//! The dashboard's page in a real browser: what it shows is what the Timeline service tells, and its controls do what they say.

use std::{path::Path, process::Command};

use anyhow::{Context as _, Result};
use meanwhile_testbed::{Tool, grpcurl::Grpcurl, process::Process, require, run::run};
use serde_json::Value;

use crate::stack::{BOUND, meanwhile};

/// Two requests of 2024 that overlap, the one named as no page should render it.
const SPANS: &str = r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},
"scopeSpans":[{"spans":[
{"traceId":"00000000000000000000000000000001","spanId":"0000000000000001","name":"GET /city","kind":2,
 "startTimeUnixNano":"1704067200100000000","endTimeUnixNano":"1704067200150000000"},
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

fn script(node: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(node);
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("services/dashboard/web"));
    command.args(arguments);
    command
}

/// True where `make page` was here: it also brings what drives the browser.
fn is_built() -> bool {
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("services/dashboard/web");
    ["dist/index.html", "node_modules/playwright-core"].iter().all(|name| web.join(name).exists())
}

/// Milliseconds with three decimals, as the table has them.
fn millis(nanos: &Value) -> Option<String> {
    let nanos: f64 = nanos.as_str()?.parse().ok()?;
    Some(format!("{:.3}", nanos / 1e6))
}

#[test]
fn what_the_page_shows_is_what_the_service_tells_and_its_controls_work() -> Result<()> {
    let (Some(node), Some(chromium)) = (require(Tool::Node), require(Tool::Chromium)) else { return Ok(()) };
    let Some(grpcurl) = Grpcurl::find() else { return Ok(()) };
    if !is_built() {
        anyhow::ensure!(std::env::var("CI").is_err(), "the page is not built: tools/page.sh");
        eprintln!("SKIPPED the page in a browser: needs `make page`");
        return Ok(());
    }
    let process = Process::start(meanwhile(&["dashboard", "--listen", "127.0.0.1:0"]))?;
    let line = process.wait_for_line("dashboard on ", BOUND)?;
    let address = line.split_whitespace().find_map(|word| word.strip_suffix(':')).context(line.clone())?;
    let send = "fetch(process.argv[1], {method: 'POST', headers: {'content-type': 'application/json'}, body: process.argv[2]})
        .then((reply) => process.exit(reply.ok ? 0 : 1))";
    let traces = format!("http://{address}/v1/traces");
    run(&mut script(&node, &["-e", send, &traces, SPANS]), b"", BOUND)?.success()?;
    let told = grpcurl.call(address, &[], "meanwhile.v1.Timeline/GetWindow", WINDOW)?.message()?;
    let (browser, url) = (chromium.display().to_string(), format!("http://{address}/{QUERY}"));
    let page = run(&mut script(&node, &["browser/read.mjs", &browser, &url]), b"", BOUND)?.success()?;
    let page: Value = serde_json::from_str(&page)?;

    assert_eq!(page["faults"], serde_json::json!([]), "{page}");
    let lanes = told["lanes"].as_array().context("lanes")?;
    assert_eq!(page["rows"].as_array().map(Vec::len), Some(lanes.len()), "{page}");
    for (row, lane) in page["rows"].as_array().into_iter().flatten().zip(lanes) {
        assert_eq!((&row["trace"], &row["method"]), (&lane["traceId"], &lane["method"]));
        assert_eq!(row["took"].as_str().map(str::to_owned), millis(&lane["durationNs"]));
        let segments = lane["segments"].as_array().context("segments")?;
        let segments: Vec<_> = segments
            .iter()
            .map(|segment| serde_json::json!([segment["kind"], millis(&segment["durationNs"])]))
            .collect();
        assert_eq!(row["segments"], Value::Array(segments));
    }
    let overlap = told["figures"]["overlap"]["factor"].as_f64().context("overlap")?;
    assert_eq!(page["overlap"], format!("{overlap:.1}\u{202f}×"));
    // Markup in a span's name is text.
    assert_eq!(page["bold"], 0);
    assert_eq!(page["ofOneMethod"], 1);
    assert_eq!(page["picked"], "GET /city");
    let trace = lanes[0]["traceId"].as_str().unwrap_or_default();
    assert!(page["jaeger"].as_str().is_some_and(|link| link.contains(trace)), "{page}");
    assert_eq!(page["state"], "Paused");
    assert!(page["serial"].as_str().is_some_and(|title| title.starts_with("One at a time")), "{page}");
    Ok(())
}
