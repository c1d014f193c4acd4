//! Passwords are shown nowhere, and nothing listens beyond loopback.

use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    process::{Command, Output},
};

use anyhow::{Context as _, Result};
use meanwhile_testbed::{
    eventually,
    jaeger::Jaeger,
    postgres::{self, Cluster, Settings},
    process::Signal,
};
use tonic::Code;

use crate::stack::{BOUND, Database, PASSWORD, Service, Stack, Wire, meanwhile, sample};

const GET_CITY: &str = "cityscape.v1.Cities/GetCity";
const BERLIN: &str = r#"{"id": 2950159}"#;

/// The password of every test database, as it is and as a URL has it, and one that is wrong.
const SECRETS: [&str; 4] = [postgres::PASSWORD, "not%2Fto%40be%3Aseen", ":seen", WRONG];

const WRONG: &str = "wr0ng/pass@word";

#[track_caller]
fn assert_silent(text: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret} is seen in\n{text}");
    }
}

fn all(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes)).concat()
}

/// The data service alone, over the database that `name_it` names.
fn data_service(name_it: impl FnOnce(&mut Command)) -> Result<Service> {
    let catalog = sample().display().to_string();
    let mut command = meanwhile(&["data", "--catalog", &catalog, "--admin", "127.0.0.1:0"]);
    command.env("RUST_LOG", "trace");
    name_it(&mut command);
    Service::start(command)
}

/// Waits until the data service itself answers.
fn is_served(data: &Service) -> Result<()> {
    let client = Wire::to(data.address(), &sample())?;
    eventually(&format!("a city, from\n{}", data.lines().join("\n")), BOUND, || {
        (client.call(GET_CITY, BERLIN).ok()?.code == Code::Ok).then_some(())
    })
}

#[test]
fn a_password_in_a_flag_is_refused_and_not_repeated() -> Result<()> {
    let catalog = sample().display().to_string();
    for url in [
        "postgres://meanwhile:not%2Fto%40be%3Aseen@127.0.0.1:1/test",
        "postgres://meanwhile:not/to@be:seen@127.0.0.1:1/test",
        "postgresql://meanwhile@127.0.0.1:1/test?password=not%2Fto%40be%3Aseen",
    ] {
        for subcommand in ["up", "data", "migrate", "check"] {
            for flag in [vec!["--database".to_owned(), url.to_owned()], vec![format!("--database={url}")]] {
                let output = meanwhile(&[subcommand, "--catalog", &catalog]).args(flag).output()?;
                let said = all(&output);
                assert_eq!(output.status.code(), Some(2), "{said}");
                assert!(said.contains(PASSWORD) && said.contains("--database-password-file"), "{said}");
                assert_silent(&said);
            }
        }
    }
    Ok(())
}

#[test]
fn a_password_by_the_environment_works() -> Result<()> {
    let Some(Database::Postgres(database)) = Database::postgres()? else { return Ok(()) };
    is_served(&data_service(|command| {
        command.args(["--database", &database.url_without_password()]).env(PASSWORD, database.password());
    })?)?;
    // A URL that comes by the environment is no flag.
    is_served(&data_service(|command| {
        command.env("MEANWHILE_DATABASE", database.url());
    })?)
}

#[test]
fn a_password_by_a_file_works_with_and_without_a_line_break() -> Result<()> {
    let Some(Database::Postgres(database)) = Database::postgres()? else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("password");
    for line_break in ["", "\n", "\r\n"] {
        fs::write(&file, format!("{}{line_break}", database.password()))?;
        is_served(&data_service(|command| {
            command
                .args(["--database", &database.url_without_password(), "--database-password-file"])
                .arg(&file);
        })?)?;
    }
    Ok(())
}

#[test]
fn a_password_file_that_is_missing_is_named() -> Result<()> {
    let catalog = sample().display().to_string();
    let words = ["data", "--catalog", &catalog, "--database", "postgres://u@127.0.0.1:1/test"];
    let output = meanwhile(&words).args(["--database-password-file", "/nowhere/password"]).output()?;
    assert_eq!(output.status.code(), Some(1));
    assert!(all(&output).contains("/nowhere/password"), "{}", all(&output));
    Ok(())
}

#[test]
fn help_does_not_show_what_the_environment_holds() -> Result<()> {
    for subcommand in ["up", "data", "migrate", "check"] {
        let mut command = meanwhile(&[subcommand, "--help"]);
        command.env("MEANWHILE_DATABASE", "postgres://meanwhile:not%2Fto%40be%3Aseen@127.0.0.1:1/test");
        command.env(PASSWORD, postgres::PASSWORD);
        assert_silent(&all(&command.output()?));
    }
    Ok(())
}

