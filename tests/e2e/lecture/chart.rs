//! What `meanwhile play` draws in the terminal.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use meanwhile_testbed::{
    jaeger::{Jaeger, Trace},
    run::run,
};

use super::{lane::kind, recording::LATENCY};
use crate::dashboard::dashboard;
use crate::stack::{BOUND, Database, Stack, meanwhile, sample};

/// Where nobody listens.
const NOWHERE: &str = "http://127.0.0.1:1";

/// A line of the picture.
#[derive(Debug)]
struct Row {
    method: String,
    bar: String,
}

/// Runs `meanwhile play` and answers what it prints.
fn play(arguments: &[&str]) -> Result<String> {
    let mut command = meanwhile(&["play"]);
    command.args(arguments).arg("--catalog").arg(sample());
    run(&mut command, b"", BOUND)?.success()
}

/// The pictures, a line a request: `NUMBER METHOD |BAR| ... PLACE`.
fn rows(printed: &str) -> Result<Vec<Row>> {
    let rows = printed.lines().filter(|line| line.matches('|').count() == 2).map(|line| {
        let mut columns = line.split('|');
        let (label, bar) = (columns.next().context("a label")?, columns.next().context("a bar")?);
        let method = label.split_whitespace().nth(1).context("a method")?.to_owned();
        Ok(Row { method, bar: bar.to_owned() })
    });
    rows.collect()
}

/// The first and the last column that a bar covers.
fn span(row: &Row) -> Result<(usize, usize)> {
    let covered = || row.bar.chars().enumerate().filter(|(_, mark)| *mark != ' ').map(|(column, _)| column);
    Ok((covered().next().context("a bar")?, covered().last().context("a bar")?))
}

#[test]
fn without_a_dashboard_it_shows_what_the_client_saw_and_says_so() -> Result<()> {
    let stack = Stack::over(Database::sqlite()?).simulate(LATENCY).start()?;
    let gateway = format!("http://{}", stack.gateway());
    let printed = play(&["lecture", "--gateway", &gateway, "--dashboard", NOWHERE])?;
    let rows = rows(&printed)?;
    let methods: Vec<_> = rows.iter().map(|row| row.method.as_str()).collect();
    assert_eq!(methods, ["GetCity", "GetOverview", "GetDaylight"]);
    let [city, overview, daylight] = [span(&rows[0])?, span(&rows[1])?, span(&rows[2])?];
    assert!([overview, daylight].iter().all(|bar| bar.0 < city.1), "all sent at once:\n{printed}");
    assert!(city.1 < daylight.1 && daylight.1 < overview.1, "replies 1, 3, 2:\n{printed}");
    assert!(printed.contains("replies left in the order 1, 3, 2"), "{printed}");
    assert!(printed.contains("one at a time the same would take"), "{printed}");
    let why = format!("as the client saw it: no dashboard at {NOWHERE}/ (--dashboard URL)");
    assert!(printed.contains(&why), "{printed}");
    Ok(())
}

#[test]
fn without_a_gateway_it_says_how_to_get_one() -> Result<()> {
    let mut command = meanwhile(&["play", "lecture", "--gateway", NOWHERE, "--catalog"]);
    let ended = run(command.arg(sample()), b"", BOUND)?;
    assert!(!ended.status.success());
    for part in [NOWHERE, "`meanwhile up` starts one", "--throw-away"] {
        assert!(ended.stderr.contains(part), "{part}: {}", ended.stderr);
    }
    Ok(())
}

#[test]
fn with_a_dashboard_it_shows_what_each_requests_time_went_on_and_where_the_page_is() -> Result<()> {
    let (_process, address) = dashboard()?;
    let dashboard = format!("http://{address}");
    let stack = Stack::over(Database::sqlite()?).simulate(LATENCY).otlp(&dashboard).start()?;
    let gateway = format!("http://{}", stack.gateway());
    let printed = play(&["lecture", "--gateway", &gateway, "--dashboard", &dashboard])?;
    let marks = |row: &Row| row.bar.chars().filter(|mark| *mark != ' ').collect::<BTreeSet<char>>();
    let known: BTreeSet<char> = "qspdlu-#%?=".chars().collect();
    let rows = rows(&printed)?;
    assert_eq!(rows.len(), 3, "{printed}");
    assert!(rows.iter().all(|row| !marks(row).is_empty() && marks(row).is_subset(&known)), "{printed}");
    assert!(printed.contains("In flight") && printed.contains("Waited for"), "{printed}");
    assert!(printed.contains(&format!("the same on the page: {dashboard}/?from=")), "{printed}");
    Ok(())
}

#[test]
fn each_request_is_told_alone_and_among_the_others() -> Result<()> {
    let stack = Stack::over(Database::sqlite()?).simulate(LATENCY).start()?;
    let gateway = format!("http://{}", stack.gateway());
    let printed = play(&["lecture", "--alone", "--gateway", &gateway, "--dashboard", NOWHERE])?;
    let told: Vec<&str> = printed.lines().filter(|line| line.trim_end().ends_with('x')).collect();
    let begins = |line: &&str, name: &str| line.split_whitespace().any(|word| word == name);
    assert_eq!(told.len(), 4, "{printed}");
    for (line, name) in told.iter().zip(["GetCity", "GetOverview", "GetDaylight", "all"]) {
        assert!(begins(line, name), "{name}: {printed}");
    }
    Ok(())
}

#[test]
fn before_and_after_are_drawn_to_the_same_scale() -> Result<()> {
    let printed = play(&["lecture", "--throw-away", "--simulate-latency", LATENCY])?;
    let rows = rows(&printed)?;
    ensure!(rows.len() == 6, "{printed}");
    // What each waited for is told by a dashboard that is started for it: a turn before, the database before and after.
    let spent = |row: &Row, mark: char| row.bar.contains(mark);
    assert!(spent(&rows[1], 'q') && rows.iter().skip(3).all(|row| !spent(row, 'q')), "{printed}");
    assert!([0, 1, 3, 4].iter().all(|&row| spent(&rows[row], 'd')), "{printed}");
    let ends = rows.iter().map(|row| Ok(span(row)?.1)).collect::<Result<Vec<_>>>()?;
    let (before, after) = ends.split_at(3);
    assert!(before.is_sorted(), "one after the other:\n{printed}");
    assert!(after.iter().max() < before.iter().max(), "{printed}");
    assert!(printed.contains("replies left in the order 1, 2, 3"), "{printed}");
    assert!(printed.contains("replies left in the order 1, 3, 2"), "{printed}");
    assert!(printed.contains("simulated: 60ms more"), "{printed}");
    Ok(())
}

#[test]
fn what_is_played_is_in_jaeger_under_the_players_name() -> Result<()> {
    let Some(jaeger) = Jaeger::start() else { return Ok(()) };
    play(&["lecture", "--throw-away", "--otlp", &jaeger.otlp_url()])?;
    // Three before, three after; whole once every span's parent is there.
    let traces = jaeger.wait_for_traces("meanwhile-play", |traces| {
        let whole = |trace: &Trace| trace.roots().all(|root| root.service == "meanwhile-play");
        traces.len() == 6 && traces.iter().all(whole)
    })?;
    for trace in traces {
        let roots: Vec<_> = trace.roots().map(|root| (kind(root), root.parent.clone())).collect();
        assert_eq!(roots, [("client".to_owned(), None)]);
    }
    Ok(())
}
