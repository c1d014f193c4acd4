//! Everything in one process, from the first start on.

mod catalogs;
mod ends;
mod ports;
mod spans;

use std::process::Command;

use anyhow::{Context as _, Result};
use meanwhile_testbed::postgres::Cluster;
use meanwhile_testbed::process::Signal;
use meanwhile_testbed::run::run;
use meanwhile_testbed::{Tool, require};
use tonic::Code;

use crate::stack::up::{ADDRESSES, Up, command};
use crate::stack::{BOUND, meanwhile, sample};

const GET_CITY: &str = "cityscape.v1.Cities/GetCity";
const DAYLIGHT: &str = "cityscape.v1.Cities/GetDaylight";
const BERLIN: &str = r#"{"id": 2950159}"#;
const SOMEWHERE: &str = r#"{"location": {"latitude": 1, "longitude": 1}}"#;

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
