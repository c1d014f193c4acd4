//! The page's send buttons: each has its scenario sent for real, and what the page then shows is what the service tells, and what
//! the terminal draws.

use std::{
    collections::BTreeMap,
    time::{Duration, UNIX_EPOCH},
};

use anyhow::{Context as _, Result, ensure};
use meanwhile_testbed::{eventually, grpcurl::Grpcurl};
use serde_json::{Value, json};

use super::browser::{self, BOUND, assert_same_lanes};
use crate::stack::{
    Database,
    up::{self, Up},
};

/// Each scenario, how many requests it has, and what the terminal calls it.
pub const SCENARIOS: [(&str, usize, &str); 4] = [
    ("lecture", 3, "Three requests arrive together"),
    ("pool-of-one", 10, "Ten calls, one connection"),
    ("lock", 5, "Five writes of one row"),
    ("cpu-bound", 8, "Where async does not help"),
];

/// What the service tells of a time.
fn told(grpcurl: &Grpcurl, page: &str, request: &Value) -> Result<Value> {
    grpcurl.call(page, &[], "meanwhile.v1.Timeline/GetWindow", &request.to_string())?.message()
}

/// The window of one of the page's addresses.
fn window(address: &str) -> Result<Value> {
    let said = |name: &str| {
        let (_, rest) = address.split_once(name)?;
        let millis: f64 = rest.split('&').next()?.parse().ok()?;
        Some(humantime::format_rfc3339_nanos(UNIX_EPOCH + Duration::from_secs_f64(millis / 1e3)).to_string())
    };
    let (from, to) = (said("from=").context("from")?, said("to=").context("to")?);
    Ok(json!({"start_time": from, "end_time": to, "running": true}))
}

/// What a time of requests looks like in the terminal: a method and how long it took, the longest first, and the figures' values.
#[derive(Debug, PartialEq)]
struct Drawn {
    took: BTreeMap<String, Vec<String>>,
    figures: Vec<String>,
}

impl Drawn {
    /// The picture under a scenario's title; none where it is not there yet, to its last line.
    fn read(lines: &[String], title: &str) -> Option<Self> {
        let begin = lines.iter().position(|line| line.trim() == title)?;
        let end = begin + lines[begin..].iter().position(|line| line.contains("replies left"))?;
        let (mut took, mut figures) = (BTreeMap::<String, Vec<String>>::new(), Vec::new());
        for line in &lines[begin..end] {
            let named = |name| line.trim().strip_prefix(name);
            if let [label, _, times] = line.split('|').collect::<Vec<_>>()[..] {
                // N METHOD |bar| TOOK ms PLACE
                let method = label.split_whitespace().nth(1)?.to_owned();
                took.entry(method).or_default().push(times.split_whitespace().next()?.to_owned());
            } else if let Some(figure) = ["In flight", "Overlap", "Waited for"].into_iter().find_map(named) {
                figures.push(figure.trim().split("   ").next()?.to_owned());
            }
        }
        took.values_mut().for_each(|times| times.sort());
        Some(Self { took, figures })
    }

    /// The same of what the service tells and the page shows.
    fn of(told: &Value, headline: &Value) -> Self {
        let mut took = BTreeMap::<String, Vec<String>>::new();
        for lane in told["lanes"].as_array().into_iter().flatten() {
            let method = lane["method"].as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default();
            let nanos: f64 = lane["durationNs"].as_str().and_then(|it| it.parse().ok()).unwrap_or(f64::NAN);
            took.entry(method.to_owned()).or_default().push(format!("{:.1}", nanos / 1e6));
        }
        took.values_mut().for_each(|times| times.sort());
        let value = |figure: &Value| figure["value"].as_str().unwrap_or_default().replace('\u{202f}', " ");
        Self { took, figures: headline.as_array().into_iter().flatten().map(value).collect() }
    }
}

fn spent(told: &Value, kind: &str) -> f64 {
    let times = told["figures"]["times"].as_array().into_iter().flatten();
    let time = times
        .filter(|time| time["kind"] == kind)
        .filter_map(|time| time["durationNs"].as_str()?.parse::<f64>().ok());
    time.sum()
}

