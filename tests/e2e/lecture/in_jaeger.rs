//! From Jaeger's page to the dashboard's and back: a window's requests as one trace there, and links that lead from a span
//! to whom it waited for, and to its moment on the timeline.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use jiff::Timestamp;
use meanwhile_testbed::{
    eventually,
    grpcurl::Grpcurl,
    jaeger::{Jaeger, Span, Trace},
    process::{Process, Signal},
    run::run,
};
use serde_json::Value;

use super::player::{Player, scenario, scenario_of};
use crate::dashboard::{dashboard, number};
use crate::stack::{BOUND, Database, Stack, meanwhile};

const WINDOW: &str = "meanwhile.v1.Timeline/GetWindow";

/// A Jaeger and a dashboard that have the same spans: three calls through a pool of one.
struct Both {
    jaeger: &'static Jaeger,
    grpcurl: Grpcurl,
    dashboard: String,
    _process: Process,
    /// What Jaeger has of the three.
    traces: Vec<Trace>,
}

impl Both {
    /// None where something for it is not here.
    fn play(name: &str) -> Result<Option<Self>> {
        let (Some(jaeger), Some(grpcurl)) = (Jaeger::shared(), Grpcurl::find()) else { return Ok(None) };
        let (process, dashboard) = dashboard()?;
        let city = scenario("lecture")?.requests.into_iter().next().context("a request")?;
        let stack = Stack::over(Database::sqlite()?).simulate("database=200ms").pool(1);
        let stack = stack.data_switch("--no-share").data_switch("--no-batch");
        let stack = stack.otlp(&jaeger.otlp_url()).otlp(&format!("http://{dashboard}"));
        let mut stack = stack.start()?;
        let player = Player::traced(name, &jaeger.otlp_url())?;
        player.play(&scenario_of(vec![city; 3]), &stack)?;
        player.finish();
        // Services that end send what they still have.
        for service in [&mut stack.gateway, &mut stack.data] {
            ensure!(service.end(Signal::TERM)?.success());
        }
        let whole = |trace: &Trace| trace.services().contains("meanwhile-data") && trace.roots().count() == 1;
        let traces = jaeger.wait_for_traces(name, |traces| traces.len() == 3 && traces.iter().all(whole))?;
        Ok(Some(Self { jaeger, grpcurl, dashboard, _process: process, traces }))
    }

    fn window(&self, request: &Value) -> Result<Value> {
        self.grpcurl.call(&self.dashboard, &[], WINDOW, &request.to_string())?.message()
    }

    /// A span with this tag.
    fn span(&self, tag: &str) -> Result<(&Trace, &Span)> {
        let mut spans =
            self.traces.iter().flat_map(|trace| trace.spans.iter().map(move |span| (trace, span)));
        spans.find(|(_, span)| span.tag(tag).is_some()).with_context(|| format!("no {tag}"))
    }
}

/// Microseconds, as Jaeger has times.
fn micros(nanos: i128) -> u64 {
    u64::try_from(nanos / 1_000).unwrap_or_default()
}

/// The segments of a lane that can be seen beside the others are under its span, each as a service of its kind.
fn shows_its_segments(trace: &Trace, stored: &Span, lane: &Value, start: i128) -> Result<()> {
    let mut at = start;
    for segment in lane["segments"].as_array().into_iter().flatten() {
        let (from, nanos) = (at, number(&segment["durationNs"]));
        at += i128::from(nanos);
        if segment["blame"].is_null() && nanos * 50 < number(&lane["durationNs"]) {
            continue;
        }
        let service = format!("window/{}", segment["kind"].as_str().unwrap_or_default());
        // Jaeger has whole microseconds of start and duration.
        let covers = |span: &Span| span.start_us <= micros(from) && micros(at) <= span.end_us() + 1;
        let drawn = trace.children_of(stored).any(|span| span.service == service && covers(span));
        ensure!(drawn, "{segment} of {lane} is not in {trace:?}");
    }
    Ok(())
}

