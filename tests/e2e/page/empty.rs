//! A dashboard that nobody has sent spans to yet.

use anyhow::{Context as _, Result};
use meanwhile_testbed::process::Process;
use serde_json::json;

use super::{SPANS, browser};
use crate::stack::{BOUND, meanwhile};

#[test]
fn a_page_without_spans_says_how_to_send_some_and_shows_them_when_they_come() -> Result<()> {
    let Some(browser) = browser::find()? else { return Ok(()) };
    let process = Process::start(meanwhile(&["dashboard", "--listen", "127.0.0.1:0"]))?;
    let line = process.wait_for_line("dashboard on ", BOUND)?;
    let address = line.split_whitespace().find_map(|word| word.strip_suffix(':')).context(line.clone())?;
    let page = browser.run("empty.mjs", &[&format!("http://{address}/"), SPANS])?;
    assert_eq!((&page["alerts"], &page["faults"]), (&json!([]), &json!([])), "{page}");
    assert_eq!(page["sent"], 200);
    assert_eq!(page["rows"].as_array().map(Vec::len), Some(2), "{page}");
    Ok(())
}
