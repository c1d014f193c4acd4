//! A window as one file: opened with the network off, it shows the same.

use anyhow::{Context as _, Result};
use meanwhile_testbed::{process::Process, run::run};
use serde_json::json;

use super::{
    QUERY, SPANS,
    browser::{self, BOUND},
};
use crate::stack::meanwhile;

/// A dashboard, and where it is.
fn dashboard() -> Result<(Process, String)> {
    let process = Process::start(meanwhile(&["dashboard", "--listen", "127.0.0.1:0"]))?;
    let line = process.wait_for_line("dashboard on ", BOUND)?;
    let address = line.split_whitespace().find_map(|word| word.strip_suffix(':')).context(line.clone())?;
    Ok((process, format!("http://{address}")))
}

const WINDOW: [&str; 4] = ["--from", "2024-01-01T00:00:00Z", "--to", "2024-01-01T00:00:01Z"];

#[test]
fn a_saved_window_is_opened_again_and_pinned_on_a_dashboard_that_had_none() -> Result<()> {
    let Some(browser) = browser::find()? else { return Ok(()) };
    let (_first, first) = dashboard()?;
    browser.post(&format!("{first}/v1/traces"), SPANS)?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("spans.json").display().to_string();
    let mut export = meanwhile(&["export", "--dashboard", &first, "--format", "otlp", "--out", &file]);
    run(export.args(WINDOW), b"", BOUND)?.success()?;
    let (_other, other) = dashboard()?;
    let opened = browser.run("reopen.mjs", &[&format!("{other}/"), &file])?;
    let online = browser.run("rows.mjs", &[&format!("{first}/{QUERY}")])?;
    assert_eq!((&opened["faults"], &opened["pinned"]), (&json!([]), &json!(1)));
    assert_eq!(opened["rows"], online["found"][0]["rows"]);
    assert_eq!(opened["overlap"], online["found"][0]["overlap"]);
    Ok(())
}

#[test]
fn a_window_in_a_file_shows_the_same_with_the_network_off() -> Result<()> {
    let Some(browser) = browser::find()? else { return Ok(()) };
    let (_process, url) = dashboard()?;
    browser.post(&format!("{url}/v1/traces"), SPANS)?;
    let folder = tempfile::tempdir()?;
    let file = |name: &str| folder.path().join(name).display().to_string();
    let (by_button, by_command) = (file("button.html"), file("command.html"));
    let mut export = meanwhile(&["export", "--dashboard", &url, "--out", &by_command]);
    run(export.args(WINDOW), b"", BOUND)?.success()?;

    let found = browser.run("offline.mjs", &[&format!("{url}/{QUERY}"), &by_button, &by_command])?;
    assert_eq!(found["faults"], json!([]));
    assert_eq!(found["asked"], json!([]), "it asks nobody");
    assert_eq!(found["saved"], found["online"]);
    assert_eq!(found["online"]["rows"].as_array().map(Vec::len), Some(2));
    assert_eq!(found["exported"]["rows"], found["online"]["rows"]);
    assert_eq!(found["exported"]["overlap"], found["online"]["overlap"]);
    assert_eq!(found["state"], "Saved");
    Ok(())
}