#[test]
fn a_window_is_one_trace_in_jaeger_whose_requests_overlap_as_they_did() -> Result<()> {
    let Some(both) = Both::play("play-window-trace")? else { return Ok(()) };
    let configuration = both.jaeger.ui_configuration()?;
    let asked = serde_json::json!({"start_time": "2024-01-01T00:00:00Z"});
    let window = both.window(&asked)?;
    let dashboard = format!("http://{}", both.dashboard);
    let otlp = both.jaeger.otlp_url();
    let mut export = meanwhile(&["export", "--from", "2024-01-01T00:00:00Z", "--dashboard", &dashboard]);
    let said = run(export.args(["--to-jaeger", &otlp]), b"", BOUND)?.success()?;
    let id = said.split("/trace/").nth(1).and_then(|rest| rest.split(' ').next()).context(said.clone())?;

    let lanes = window["lanes"].as_array().context("lanes")?;
    let spans = said.split(" spans").next().and_then(|said| said.rsplit(' ').next()).context(said.clone())?;
    let expected: usize = spans.parse()?;
    let trace = eventually("the window's trace", BOUND, || {
        both.jaeger.trace(id).ok().flatten().filter(|trace| trace.spans.len() == expected)
    })?;
    let root = trace.roots().next().context("a root")?;
    assert_eq!(root.integer("requests"), Some(3));
    ensure!(root.operation.starts_with("3 requests, overlap "), "{}", root.operation);
    let zero = window["startTime"].as_str().context("a start")?.parse::<Timestamp>()?.as_nanosecond();
    for lane in lanes {
        let of = |span: &&Span| span.links.iter().any(|link| lane["spanId"] == link.span_id.as_str());
        let stored = trace.children_of(root).find(of).with_context(|| lane.to_string())?;
        let start = zero + i128::from(number(&lane["startNs"]));
        assert_eq!(stored.start_us, micros(start));
        assert_eq!(stored.duration_us, micros(i128::from(number(&lane["durationNs"]))));
        assert_eq!((&*stored.operation, &*stored.service), ("GetCity", "window/request"));
        assert_eq!(stored.tag("meanwhile.request.method").as_deref(), lane["method"].as_str());
        assert_eq!(stored.tag("meanwhile.request.service").as_deref(), lane["service"].as_str());
        shows_its_segments(&trace, stored, lane, start)?;
        // Its own trace is one click away.
        for tag in ["meanwhile.request.trace_id", "meanwhile.request.span_id"] {
            leads_to_a_request(&both, &configuration, (&trace, stored), tag)?;
        }
    }
    let requests: Vec<_> = trace.children_of(root).collect();
    ensure!(requests.iter().all(|one| requests.iter().all(|other| one.overlaps(other))), "{requests:?}");
    let pool = trace.spans.iter().find(|span| span.tag("meanwhile.wait.kind").as_deref() == Some("pool"));
    ensure!(pool.is_some_and(|pool| pool.tag("meanwhile.blocker.span_id").is_some()), "{pool:?}");
    Ok(())
}

/// The links of a span that its tag of this name leads to, as Jaeger's page makes them: a name is a tag of the span, or with
/// `trace.` a number of the trace's.
fn links(configuration: &Value, (trace, span): (&Trace, &Span), tag: &str) -> Vec<String> {
    let patterns = configuration["linkPatterns"].as_array().into_iter().flatten();
    let is_key =
        |key: &Value| key == tag || key.as_array().is_some_and(|keys| keys.iter().any(|key| key == tag));
    let of_tag = patterns.filter(|pattern| pattern["type"] == "tags" && is_key(&pattern["key"]));
    let value = |name: &str| match name {
        "trace.startTime" => trace.spans.iter().map(|span| span.start_us).min().map(|time| time.to_string()),
        "trace.traceID" => Some(trace.id.clone()),
        "trace.endTime" => trace.spans.iter().map(Span::end_us).max().map(|time| time.to_string()),
        name => span.tag(name),
    };
    of_tag.filter_map(|pattern| filled(pattern["url"].as_str()?, value)).collect()
}

/// None where a name stands for nothing: then there is no link.
fn filled(template: &str, value: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut parts = template.split("#{");
    let mut url = parts.next()?.to_owned();
    for part in parts {
        let (name, rest) = part.split_once('}')?;
        url.push_str(&value(name)?);
        url.push_str(rest);
    }
    Some(url)
}

