//! Everything in one process, from the first start on.

use std::{
    net::TcpListener,
    process::{Command, Output},
};

use anyhow::{Context as _, Result};
use meanwhile_testbed::{
    Tool, eventually, grpcurl::Grpcurl, postgres::Cluster, process::Signal, require, run::run,
};
use tempfile::TempDir;
use tonic::Code;

use crate::stack::{
    BOUND, Wire, catalog, meanwhile, sample,
    up::{ADDRESSES, Up, command},
};

const GET_CITY: &str = "cityscape.v1.Cities/GetCity";
const DAYLIGHT: &str = "cityscape.v1.Cities/GetDaylight";
const BERLIN: &str = r#"{"id": 2950159}"#;
const SOMEWHERE: &str = r#"{"location": {"latitude": 1, "longitude": 1}}"#;
/// Runs `command` with the address of this flag changed to one that somebody else listens on.
fn run_with_taken(command: &Command, flag: &str) -> Result<(Output, String)> {
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let address = taken.local_addr()?.to_string();
    let mut words: Vec<_> = command.get_args().collect();
    let at = words.iter().position(|word| *word == flag).context("the flag")?;
    words[at + 1] = address.as_ref();
    let output = meanwhile(&[]).args(words).output()?;
    Ok((output, address))
}

#[test]
fn the_first_start_seeds_and_the_second_finds_everything_there() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut first = Up::start(command(folder.path()))?;
    assert!(first.says("seeded"));
    assert_eq!(first.client()?.call(GET_CITY, BERLIN)?.code, Code::Ok);
    let visit = r#"{"cityId": 2950159, "visitor": "Bo", "stars": 3}"#;
    assert_eq!(first.client()?.call("cityscape.v1.Cities/RecordVisit", visit)?.code, Code::Ok);
    first.process.signal(Signal::TERM)?;
    assert!(first.process.wait(BOUND)?.success());

    let second = Up::start(command(folder.path()))?;
    assert!(!second.says("seeded"));
    let visits = "cityscape.v1.Cities/ListVisits";
    let client = second.client()?;
    let answer = client.call(visits, r#"{"cityId": 2950159}"#)?;
    assert_eq!(client.decode(visits, &answer.replies[0])?["visits"][0]["visitor"], "Bo");
    Ok(())
}

#[test]
fn it_is_ready_when_it_says_so() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let up = Up::start(command(folder.path()))?;
    let client = up.client()?;
    for (method, request) in [(GET_CITY, BERLIN), (DAYLIGHT, SOMEWHERE)] {
        assert_eq!(client.call(method, request)?.code, Code::Ok);
    }
    for service in ["", "cityscape.v1.Cities"] {
        let url = format!("http://{}", up.address("probes")?);
        let asked = meanwhile(&["healthcheck", "--service", service, &url]).output()?;
        assert_eq!(String::from_utf8_lossy(&asked.stdout), "SERVING\n", "{service}");
    }
    Ok(())
}

#[test]
fn the_line_that_it_prints_to_try_works() -> Result<()> {
    let Some(grpcurl) = require(Tool::Grpcurl) else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let up = Up::start(command(folder.path()))?;
    let lines = up.process.lines();
    let line = lines.iter().map(|line| line.trim()).find(|line| line.starts_with("grpcurl "));
    let line = line.context("a line to try")?.replacen("grpcurl", &grpcurl.display().to_string(), 1);
    let reply = run(Command::new("sh").args(["-c", &line]), b"", BOUND)?.success()?;
    assert!(reply.contains("\"sunrise\"") && reply.contains("\"nearest\""), "{reply}");
    Ok(())
}

#[test]
fn a_taken_port_names_its_flag() -> Result<()> {
    let folder = tempfile::tempdir()?;
    for flag in ADDRESSES {
        let (output, address) = run_with_taken(&command(folder.path()), flag)?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(&address) && said.contains(&format!("{flag} ADDR")), "{said}");
    }
    Ok(())
}

#[test]
fn a_taken_port_of_a_service_alone_names_its_flag() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let catalog = sample().display().to_string();
    let database = format!("sqlite:{}", folder.path().join("one.sqlite").display());
    let addresses = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"];
    for (words, flags) in [
        (vec!["gateway", "--catalog", &catalog], vec!["--listen", "--admin"]),
        (vec!["data", "--catalog", &catalog, "--database", &database], vec!["--listen", "--admin"]),
        (vec!["almanac"], vec!["--listen"]),
    ] {
        for flag in &flags {
            let words = [&words[..], &addresses[..flags.len() * 2]].concat();
            let (output, address) = run_with_taken(&meanwhile(&words), flag)?;
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(1), "{said}");
            assert!(said.contains(&address) && said.contains(&format!("{flag} ADDR")), "{said}");
        }
    }
    Ok(())
}

