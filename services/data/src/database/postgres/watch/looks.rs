//! One look at the server: what each of some sessions is at, and behind whom.

use std::time::Duration;

use meanwhile_proto::attributes;
use meanwhile_telemetry::{KeyValue, Wait};
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{Row as _, query};

use crate::database::postgres::line::Line;

/// What one session was at.
#[derive(Debug)]
pub(super) struct Look {
    pub pid: i32,
    /// PostgreSQL's class of wait event; none while it works.
    pub event: Option<String>,
    /// How long it has waited for a lock, where it does.
    pub locked_for: Option<Duration>,
    /// Who holds that lock, or waits for it before.
    pub behind: Vec<Holder>,
}

/// A session that others are behind.
#[derive(Debug, Clone)]
pub(super) struct Holder {
    pub pid: i32,
    started: Option<String>,
    application: Option<String>,
}

/// A lock's start is known since PostgreSQL 14; through JSON the older ones are asked in the same words.
const SESSIONS: &str = "
    SELECT pid, wait_event_type, locks, holders,
        (SELECT extract(epoch FROM clock_timestamp() - min((to_jsonb(l)->>'waitstart')::timestamptz))::float8
            FROM pg_locks l WHERE locks AND l.pid = a.pid AND NOT l.granted)
    FROM (SELECT pid, wait_event_type, coalesce(wait_event_type = 'Lock', false) AS locks,
            CASE WHEN wait_event_type = 'Lock' THEN pg_blocking_pids(pid) END AS holders
        FROM pg_stat_activity WHERE pid = ANY ($1) AND state = 'active') a";

const HOLDERS: &str = "
    SELECT pid, to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), application_name
    FROM pg_stat_activity WHERE pid = ANY ($1)";

/// Looks at the sessions of those backends.
pub(super) async fn look(line: &Line, pids: Vec<i32>) -> Result<Vec<Look>, sqlx::Error> {
    line.ask(|line| Box::pin(look_over(line, pids.clone()))).await
}

async fn look_over(line: &mut PgConnection, pids: Vec<i32>) -> Result<Vec<Look>, sqlx::Error> {
    let rows = query(SESSIONS).bind(pids).fetch_all(&mut *line).await?;
    let mut looks: Vec<Look> = rows.iter().map(read).collect::<Result<_, _>>()?;
    name_holders(line, &mut looks).await?;
    Ok(looks)
}

fn read(row: &PgRow) -> Result<Look, sqlx::Error> {
    let locks: bool = row.try_get(2)?;
    let holders: Option<Vec<i32>> = row.try_get(3)?;
    let seconds: Option<f64> = row.try_get(4)?;
    let locked_for = locks.then(|| Duration::try_from_secs_f64(seconds.unwrap_or(0.0)).unwrap_or_default());
    let unknown = |pid| Holder { pid, started: None, application: None };
    Ok(Look {
        pid: row.try_get(0)?,
        event: row.try_get(1)?,
        locked_for,
        behind: holders.unwrap_or_default().into_iter().map(unknown).collect(),
    })
}

async fn name_holders(line: &mut PgConnection, looks: &mut [Look]) -> Result<(), sqlx::Error> {
    let mut pids: Vec<i32> = looks.iter().flat_map(|look| &look.behind).map(|holder| holder.pid).collect();
    pids.sort_unstable();
    pids.dedup();
    if pids.is_empty() {
        return Ok(());
    }
    for row in query(HOLDERS).bind(pids).fetch_all(line).await? {
        let (pid, started, application) = (row.try_get::<i32, _>(0)?, row.try_get(1)?, row.try_get(2)?);
        let named = Holder { pid, started, application };
        let holders = looks.iter_mut().flat_map(|look| &mut look.behind);
        holders.filter(|holder| holder.pid == pid).for_each(|holder| *holder = named.clone());
    }
    Ok(())
}

impl Holder {
    /// Says on a wait who it is behind, where that is nobody's request that is known here.
    pub fn tell(&self, wait: &mut Wait) {
        wait.set_attribute(KeyValue::new(attributes::BLOCKER_DATABASE_PID, i64::from(self.pid)));
        if let Some(started) = &self.started {
            wait.set_attribute(KeyValue::new(attributes::BLOCKER_DATABASE_BACKEND_START, started.clone()));
        }
        if let Some(application) = &self.application {
            wait.set_attribute(KeyValue::new(attributes::BLOCKER_APPLICATION, application.clone()));
        }
    }
}
