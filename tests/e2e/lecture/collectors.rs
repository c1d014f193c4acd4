//! Requests do not notice whether anybody takes their spans.

use std::net::TcpListener;

use anyhow::Result;
use meanwhile_testbed::{ports::free_port, process::Signal, run::run};

use super::{
    alone::{rounds, to_the_longest_alone},
    recording::LATENCY,
};
use crate::stack::{BOUND, Database, Stack, meanwhile};

#[test]
fn collectors_that_are_absent_or_silent_cost_requests_nothing() -> Result<()> {
    let absent = format!("http://127.0.0.1:{}", free_port()?);
    // The system takes connections for it, and nobody ever answers.
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let silent = format!("http://{}", listener.local_addr()?);
    let stack = Stack::over(Database::sqlite()?).simulate(LATENCY).otlp(&absent).otlp(&silent);
    let mut stack = stack.start()?;
    let rounds = rounds(&stack)?;
    let ratio = to_the_longest_alone(&rounds);
    assert!(ratio <= 1.15, "{ratio}");
    assert!(rounds.iter().all(|round| round.together.order() == [1, 3, 2]));

    let said = format!("no collector at {absent}");
    for service in [&mut stack.gateway, &mut stack.data].into_iter().chain(&mut stack.almanac) {
        service.wait_for_line(&said)?;
        let times = service.lines().iter().filter(|line| line.contains(&said)).count();
        assert_eq!(times, 1, "{:?}", service.lines());
        assert!(service.end(Signal::TERM)?.success());
    }
    Ok(())
}

#[test]
fn a_player_without_a_collector_plays() -> Result<()> {
    let absent = format!("http://127.0.0.1:{}", free_port()?);
    let stack = Stack::over(Database::sqlite()?).start()?;
    let gateway = format!("http://{}", stack.gateway());
    let mut command = meanwhile(&["play", "lecture", "--gateway", &gateway, "--otlp", &absent]);
    command.args(["--catalog".as_ref(), crate::stack::sample().as_os_str()]);
    run(&mut command, b"", BOUND)?.success()?;
    Ok(())
}
