//! A window that a sampler left requests out of: the page says so, and says nothing that only all requests could tell.

use anyhow::{Context as _, Result};
use meanwhile_testbed::{process::Process, run::run};
use serde_json::{Value, json};

use super::{
    SPANS,
    browser::{self, BOUND},
};
use crate::stack::meanwhile;

const WINDOW: [&str; 4] = ["--from", "2024-01-01T00:00:00Z", "--to", "2024-01-01T00:00:01Z"];

const WITHHELD: &str = "withheld: one request in 10 was kept";

/// The lines under a heading of the tab with more figures.
fn under(found: &Value, heading: &str) -> Vec<String> {
    let sections = found["more"].as_array().into_iter().flatten();
    let lines = sections.filter_map(|section| serde_json::from_value::<Vec<String>>(section.clone()).ok());
    let lines = lines.flatten().skip_while(|line| line != heading).skip(1);
    lines.filter(|line| !line.is_empty()).collect()
}

#[test]
fn of_sampled_requests_the_page_withholds_what_only_all_could_tell_also_in_a_file() -> Result<()> {
    let Some(browser) = browser::find()? else { return Ok(()) };
    let process = Process::start(meanwhile(&["dashboard", "--listen", "127.0.0.1:0", "--sampled", "10"]))?;
    let line = process.wait_for_line("dashboard on ", BOUND)?;
    let address = line.split_whitespace().find_map(|word| word.strip_suffix(':')).context(line.clone())?;
    let url = format!("http://{address}");
    browser.post(&format!("{url}/v1/traces"), SPANS)?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("window.html").display().to_string();
    let mut export = meanwhile(&["export", "--dashboard", &url, "--out", &file]);
    run(export.args(WINDOW), b"", BOUND)?.success()?;

    let page =
        browser.run("sampled.mjs", &[&format!("{url}/?from=1704067200000&to=1704067201000"), &file])?;
    assert_eq!(page["faults"], json!([]), "{page}");
    let found = &page["online"];
    assert!(found["label"].as_str().is_some_and(|label| label.contains("one request in 10")), "{page}");
    assert_eq!(found["overlap"], json!(["–", WITHHELD]));
    assert_eq!(found["waited"], json!(["–", WITHHELD]));
    assert_eq!(under(found, "Waited for")[0], "Withheld: one request in 10 was kept.");
    assert_eq!(under(found, "Finished out of order")[0], "Withheld.");
    assert!(under(found, "What if the pool had").is_empty(), "{page}");
    assert_eq!(page["saved"], *found);
    Ok(())
}
