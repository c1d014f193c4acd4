//! The server process of a temporary cluster: made, started, stopped, killed, and removed in the end. The server is a direct
//! child, so that its end is seen at once; a watchdog removes the cluster when the test process dies before that.

use std::{
    fs::{self, File, OpenOptions},
    io::Write as _,
    os::unix::{
        fs::{PermissionsExt as _, chown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use super::{programs::Programs, settings::Settings};
use crate::{
    eventually::eventually,
    ports::free_port,
    run::{run, wait_within},
    watchdog::Watchdog,
};

const INITDB_BOUND: Duration = Duration::from_secs(120);
const START_BOUND: Duration = Duration::from_secs(30);
const STOP_BOUND: Duration = Duration::from_secs(30);
const READY_BOUND: Duration = Duration::from_secs(10);

/// Another process may take the port between its choice and the server's bind.
const PORT_ATTEMPTS: u32 = 3;

/// The collation of text. Most servers in use have a linguistic one, which orders text otherwise than bytes do; a query that
/// relies on an order has to say which, and here it is seen when it does not. Before 15 a cluster cannot be made with ICU.
const ICU_LOCALE: (u32, &str) = (15, "en-US");

/// A temporary cluster and its server.
#[derive(Debug)]
pub(super) struct Server {
    programs: Programs,
    port: u16,
    child: Mutex<Option<Child>>,
    folder: PathBuf,
    _watchdog: Watchdog,
}

impl Server {
    /// A new cluster with its server running on a port of its own.
    pub(super) fn create(programs: Programs, settings: &Settings) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("meanwhile-pg-").tempdir()?;
        give_to_server(folder.path(), &programs)?;
        let watchdog = watch(&programs, folder.path())?;
        // From here on the watchdog removes it.
        let folder = folder.keep();
        init(&programs, &folder)?;
        configure(&folder, settings)?;
        let (port, child) = launch_on_free_port(&programs, &folder)?;
        Ok(Self { programs, port, child: Mutex::new(Some(child)), folder, _watchdog: watchdog })
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Where the socket is.
    pub(super) fn socket_folder(&self) -> String {
        self.folder.display().to_string()
    }

    /// What the server has logged.
    pub(super) fn log(&self) -> String {
        read_log(&self.folder)
    }

    /// Starts the server again, on the same port. A server that was killed leaves processes behind that hold its shared
    /// memory until they notice, so a start that fails is tried again.
    pub(super) fn start(&self) -> Result<()> {
        let mut running = self.child();
        if running.is_some() {
            bail!("the server is running");
        }
        let deadline = Instant::now() + START_BOUND;
        loop {
            match launch(&self.programs, &self.folder, self.port) {
                Ok(child) => break *running = Some(child),
                Err(error) if Instant::now() >= deadline => return Err(error),
                Err(_) => {}
            }
        }
        Ok(())
    }

    /// Ends the server by a signal of its own: SIGINT breaks connections and shuts down in order, SIGQUIT leaves recovery to
    /// the next start, and SIGKILL leaves it no time for either.
    pub(super) fn end(&self, signal: Signal) -> Result<()> {
        let Some(mut child) = self.child().take() else { bail!("the server is not running") };
        kill_process(Pid::from_child(&child), signal)?;
        wait_within(&mut child, STOP_BOUND).with_context(|| self.log())?;
        Ok(())
    }

    fn child(&self) -> MutexGuard<'_, Option<Child>> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nothing of it is wanted any more. The watchdog, dropped next, tries again if this fails.
        let _ = self.end(Signal::QUIT);
    }
}

fn give_to_server(folder: &Path, programs: &Programs) -> Result<()> {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    if let Some(account) = programs.account() {
        chown(folder, Some(account.user), Some(account.group))?;
    }
    Ok(())
}

fn watch(programs: &Programs, folder: &Path) -> Result<Watchdog> {
    let shell = programs.as_server("sh", folder);
    let script = r#""$1" stop -D "$2/data" -m immediate -t 10; cd / && rm -rf "$2""#;
    let pg_ctl = programs.path("pg_ctl").display().to_string();
    Ok(Watchdog::start(shell, script, &[&pg_ctl, &folder.display().to_string()])?)
}

fn init(programs: &Programs, folder: &Path) -> Result<()> {
    let password = folder.join("password");
    fs::write(&password, super::PASSWORD)?;
    if let Some(account) = programs.account() {
        chown(&password, Some(account.user), Some(account.group))?;
    }
    let mut initdb = programs.server_command("initdb", folder);
    initdb.args(["--no-sync", "--encoding=UTF8", "--locale=C", "--username=postgres"]).args([
        "--auth-local=trust",
        "--auth-host=scram-sha-256",
        "--pwfile=password",
        "--pgdata=data",
    ]);
    let (since, locale) = ICU_LOCALE;
    if programs.version()? >= since {
        initdb.args(["--locale-provider=icu".to_owned(), format!("--icu-locale={locale}")]);
    }
    run(&mut initdb, b"", INITDB_BOUND)?.success()?;
    Ok(())
}

fn configure(folder: &Path, settings: &Settings) -> Result<()> {
    let mut file = OpenOptions::new().append(true).open(folder.join("data/postgresql.conf"))?;
    write!(file, "listen_addresses = '127.0.0.1'\nunix_socket_directories = '{}'\n", folder.display())?;
    file.write_all(settings.lines().as_bytes())?;
    Ok(())
}

fn launch_on_free_port(programs: &Programs, folder: &Path) -> Result<(u16, Child)> {
    let mut attempt = 1;
    loop {
        let port = free_port()?;
        match launch(programs, folder, port) {
            Ok(child) => return Ok((port, child)),
            Err(error) if attempt == PORT_ATTEMPTS => return Err(error),
            Err(_) => attempt += 1,
        }
    }
}

/// Starts the server and waits until it takes connections.
fn launch(programs: &Programs, folder: &Path, port: u16) -> Result<Child> {
    let log = OpenOptions::new().append(true).create(true).open(folder.join("log"))?;
    let mut child = spawn(programs, folder, port, log)?;
    let mut is_ready = Command::new(programs.path("pg_isready"));
    is_ready.args(["-q", "-h", &folder.display().to_string(), "-p", &port.to_string()]);
    let ready = eventually("the server's readiness", START_BOUND, || {
        let ended = child.try_wait().ok().flatten();
        let ready = run(&mut is_ready, b"", READY_BOUND).is_ok_and(|finished| finished.status.success());
        (ended.is_some() || ready).then_some(ended)
    });
    if let Ok(None) = ready {
        return Ok(child);
    }
    let _ = child.kill();
    let _ = child.wait();
    bail!("the server does not start:\n{}", read_log(folder));
}

fn spawn(programs: &Programs, folder: &Path, port: u16, log: File) -> Result<Child> {
    let mut postgres = programs.server_command("postgres", folder);
    postgres.args(["-D", "data", "-p", &port.to_string()]);
    // A Ctrl-C at the terminal must reach the tests before it reaches their database.
    postgres.process_group(0).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    postgres.spawn().context("start postgres")
}

fn read_log(folder: &Path) -> String {
    fs::read(folder.join("log"))
        .map_or_else(|_| String::new(), |log| String::from_utf8_lossy(&log).into_owned())
}
