//! The window that the page shows is one button away from Jaeger, where somebody knows of one.

use anyhow::{Context as _, Result, ensure};
use meanwhile_testbed::{eventually, jaeger::Jaeger, process::Process};

use super::{QUERY, SPANS, browser};
use crate::stack::{BOUND, meanwhile};

#[test]
fn what_is_seen_is_sent_to_jaeger_as_one_trace_and_no_other_page_can_have_it_sent() -> Result<()> {
    let (Some(browser), Some(jaeger)) = (browser::find()?, Jaeger::shared()) else { return Ok(()) };
    let (otlp, ui) = (jaeger.otlp_url(), jaeger.query_url());
    let flags =
        ["dashboard", "--listen", "127.0.0.1:0", "--jaeger-otlp", otlp.as_str(), "--jaeger-ui", ui.as_str()];
    let process = Process::start(meanwhile(&flags))?;
    let line = process.wait_for_line("dashboard on ", BOUND)?;
    let address = line.split_whitespace().find_map(|word| word.strip_suffix(':')).context(line.clone())?;
    browser.post(&format!("http://{address}/v1/traces"), SPANS)?;
    let page = browser.run("send.mjs", &[&format!("http://{address}/{QUERY}")])?;

    assert_eq!(page["faults"], serde_json::json!([]), "{page}");
    assert_eq!(page["stranger"], 403);
    ensure!(page["said"].as_str().is_some_and(|said| said.starts_with("2 requests are there")), "{page}");
    let link = page["link"].as_str().context("a link")?;
    let id = link.strip_prefix(&format!("{ui}/trace/")).with_context(|| link.to_owned())?;
    let trace = eventually("the window's trace", BOUND, || {
        jaeger.trace(id).ok().flatten().filter(|trace| trace.roots().count() == 1)
    })?;
    let root = trace.roots().next().context("a root")?;
    let mut requests: Vec<_> = trace.children_of(root).map(|span| span.operation.as_str()).collect();
    requests.sort_unstable();
    assert_eq!(requests, ["<b>POST</b> /visit", "GET /city"]);
    Ok(())
}
