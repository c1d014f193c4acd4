//! What runs out: the pool's connections, the server's, the disk.

use std::{path::Path, process::Command};

use anyhow::Result;
use meanwhile_testbed::{
    postgres::{self, Cluster, Settings},
    run::run,
};
use sqlx::{Connection as _, PgConnection};
use tempfile::TempDir;
use tonic::Code;

use super::{
    assert_failed,
    ledger::{GET, HOLD, Load, PUT, assert_whole, hold_all, ledger},
    wait_until_answered,
};
use crate::stack::{BOUND, Database, Stack, wire::Running};

const POOL: u16 = 3;

#[test]
fn calls_that_wait_for_a_full_pool_run_once_or_never() -> Result<()> {
    let ledger = ledger()?;
    let Some(database) = Database::postgres_for(ledger.path())? else { return Ok(()) };
    let stack = Stack::over(database).catalog(ledger.path()).pool(POOL).start()?;
    let client = stack.client()?;
    let held = hold_all(&stack, &client, POOL)?;
    let put =
        |id: u32, timeout| client.start(PUT, &[("grpc-timeout", timeout)], &format!(r#"{{"id": {id}}}"#));
    let short = (1..=40).map(|id| put(id, "300m")).collect::<Result<Vec<_>>>()?;
    let long = (41..=80).map(|id| put(id, "60S")).collect::<Result<Vec<_>>>()?;
    for call in short {
        assert_failed(&client.wait(call)?, &[Code::DeadlineExceeded]);
    }
    held.into_iter().for_each(Running::cancel);
    for call in long {
        assert_eq!(client.wait(call)?.code, Code::Ok);
    }
    let (count, first) =
        (stack.database.count("entries")?, stack.database.number("SELECT min(id) FROM entries")?);
    assert_eq!((count, first), (40, 41));
    assert_eq!(stack.database.number("SELECT count(DISTINCT id) FROM entries")?, 40);
    assert_whole(&stack, POOL)
}

/// Takes whatever sessions the server still gives.
async fn take_all(database: &postgres::Database, taken: &mut Vec<PgConnection>) {
    while let Ok(session) = PgConnection::connect(&database.url()).await {
        taken.push(session);
    }
}

#[test]
fn a_server_that_gives_no_more_sessions_fails_calls_that_did_nothing() -> Result<()> {
    let settings = Settings::default().with("max_connections", "20");
    let Some(cluster) = Cluster::start(&settings) else { return Ok(()) };
    let ledger = ledger()?;
    let database = Database::Postgres(cluster.database()?);
    database.migrate(ledger.path())?;
    let stack = Stack::over(database).catalog(ledger.path()).pool(POOL).start()?;
    let Database::Postgres(server) = &stack.database else { return Ok(()) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut taken = Vec::new();
    let books = Load::on(&stack, 6).patience("5S").during(|load| {
        load.wait_for_rounds()?;
        let mut take = || {
            let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                       WHERE application_name = 'meanwhile-data'";
            server.run_as_admin(end).unwrap();
            runtime.block_on(take_all(server, &mut taken));
        };
        load.wait_for_failed_write(&mut take)?;
        load.wait_for_failed_read(&mut take)?;
        taken.clear();
        wait_until_answered(&stack.client()?, HOLD, "{}")?;
        load.wait_for_rounds()
    })?;
    books.assert_true_of(&stack)?;
    assert_whole(&stack, POOL)
}

/// A file system of a few MiB in a folder. `None` where nothing may be mounted: that takes root.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn new() -> Result<Option<Self>> {
        let folder = tempfile::tempdir()?;
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=16m", "tmpfs"]).arg(folder.path());
        let is_mounted = run(&mut mount, b"", BOUND).is_ok_and(|mounted| mounted.success().is_ok());
        if !is_mounted {
            println!("left out: nothing may be mounted here");
        }
        Ok(is_mounted.then_some(Self(folder)))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.path()).status();
    }
}

#[test]
fn writes_on_a_full_disk_are_refused_and_leave_nothing_until_there_is_room() -> Result<()> {
    let Some(disk) = SmallDisk::new()? else { return Ok(()) };
    let ledger = ledger()?;
    let database = Database::sqlite_in(disk.path())?;
    database.migrate(ledger.path())?;
    let stack = Stack::over(database).catalog(ledger.path()).pool(POOL).start()?;
    let client = stack.client()?;
    let ballast = disk.path().join("ballast");
    let books = Load::on(&stack, 3).note("n".repeat(100)).during(|load| {
        load.wait_for_rounds()?;
        fill(&ballast)?;
        load.wait_for_failed_write(|| {})?;
        // What is there is read all the while.
        let answer = client.call(GET, r#"{"id": 1}"#)?;
        assert_eq!(answer.code, Code::Ok, "{answer:?}");
        std::fs::remove_file(&ballast)?;
        load.wait_for_rounds()
    })?;
    books.assert_reads_unbroken();
    books.assert_true_of(&stack)?;
    wait_until_answered(&client, PUT, r#"{"note": "last"}"#)
}

/// Writes a file until the disk takes no more.
fn fill(file: &Path) -> Result<()> {
    use std::io::Write as _;
    let mut file = std::fs::File::create(file)?;
    while file.write_all(&[0; 512]).is_ok() {}
    Ok(())
}
