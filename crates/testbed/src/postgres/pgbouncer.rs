//! PgBouncer in transaction mode before one database, with few server connections, so that its clients share them.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, chown},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Result;
use rustix::process::geteuid;
use tempfile::TempDir;

use super::{Database, programs::postgres_account};
use crate::{
    ports::free_port,
    process::{self, Process},
    tools::{Tool, require},
};

const BOUND: Duration = Duration::from_secs(20);

/// A running PgBouncer.
#[derive(Debug)]
pub struct Pgbouncer {
    // First, so that it ends before its folder goes.
    _process: Process,
    _folder: TempDir,
    port: u16,
    database: String,
}

impl Pgbouncer {
    /// Starts one before `database`, with so many server connections and these settings more. `None` where there is none on
    /// this machine.
    pub fn start(database: &Database, connections: u32, settings: &str) -> Result<Option<Self>> {
        let Some(program) = require(Tool::Pgbouncer) else { return Ok(None) };
        let (folder, port) = (tempfile::tempdir()?, free_port()?);
        let file = folder.path().join("pgbouncer.ini");
        fs::write(&file, configuration(database, port, connections, settings)?)?;
        let process = Process::start(command(&program, folder.path(), &file)?)?;
        process.wait_for_line("process up", BOUND)?;
        Ok(Some(Self { _process: process, _folder: folder, port, database: database.name().to_owned() }))
    }

    /// The URL of a client.
    pub fn url(&self) -> String {
        format!("postgres://meanwhile@127.0.0.1:{}/{}", self.port, self.database)
    }
}

/// It refuses to run as root, as PostgreSQL does.
fn command(program: &PathBuf, folder: &Path, file: &Path) -> Result<std::process::Command> {
    let mut command = process::command(program);
    if geteuid().is_root() {
        let account = postgres_account()?;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
        chown(folder, Some(account.user), Some(account.group))?;
        chown(file, Some(account.user), Some(account.group))?;
        command.args(["-u", "postgres"]);
    }
    command.arg(file);
    Ok(command)
}

fn configuration(database: &Database, port: u16, connections: u32, settings: &str) -> Result<String> {
    let (name, password) = (database.name(), database.password());
    let server = database.server_port()?;
    Ok(format!(
        "[databases]
{name} = host=127.0.0.1 port={server} dbname={name} user=meanwhile password='{password}'
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {connections}
max_client_conn = 1000
{settings}
"
    ))
}
