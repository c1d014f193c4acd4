//! Apps that are none of ours: Quart, Flask and OpenTelemetry's own packages, with one variable that names the dashboard.

mod python;

use anyhow::{Context as _, Result, ensure};
use meanwhile_testbed::{eventually, grpcurl::Grpcurl, postgres::Cluster};
use serde_json::Value;

use self::python::Python;
use crate::dashboard::{dashboard, number, waits};
use crate::docs::page::{Block, blocks};
use crate::stack::BOUND;

/// The lecture's, in the order in which they are sent.
const REQUESTS: [&str; 3] = ["/city", "/overview", "/daylight"];

/// What the dashboard tells when it has all of them, by when they began.
fn window(grpcurl: &Grpcurl, dashboard: &str, requests: usize) -> Result<Value> {
    // An exporter of OpenTelemetry's sends every five seconds, unless told otherwise.
    let mut last = None;
    let found = eventually("the requests at the dashboard", BOUND, || {
        let asked = r#"{"start_time": "2024-01-01T00:00:00Z"}"#;
        let window = grpcurl.call(dashboard, &[], "meanwhile.v1.Timeline/GetWindow", asked).ok()?.message();
        last = window.ok();
        last.clone().filter(|window| window["totalSize"] == requests)
    });
    found.with_context(|| format!("{last:?}"))
}

/// Plays the lecture on that app and returns what is told of it; none where something for it is not here. Their exporter gives a
/// batch up that it could not send within ten seconds: then there is a second take.
fn play(app: &str) -> Result<Option<Value>> {
    play_once(app).or_else(|error| {
        eprintln!("once more: {error:?}");
        play_once(app)
    })
}

fn play_once(app: &str) -> Result<Option<Value>> {
    let (Some(python), Some(cluster), Some(grpcurl)) = (Python::find(), Cluster::shared(), Grpcurl::find())
    else {
        return Ok(None);
    };
    let (_dashboard, dashboard) = dashboard()?;
    let database = cluster.database()?;
    let almanac = python.start("almanac.py", &[])?;
    let variables = [("DATABASE_URL", database.url()), ("ALMANAC_URL", almanac.url())];
    let app = python.start_watched(app, &dashboard, &variables)?;
    app.get_at_once(&REQUESTS)?;
    let window = window(&grpcurl, &dashboard, REQUESTS.len());
    window.map(Some).with_context(|| app.said())
}

/// Their paths, by a time of theirs.
fn order(window: &Value, time: impl Fn(&Value) -> i64) -> Vec<String> {
    let mut lanes: Vec<&Value> = window["lanes"].as_array().into_iter().flatten().collect();
    lanes.sort_by_key(|lane| time(lane));
    let path =
        |lane: &&Value| lane["method"].as_str().and_then(|name| Some(name.split_once('/')?.1.to_owned()));
    lanes.iter().filter_map(path).collect()
}

fn start(lane: &Value) -> i64 {
    number(&lane["startNs"])
}

fn end(lane: &Value) -> i64 {
    start(lane) + number(&lane["durationNs"])
}

/// The two of them that ask a database say so, and the two that call a web service.
fn tells_what_was_waited_for(window: &Value) -> Result<()> {
    let lanes = || window["lanes"].as_array().into_iter().flatten();
    for kind in ["database", "upstream"] {
        ensure!(lanes().filter(|lane| waits(lane, kind)).count() == 2, "{kind}: {window}");
    }
    Ok(())
}

#[test]
fn quarts_requests_overlap() -> Result<()> {
    let Some(window) = play("quart_app.py")? else { return Ok(()) };
    tells_what_was_waited_for(&window)?;
    // 0.3 s, 0.6 s and both, and nobody waits for another: twice as much as passes.
    let overlap = window["figures"]["overlap"]["factor"].as_f64();
    ensure!(overlap.is_some_and(|overlap| overlap > 1.5), "{window}");
    assert_eq!(order(&window, end), ["city", "daylight", "overview"], "{window}");
    Ok(())
}

#[test]
fn flasks_requests_follow_one_another_on_one_thread() -> Result<()> {
    let Some(window) = play("flask_app.py")? else { return Ok(()) };
    tells_what_was_waited_for(&window)?;
    let overlap = window["figures"]["overlap"]["factor"].as_f64();
    ensure!(overlap.is_some_and(|overlap| overlap < 1.01), "{window}");
    assert_eq!(order(&window, start), ["city", "overview", "daylight"], "{window}");
    assert_eq!(order(&window, end), ["city", "overview", "daylight"], "{window}");
    Ok(())
}

#[test]
fn a_wait_by_the_convention_is_told_with_the_request_that_was_waited_for() -> Result<()> {
    let (Some(python), Some(grpcurl)) = (Python::find(), Grpcurl::find()) else { return Ok(()) };
    let (_dashboard, dashboard) = dashboard()?;
    let app = python.start_watched("kitchen.py", &dashboard, &[])?;
    app.get_at_once(&["/roast", "/toast"])?;
    let window = window(&grpcurl, &dashboard, 2).with_context(|| app.said())?;
    let lane = |method: &str| {
        let lanes = window["lanes"].as_array()?;
        lanes.iter().find(|lane| lane["method"] == method)
    };
    let (roast, toast) = lane("GET /roast").zip(lane("GET /toast")).with_context(|| window.to_string())?;
    let segments = toast["segments"].as_array().context("segments")?;
    let lock =
        segments.iter().find(|segment| segment["kind"] == "lock").with_context(|| toast.to_string())?;
    assert_eq!(lock["name"], "oven");
    assert_eq!(lock["blame"]["traceId"], roast["traceId"]);
    assert_eq!(lock["blame"]["method"], "GET /roast");
    Ok(())
}

#[test]
fn the_documents_python_is_the_one_that_runs() {
    let block = Block::File {
        path: "held.py".to_owned(),
        text: include_str!("../../examples/any-app/held.py").to_owned(),
    };
    assert!(blocks("docs/wait-spans.md").contains(&block));
}