#[test]
fn both_signals_end_it_in_order() -> Result<()> {
    let folder = tempfile::tempdir()?;
    for signal in [Signal::TERM, Signal::INT] {
        let mut up = Up::start(command(folder.path()))?;
        up.process.signal(signal)?;
        assert_eq!(up.process.wait(BOUND)?.code(), Some(0));
    }
    Ok(())
}

/// The contract would let GetDaylight wait for 5 s, a watch of health has no end at all.
#[test]
fn a_call_that_never_ends_does_not_hold_its_end_up() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut command = command(folder.path());
    command.args(["--delay", "1h"]);
    let mut up = Up::start(command)?;
    let client = up.client()?;
    let health = crate::stack::wire::framed(&[]);
    let watch = client.start_sending("grpc.health.v1.Health/Watch", &[], health)?;
    let daylight = client.start(DAYLIGHT, &[], SOMEWHERE)?;
    assert_eq!(client.call(GET_CITY, BERLIN)?.code, Code::Ok);
    up.process.signal(Signal::TERM)?;
    assert_eq!(up.process.wait(BOUND)?.code(), Some(0));
    assert_ne!(client.wait(daylight)?.code, Code::Ok);
    drop(watch);
    Ok(())
}

#[test]
fn one_at_a_time_serves_and_says_what_it_is() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut command = command(folder.path());
    command.args(["--one-at-a-time", "--simulate-latency", "database=1ms,upstream=2ms"]);
    let up = Up::start(command)?;
    for text in ["one call at a time", "1ms more on each trip to the database (simulated)"] {
        assert!(up.says(text), "{}", up.process.lines().join("\n"));
    }
    let client = up.client()?;
    let calls = (0..8).map(|_| client.start(GET_CITY, &[], BERLIN)).collect::<Result<Vec<_>>>()?;
    for call in calls {
        assert_eq!(client.wait(call)?.code, Code::Ok);
    }
    Ok(())
}

#[test]
fn without_a_collector_it_serves_on_and_says_so_once_a_service() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut command = command(folder.path());
    command.args(["--otlp", "http://127.0.0.1:1"]);
    let mut up = Up::start(command)?;
    let client = up.client()?;
    // Spans leave every 200 ms; each of these takes as long, so that many exports fail.
    for _ in 0..10 {
        assert_eq!(client.call("cityscape.v1.Cities/GetOverview", BERLIN)?.code, Code::Ok);
        let slow = client.call_with(DAYLIGHT, &[("grpc-timeout", "200m")], SOMEWHERE)?;
        assert_eq!(slow.code, Code::Ok);
    }
    up.process.wait_for_line("no collector at http://127.0.0.1:1", BOUND)?;
    up.process.signal(Signal::TERM)?;
    assert_eq!(up.process.wait(BOUND)?.code(), Some(0));
    let lines = up.process.lines();
    let said = |text: &str| lines.iter().filter(|line| line.contains(text)).count();
    assert!((1..=3).contains(&said("no collector at")), "{}", lines.join("\n"));
    assert!((1..=3).contains(&said("spans were lost")), "{}", lines.join("\n"));
    Ok(())
}

#[test]
fn the_log_of_a_failed_call_has_its_trace() -> Result<()> {
    const TRACE: &str = "6bf92f3577b34da6a3ce929d0e0e4736";
    let folder = tempfile::tempdir()?;
    for format in ["text", "json"] {
        let mut command = command(folder.path());
        command.args(["--upstream", "almanac=http://127.0.0.1:1", "--log-format", format]);
        let up = Up::start(command)?;
        let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
        let answer = up.client()?.call_with(DAYLIGHT, &[("traceparent", &parent)], SOMEWHERE)?;
        assert_eq!(answer.code, Code::Unavailable);
        let line = up.process.wait_for_line("the call failed", BOUND)?;
        assert!(line.contains(TRACE) && line.contains("UPSTREAM_UNAVAILABLE"), "{line}");
        if format == "json" {
            let line: serde_json::Value = serde_json::from_str(&line)?;
            assert_eq!(
                line["trace_id"].as_str().or(line["fields"]["trace_id"].as_str()),
                Some(TRACE),
                "{line}"
            );
        }
    }
    Ok(())
}

#[test]
fn a_call_without_a_trace_of_its_own_gets_one_in_the_log() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut command = command(folder.path());
    command.args(["--upstream", "almanac=http://127.0.0.1:1"]);
    let up = Up::start(command)?;
    up.client()?.call(DAYLIGHT, SOMEWHERE)?;
    let line = up.process.wait_for_line("the call failed", BOUND)?;
    let id =
        line.split("trace_id=").nth(1).and_then(|rest| rest.split_whitespace().next()).unwrap_or_default();
    assert!(id.len() == 32 && id.chars().all(|digit| digit.is_ascii_hexdigit()), "{line}");
    assert_ne!(id, "0".repeat(32));
    Ok(())
}

