//! A cluster and the databases in it. The shared one serves every test of a process; a test that stops or kills its server
//! starts a cluster of its own.

use std::{
    collections::HashMap,
    env,
    path::Path,
    process,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use anyhow::{Context as _, Result};
use rustix::process::Signal;

use super::{
    address::Access,
    database::{Database, Template},
    programs::Programs,
    server::Server,
    settings::Settings,
};
use crate::tools::{Tool, require};

/// A PostgreSQL cluster with its server.
#[derive(Debug)]
pub struct Cluster {
    access: Arc<Access>,
    /// `None` where the server was there before.
    server: Option<Server>,
    templates: Mutex<HashMap<String, Template>>,
}

impl Cluster {
    /// The one cluster of this test process, made when it is first asked for; or the server that MEANWHILE_TEST_POSTGRES
    /// names. `None` where there is no PostgreSQL; see [`require`].
    ///
    /// # Panics
    /// Where PostgreSQL is there and does not start.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Cluster> = OnceLock::new();
        let initdb = require(Tool::Postgresql)?;
        Some(SHARED.get_or_init(|| match env::var("MEANWHILE_TEST_POSTGRES") {
            Ok(url) => started(Self::given(&initdb, &url)),
            Err(_) => started(Self::create(&initdb, &Settings::default())),
        }))
    }

    /// A cluster of the caller's own; the server ends and the files go when it is dropped. `None` and panics as in
    /// [`Cluster::shared`].
    pub fn start(settings: &Settings) -> Option<Self> {
        require(Tool::Postgresql).map(|initdb| started(Self::create(&initdb, settings)))
    }

    fn create(initdb: &Path, settings: &Settings) -> Result<Self> {
        let programs = Programs::beside(initdb)?;
        let psql = programs.path("psql");
        let server = Server::create(programs, settings)?;
        let access = Access::own(psql, &server.socket_folder(), server.port());
        access.create_role()?;
        Ok(Self { access: Arc::new(access), server: Some(server), templates: Mutex::default() })
    }

    fn given(initdb: &Path, url: &str) -> Result<Self> {
        let access = Access::given(Programs::beside(initdb)?.path("psql"), url)?;
        Ok(Self { access: Arc::new(access), server: None, templates: Mutex::default() })
    }

    /// A new, empty database.
    pub fn database(&self) -> Result<Database> {
        Database::create(&self.access, unique_name(), "template0")
    }

    /// A new database with everything that `template` has.
    pub fn database_from(&self, template: &Template) -> Result<Database> {
        Database::create(&self.access, unique_name(), template.name())
    }

    /// The template of this name. The first to ask fills it (migrations, seed) and must have closed its connections when
    /// `fill` returns; others wait for that. When `fill` fails, the next to ask tries again.
    pub fn template(&self, name: &str, fill: impl FnOnce(&Database) -> Result<()>) -> Result<Template> {
        // An entry is added whole, so the map is sound even after a panic in a `fill`.
        let mut templates = self.templates.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(template) = templates.get(name) {
            return Ok(template.clone());
        }
        let database = self.database()?;
        fill(&database).with_context(|| format!("fill the template {name}"))?;
        let template = database.into_template();
        templates.insert(name.to_owned(), template.clone());
        Ok(template)
    }

    /// Runs SQL as a superuser, outside any test's database: `pg_terminate_backend`, `pg_stat_activity`.
    pub fn run_as_admin(&self, sql: &str) -> Result<String> {
        self.access.run_as_admin("postgres", sql)
    }

    /// Shuts the server down in order; its connections are broken.
    pub fn stop(&self) -> Result<()> {
        self.own_server()?.end(Signal::INT)
    }

    /// Kills the server, as a crash would: the next start recovers.
    pub fn kill(&self) -> Result<()> {
        self.own_server()?.end(Signal::KILL)
    }

    /// Starts the server again after `stop` or `kill`, on the same port, and waits until it takes connections.
    pub fn start_again(&self) -> Result<()> {
        self.own_server()?.start()
    }

    /// What the server has logged so far.
    pub fn log(&self) -> String {
        self.server.as_ref().map(Server::log).unwrap_or_default()
    }

    /// The folder of PostgreSQL's programs has this one too: `pgbench`, `pg_dump`.
    pub fn program(name: &str) -> Option<std::path::PathBuf> {
        let initdb = require(Tool::Postgresql)?;
        Programs::beside(&initdb).ok().map(|programs| programs.path(name))
    }

    fn own_server(&self) -> Result<&Server> {
        self.server.as_ref().context("a server that was there before is not ours to stop")
    }
}

fn started(cluster: Result<Cluster>) -> Cluster {
    cluster.unwrap_or_else(|error| panic!("PostgreSQL does not start: {error:#}"))
}

/// Several test processes may use one given server.
fn unique_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("test_{}_{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}
