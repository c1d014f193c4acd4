//! Whoever waits for a connection has a span for it, and nobody else.

use anyhow::{Context as _, Result};

use super::{
    lane::{kind, overlap_hardly, overlap_mostly},
    player::{scenario, scenario_of},
    recording::Recording,
};
use crate::stack::{Database, Stack};

/// Three equal calls of one statement each, through a pool of this size, each for itself.
fn three_calls(database: Database, connections: u16, spans: usize) -> Result<Option<Recording>> {
    let engine = match &database {
        Database::Sqlite(_) => "sqlite",
        Database::Postgres(_) => "postgres",
    };
    let city = scenario("lecture")?.requests.into_iter().next().context("a request")?;
    let stack = Stack::over(database).simulate("database=60ms").pool(connections);
    let stack = stack.data_switch("--no-share").data_switch("--no-batch");
    let name = format!("play-pool-of-{connections}-{engine}");
    Recording::make(stack, &name, &scenario_of(vec![city; 3]), spans)
}

#[test]
fn with_one_connection_two_of_three_wait_for_it() -> Result<()> {
    for database in Database::both()? {
        let Some(recording) = three_calls(database, 1, 17)? else { return Ok(()) };
        let pool: Vec<_> = recording.lanes.iter().flat_map(|lane| lane.waits_for("pool")).collect();
        assert_eq!(pool.len(), 2);
        for lane in &recording.lanes {
            let statement = lane.waits_for("database").next().context("a database wait")?;
            let others = recording.lanes.iter().filter(|other| other.trace.id != lane.trace.id);
            let holders: Vec<_> = others.flat_map(|other| other.waits_for("database")).collect();
            assert!(holders.iter().all(|other| overlap_hardly(statement, other)));
            for wait in lane.waits_for("pool") {
                let data = lane.request_span("meanwhile-data")?;
                assert_eq!(
                    (wait.parent.as_deref(), kind(wait).as_str()),
                    (Some(data.id.as_str()), "internal")
                );
                assert!(wait.end_us() <= statement.start_us, "{wait:?} {statement:?}");
                assert!(holders.iter().any(|other| overlap_mostly(wait, other)), "{holders:?}");
                let blocker = wait.tag("meanwhile.blocker.span_id").context("a blocker")?;
                let others = recording.lanes.iter().filter(|other| other.trace.id != lane.trace.id);
                let requests = others.map(|other| other.request_span("meanwhile-data"));
                let requests = requests.collect::<Result<Vec<_>>>()?;
                let holder = requests.iter().find(|request| request.id == blocker).context("its request")?;
                assert_eq!(holder.tag("meanwhile.blocked_others").as_deref(), Some("true"));
            }
        }
    }
    Ok(())
}

#[test]
fn with_enough_connections_nobody_has_a_span_for_one() -> Result<()> {
    for database in Database::both()? {
        let Some(recording) = three_calls(database, 3, 15)? else { return Ok(()) };
        assert_eq!(recording.lanes.iter().flat_map(|lane| lane.waits_for("pool")).count(), 0);
    }
    Ok(())
}