#[test]
fn it_runs_over_postgresql_too() -> Result<()> {
    let Some(cluster) = Cluster::shared() else { return Ok(()) };
    let database = cluster.database()?;
    let mut command = meanwhile(&["up", "--catalog"]);
    command.arg(sample()).args(ADDRESSES.iter().flat_map(|flag| [*flag, "127.0.0.1:0"]));
    command.args(["--database", &database.url_without_password()]);
    command.env("MEANWHILE_DATABASE_PASSWORD", database.password());
    let up = Up::start(command)?;
    assert!(up.says("seeded"));
    assert_eq!(up.client()?.call(GET_CITY, BERLIN)?.code, Code::Ok);
    Ok(())
}

#[test]
fn a_catalog_that_calls_no_almanac_gets_none() -> Result<()> {
    let (folder, catalog) = (tempfile::tempdir()?, hello()?);
    let mut command = meanwhile(&["up", "--catalog"]);
    command.arg(catalog.path()).args(ADDRESSES.iter().flat_map(|flag| [*flag, "127.0.0.1:0"]));
    command.arg("--database").arg(format!("sqlite:{}", folder.path().join("hello.sqlite").display()));
    let up = Up::start(command)?;
    assert!(up.address("almanac").is_err());
    let client = Wire::to(&up.gateway, catalog.path())?;
    let answer = client.call("hello.v1.Hello/Say", r#"{"text": "you"}"#)?;
    assert_eq!(client.decode("hello.v1.Hello/Say", &answer.replies[0])?["text"], "hello, you");
    Ok(())
}

#[test]
fn without_a_catalog_it_says_how_to_name_one() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let output = meanwhile(&["up"]).current_dir(folder.path()).output()?;
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("--catalog DIR"), "{said}");
    Ok(())
}

#[test]
fn a_broken_catalog_is_reported_and_not_served() -> Result<()> {
    let catalog = hello()?;
    catalog::write(catalog.path(), &[("sql/hello.v1.Hello/Say.sql", "SELECT :nothing AS text")])?;
    let output = meanwhile(&["up", "--catalog"]).arg(catalog.path()).output()?;
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("Say.sql:1:8"), "{said}");
    Ok(())
}

#[test]
fn a_migration_that_fails_is_named_and_its_fault_told_once() -> Result<()> {
    let (folder, catalog) = (tempfile::tempdir()?, hello()?);
    catalog::write(catalog.path(), &[("migrations/0002_more.sql", "CREATE TABLES more (x integer);")])?;
    let mut command = meanwhile(&["up", "--catalog"]);
    command.arg(catalog.path());
    command.arg("--database").arg(format!("sqlite:{}", folder.path().join("hello.sqlite").display()));
    let output = command.output()?;
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("migrations/0002_more.sql"), "{said}");
    assert_eq!(said.matches("syntax error").count(), 1, "{said}");
    Ok(())
}

/// The smallest catalog.
fn hello() -> Result<TempDir> {
    catalog::folder(&[
        ("catalog.toml", "name = \"hello\"\n"),
        ("migrations/0001_words.sql", "CREATE TABLE words (x integer);"),
        (
            "proto/hello/v1/hello.proto",
            r#"syntax = "proto3"; package hello.v1;
               service Hello { rpc Say(Words) returns (Words) { option idempotency_level = NO_SIDE_EFFECTS; } }
               message Words { string text = 1; }"#,
        ),
        ("sql/hello.v1.Hello/Say.sql", "SELECT 'hello, ' || :text AS text"),
    ])
}

#[test]
fn its_own_dashboard_has_the_calls_and_serves_a_page() -> Result<()> {
    let Some(grpcurl) = Grpcurl::find() else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let up = Up::start(command(folder.path()))?;
    assert_eq!(up.client()?.call(GET_CITY, BERLIN)?.code, Code::Ok);
    let lines = up.process.lines();
    let page = lines.iter().find_map(|line| line.trim().strip_prefix("page     http://"));
    let page = page.and_then(|rest| rest.split_whitespace().next()).context("a page")?;
    eventually("the call's lane", BOUND, || {
        let window = grpcurl.call(page, &[], "meanwhile.v1.Timeline/GetWindow", "{}").ok()?.message().ok()?;
        let lanes = window["lanes"].as_array()?;
        lanes.iter().any(|lane| lane["method"] == GET_CITY && !lane["running"].is_boolean()).then_some(())
    })
}

#[test]
fn the_dashboard_can_be_left_out() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut command = command(folder.path());
    command.arg("--no-dashboard");
    let up = Up::start(command)?;
    assert!(!up.says("  page  "));
    assert_eq!(up.client()?.call(GET_CITY, BERLIN)?.code, Code::Ok);
    Ok(())
}