/// The trace that the one link at this tag leads to: the span that it names is a request there.
fn leads_to_a_request(both: &Both, configuration: &Value, from: (&Trace, &Span), tag: &str) -> Result<Trace> {
    let links = links(configuration, from, tag);
    let [link] = links.as_slice() else { anyhow::bail!("{links:?}") };
    let ids = link.strip_prefix("/trace/").and_then(|ids| ids.split_once("?uiFind="));
    let (trace, span) = ids.context(link.clone())?;
    let there = both.jaeger.trace(trace)?.with_context(|| link.clone())?;
    let kind = there.span(span).and_then(|span| span.tag("span.kind"));
    ensure!(kind.as_deref() == Some("server"), "{link}: {kind:?}");
    Ok(there)
}

#[test]
fn a_blocker_is_one_click_from_its_wait() -> Result<()> {
    let Some(both) = Both::play("play-blocker-link")? else { return Ok(()) };
    let configuration = both.jaeger.ui_configuration()?;
    let waited = both.span("meanwhile.blocker.span_id")?;
    for tag in ["meanwhile.blocker.trace_id", "meanwhile.blocker.span_id"] {
        let there = leads_to_a_request(&both, &configuration, waited, tag)?;
        ensure!(there.id != waited.0.id, "it waited for itself: {waited:?}");
    }
    Ok(())
}

#[test]
fn a_spans_moment_on_the_timeline_is_one_click_from_it() -> Result<()> {
    let Some(both) = Both::play("play-moment-link")? else { return Ok(()) };
    let configuration = both.jaeger.ui_configuration()?;
    for tag in ["span.kind", "meanwhile.wait.kind"] {
        let (trace, span) = both.span(tag)?;
        let links = links(&configuration, (trace, span), tag);
        let [link] = links.as_slice() else { anyhow::bail!("{links:?}") };
        let query = link.strip_prefix("http://127.0.0.1:8090/?").context(link.clone())?;
        // The page reads a number of milliseconds; this one is written as so many microseconds.
        let said = |name: &str| {
            query.split('&').find_map(|pair| pair.strip_prefix(name)).with_context(|| link.clone())
        };
        let time = |name: &str| -> Result<String> {
            let found = said(name)?;
            let millis: f64 = found.parse()?;
            Ok(Timestamp::from_microsecond((millis * 1_000.0).round() as i64)?.to_string())
        };
        let window =
            both.window(&serde_json::json!({"start_time": time("from=")?, "end_time": time("to=")?}))?;
        let lanes = window["lanes"].as_array().context("lanes")?;
        let ids: BTreeSet<_> = lanes.iter().filter_map(|lane| lane["traceId"].as_str()).collect();
        assert_eq!(said("request=")?, trace.id);
        ensure!(ids.contains(trace.id.as_str()), "{link}: {ids:?}");
    }
    assert_eq!(configuration["menu"][0]["label"], "Timeline");
    Ok(())
}

#[test]
fn a_dashboard_that_reads_jaeger_tells_what_it_was_not_sent() -> Result<()> {
    let Some(both) = Both::play("play-read-back")? else { return Ok(()) };
    let started = Process::start(meanwhile(&[
        "dashboard",
        "--listen=127.0.0.1:0",
        "--jaeger",
        &both.jaeger.query_url(),
    ]))?;
    let line = started.wait_for_line("dashboard on ", BOUND)?;
    let address = line.split_whitespace().find_map(|word| word.strip_suffix(':')).context(line.clone())?;
    let spans = || both.traces.iter().flat_map(|trace| &trace.spans);
    let time = |micros: Option<u64>| -> Result<String> {
        Ok(Timestamp::from_microsecond(micros.context("spans")?.try_into()?)?.to_string())
    };
    let start = time(spans().map(|span| span.start_us).min())?;
    let end = time(spans().map(Span::end_us).max())?;
    let asked = serde_json::json!({"start_time": start, "end_time": end, "page_size": 10_000});
    let window = both.grpcurl.call(address, &[], WINDOW, &asked.to_string())?.message()?;
    let lanes = window["lanes"].as_array().context("lanes")?;
    for trace in &both.traces {
        let lane = lanes.iter().find(|lane| lane["traceId"] == trace.id.as_str());
        let lane = lane.with_context(|| format!("{} is not in {window}", trace.id))?;
        ensure!(lane["segments"].as_array().is_some_and(|segments| !segments.is_empty()), "{lane}");
    }
    Ok(())
}