/// Everything that a service can be made to say, by every service, with the finest log there is.
#[test]
fn no_log_span_or_error_has_the_password() -> Result<()> {
    let Some(cluster) = Cluster::start(&Settings::default()) else { return Ok(()) };
    let Some(jaeger) = Jaeger::shared() else { return Ok(()) };
    let database = Database::postgres_in(&cluster)?;
    let mut stack = Stack::over(database).log("trace").otlp(&jaeger.otlp_url()).start()?;
    let client = stack.client()?;
    let trace = "5bf92f3577b34da6a3ce929d0e0e4736";
    let parent = format!("00-{trace}-00f067aa0ba902b7-01");
    let mut said = String::new();
    let mut call = |method: &str, json: &str| -> Result<Code> {
        let answer =
            client.call_with(&format!("cityscape.v1.Cities/{method}"), &[("traceparent", &parent)], json)?;
        said += &format!("{answer:?}\n");
        Ok(answer.code)
    };
    call("GetCity", BERLIN)?;
    call("GetOverview", BERLIN)?;
    call("RecordVisit", r#"{"cityId": 1, "visitor": "Bo", "stars": 3}"#)?;
    cluster.kill()?;
    assert_ne!(call("GetCity", BERLIN)?, Code::Ok);
    assert_ne!(call("RecordVisit", r#"{"cityId": 1, "visitor": "Bo", "stars": 3}"#)?, Code::Ok);
    stack.wait_until_not_served()?;
    cluster.start_again()?;
    stack.wait_until_served()?;
    stack.data.end(Signal::TERM)?;
    assert_silent(&said);
    assert_silent(&stack.logs().join("\n"));
    assert!(stack.data.lines().iter().any(|line| line.contains("TRACE")), "the finest log was on");

    let spans = eventually("the spans", BOUND, || {
        let trace = jaeger.trace(trace).ok()??;
        (trace.services().len() == 3 && trace.spans.len() > 10).then_some(trace)
    })?;
    assert_silent(&format!("{spans:?}"));
    Ok(())
}

#[test]
fn a_wrong_password_is_told_without_it() -> Result<()> {
    let Some(Database::Postgres(database)) = Database::postgres()? else { return Ok(()) };
    let data = data_service(|command| {
        command.args(["--database", &database.url_without_password()]).env(PASSWORD, WRONG);
    })?;
    let line = data.wait_for_line("waiting for the database")?;
    assert!(line.contains("password authentication failed"), "{line}");
    let answer = Wire::to(data.address(), &sample())?.call(GET_CITY, BERLIN)?;
    assert_eq!(answer.reason.as_deref(), Some("DATABASE_UNREACHABLE"));
    assert!(!answer.message.contains("password"), "{answer:?}");
    assert_silent(&format!("{answer:?}"));
    assert_silent(&data.lines().join("\n"));

    let catalog = sample().display().to_string();
    // What could not be checked is neither sound nor unsound.
    for (subcommand, code) in [("up", 1), ("migrate", 1), ("check", 2)] {
        let mut command = meanwhile(&[subcommand, "--catalog", &catalog]);
        command.args(["--database", &database.url_without_password()]);
        let output = command.env(PASSWORD, WRONG).env("RUST_LOG", "trace").output()?;
        let said = all(&output);
        assert_eq!(output.status.code(), Some(code), "{subcommand}: {said}");
        assert!(said.contains("password authentication failed"), "{subcommand}: {said}");
        assert_silent(&said);
    }
    Ok(())
}

#[test]
fn a_url_that_cannot_be_read_is_not_repeated() -> Result<()> {
    let catalog = sample().display().to_string();
    for url in [
        "postgres://meanwhile:not/to@be:seen@127.0.0.1:1/test",
        "postgres://meanwhile:not%2Fto%40be%3Aseen@127.0.0.1:port/test",
        "mysql://meanwhile:not%2Fto%40be%3Aseen@127.0.0.1/test",
        "postgres://meanwhile@127.0.0.1:1/test?Password=not%2Fto%40be%3Aseen",
        "postgres://meanwhile@127.0.0.1:1/test?sslmode=not%2Fto%40be%3Aseen",
    ] {
        let mut command = meanwhile(&["migrate", "--catalog", &catalog]);
        command.env("MEANWHILE_DATABASE", url).env("RUST_LOG", "trace");
        let output = command.output()?;
        assert_eq!(output.status.code(), Some(1), "{url}");
        assert_silent(&all(&output));
    }
    Ok(())
}

#[test]
fn services_listen_on_loopback_alone() -> Result<()> {
    let Some(database) = Database::postgres()? else { return Ok(()) };
    let stack = Stack::over(database).start()?;
    let almanac = stack.almanac.as_ref().context("an almanac")?;
    for (service, ports) in [(&stack.gateway, 2), (&stack.data, 2), (almanac, 1)] {
        let listening = listening_addresses(service.id())?;
        assert_eq!(listening.len(), ports, "{listening:?}");
        assert!(listening.iter().all(|address| address.starts_with("0100007F:")), "{listening:?}");
    }
    Ok(())
}

#[test]
fn up_listens_on_loopback_alone_by_its_defaults_too() -> Result<()> {
    let help = all(&meanwhile(&["up", "--help"]).output()?);
    let defaults: Vec<_> =
        help.lines().filter(|line| line.contains("listens") || line.contains("answered")).collect();
    assert_eq!(defaults.len(), 6, "{help}");
    assert!(defaults.iter().all(|line| line.contains("[default: 127.0.0.1:")), "{defaults:?}");
    Ok(())
}

/// The local addresses of a process's listening sockets, as the kernel writes them: hexadecimal, 127.0.0.1 is 0100007F.
fn listening_addresses(process: u32) -> Result<Vec<String>> {
    const LISTEN: &str = "0A";
    let mut inodes = Vec::new();
    for descriptor in fs::read_dir(format!("/proc/{process}/fd"))? {
        // One that was closed meanwhile is no listener.
        if let Ok(file) = fs::metadata(descriptor?.path()) {
            inodes.push(file.ino().to_string());
        }
    }
    let tables = ["tcp", "tcp6"].map(|table| fs::read_to_string(format!("/proc/{process}/net/{table}")));
    let mut found = Vec::new();
    for table in tables {
        for line in table?.lines().skip(1) {
            let columns: Vec<_> = line.split_whitespace().collect();
            if columns[3] == LISTEN && inodes.iter().any(|inode| inode == columns[9]) {
                found.push(columns[1].to_owned());
            }
        }
    }
    Ok(found)
}