#[test]
fn each_button_has_its_scenario_sent_and_the_page_shows_what_the_service_tells() -> Result<()> {
    let (Some(browser), Some(grpcurl)) = (browser::find()?, Grpcurl::find()) else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let up = Up::start(up::command(folder.path()))?;
    let page = up.address("page")?;
    let buttons = SCENARIOS.map(|(name, requests, _)| format!("{name}:{requests}"));
    let words: Vec<&str> = buttons.iter().map(String::as_str).collect();
    let url = format!("http://{page}/");
    let pressed = browser.run("press.mjs", &[&[url.as_str()], words.as_slice()].concat())?;
    // What a page from elsewhere may see of that: nothing, nothing, and a page that says no.
    assert_eq!(pressed["outcomes"], json!(["TypeError", "opaque", 403]));
    assert_eq!(pressed["faults"], json!([]));

    let seen = SCENARIOS.map(|(name, ..)| pressed["seen"][name]["address"].as_str().unwrap_or_default());
    let windows = seen.iter().map(|address| window(address)).collect::<Result<Vec<_>>>()?;
    let tell = || windows.iter().map(|window| told(&grpcurl, &page, window)).collect::<Result<Vec<_>>>();
    // Spans are on their way for a moment: it is compared when nothing came while the page was read.
    let (told, read) = eventually("the last spans", BOUND, || {
        let before = tell().ok()?;
        let read = browser.run("rows.mjs", &seen).ok()?;
        (tell().ok()? == before).then_some((before, read))
    })?;
    assert_eq!(read["faults"], json!([]));
    for (number, (name, requests, title)) in SCENARIOS.into_iter().enumerate() {
        let drawn =
            eventually("a picture in the terminal", BOUND, || Drawn::read(&up.process.lines(), title));
        let sent = up.process.lines().iter().filter(|line| line.trim() == title).count();
        assert_eq!(sent, 1, "{name}: by its button alone");
        let (told, read) = (&told[number], &read["found"][number]);
        assert_same_lanes(&read["rows"], told);
        assert_eq!(read["rows"].as_array().map(Vec::len), Some(requests), "{name}");
        assert_eq!(drawn?, Drawn::of(told, &read["headline"]), "{name}");
    }
    // A pool of one: nothing overlaps but waits for it. A busy machine adds time of other kinds, which may.
    let (figures, number) = (&told[1]["figures"], |value: &Value| value.as_str()?.parse::<f64>().ok());
    ensure!(spent(&told[1], "pool") > spent(&told[1], "database"), "{figures}");
    ensure!(
        number(&figures["passedNs"]).is_some_and(|passed| spent(&told[1], "database") <= passed),
        "{figures}"
    );
    ensure!(figures["overlap"]["factor"].as_f64().is_some_and(|factor| factor < 2.0), "{figures}");
    let why = pressed["seen"]["cpu-bound"]["about"].as_str().unwrap_or_default();
    ensure!(why.contains("not a wait"), "{why}");
    Ok(())
}

#[test]
fn over_postgresql_the_writers_of_one_row_wait_for_its_lock_behind_one_another() -> Result<()> {
    let (Some(browser), Some(grpcurl)) = (browser::find()?, Grpcurl::find()) else { return Ok(()) };
    let Some(database) = Database::postgres()? else { return Ok(()) };
    let mut command = up::anywhere();
    database.name_to(&mut command);
    let up = Up::start(command)?;
    let page = up.address("page")?;
    browser.post(&format!("http://{page}/scenarios/lock"), "")?;
    let locks = eventually("waits for a lock", BOUND, || {
        let told = told(&grpcurl, &page, &json!({})).ok()?;
        let lanes = told["lanes"].as_array()?.clone();
        let segments = lanes.iter().flat_map(|lane| lane["segments"].as_array().cloned().unwrap_or_default());
        let locks: Vec<Value> = segments.filter(|segment| segment["kind"] == "lock").collect();
        (!locks.is_empty()).then_some(locks)
    })?;
    ensure!(
        locks.iter().all(|lock| lock["blame"]["method"] == "cityscape.v1.Cities/RecordVisit"),
        "{locks:?}"
    );
    Ok(())
}
