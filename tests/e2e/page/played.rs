//! Each of the sample's scenarios is sent for real by `meanwhile play`: what it tells of its requests and what the page shows of
//! the same time are the same, lane by lane, segment by segment, figure by figure, to the microsecond.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use meanwhile_testbed::run::run;
use serde_json::{Value, json};

use super::browser::{self, BOUND, assert_same_lanes};
use super::scenarios::SCENARIOS;
use crate::dashboard::dashboard;
use crate::stack::{meanwhile, sample};

/// A play's windows, and the page's addresses of them.
fn play(scenario: &str, dashboard: &str) -> Result<Vec<Value>> {
    let mut command = meanwhile(&["play", scenario, "--throw-away", "--json", "--dashboard", dashboard]);
    let told: Value =
        serde_json::from_str(&run(command.arg("--catalog").arg(sample()), b"", BOUND)?.success()?)?;
    Ok(told["plays"].as_array().context("plays")?.clone())
}

/// The page's figures in the player's words: the page has narrow spaces, and says more of those in flight.
fn shown(headline: &Value) -> Value {
    let plain = |text: &Value| text.as_str().unwrap_or_default().replace('\u{202f}', " ");
    let figures = headline.as_array().into_iter().flatten().map(|figure| {
        let about = plain(&figure["about"]);
        let about = match figure["name"] == "In flight" {
            true => about.split(',').next().unwrap_or_default().to_owned(),
            false => about,
        };
        json!({"name": figure["name"], "value": plain(&figure["value"]), "about": about})
    });
    figures.collect()
}

fn traces(rows: &Value, name: &str) -> BTreeSet<String> {
    let rows = rows.as_array().into_iter().flatten();
    rows.filter_map(|row| Some(row[name].as_str()?.to_owned())).collect()
}

#[test]
fn what_play_tells_of_each_scenario_is_what_the_page_shows() -> Result<()> {
    let Some(browser) = browser::find()? else { return Ok(()) };
    let (_process, address) = dashboard()?;
    let dashboard = format!("http://{address}");
    // Each is sent twice: to a synchronous server, and to one that overlaps.
    let plays = SCENARIOS.iter().map(|(name, requests, _)| Ok((*name, *requests, play(name, &dashboard)?)));
    let plays = plays.collect::<Result<Vec<_>>>()?;
    let all =
        || plays.iter().flat_map(|(name, requests, plays)| plays.iter().map(move |it| (name, *requests, it)));
    let addresses: Vec<String> =
        all().map(|(.., play)| format!("{}&tab=table", play["page"].as_str().unwrap_or_default())).collect();
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let read = browser.run("rows.mjs", &addresses)?;
    assert_eq!(read["faults"], json!([]));
    let found = read["found"].as_array().context("what was found")?;
    assert_eq!(found.len(), 2 * SCENARIOS.len());
    for ((name, requests, play), page) in all().zip(found) {
        let sent = traces(&play["requests"], "trace_id");
        assert_eq!(sent.len(), requests, "{name}");
        assert_eq!(traces(&page["rows"], "trace"), sent, "{name}: its requests, and no others");
        assert_same_lanes(&page["rows"], &play["window"]);
        assert_eq!(shown(&page["headline"]), play["headline"], "{name}");
    }
    Ok(())
}
