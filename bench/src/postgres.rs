//! The sample in a PostgreSQL cluster that keeps what it promises: the testbed trades durability for speed, a measurement
//! must not. Apart from that and the number of connections, the settings are the server's defaults.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use meanwhile_testbed::postgres::{Cluster, Database, Pgbouncer, Settings};
use meanwhile_testbed::run::run;

use crate::setup::Setup;
use crate::stack::DatabaseAddress;

const SEEDING: Duration = Duration::from_secs(120);

/// Cities are numbered from 1 on, so that pgbench can pick one at random. Below zero first: a number may be somebody's id.
const NUMBERING: &str = "
    UPDATE cities SET id = -numbered.number
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS number FROM cities) AS numbered WHERE cities.id = numbered.id;
    UPDATE cities SET id = -id";

/// The seeded database. It goes before its cluster, hence the order.
#[derive(Debug)]
pub struct Postgres {
    database: Database,
    cluster: Cluster,
}

impl Postgres {
    /// A cluster with the sample in it; `None` where there is no PostgreSQL.
    pub fn start(setup: &Setup) -> Result<Option<Self>> {
        let durable = ["fsync", "synchronous_commit", "full_page_writes"];
        let settings = durable.into_iter().fold(Settings::default(), |all, name| all.with(name, "on"));
        let Some(cluster) = Cluster::start(&settings) else { return Ok(None) };
        let database = cluster.database()?;
        let this = Self { database, cluster };
        let mut migrate = crate::stack::command(setup, &setup.catalog, "migrate");
        this.address().give_to(&mut migrate);
        run(migrate.arg("--seed"), b"", SEEDING)?.success()?;
        this.database.run(NUMBERING)?;
        // What seeding left to do is done before anything is measured, not by autovacuum in between.
        this.database.run("VACUUM FULL ANALYZE")?;
        this.database.run("VACUUM")?;
        this.cluster.run_as_admin("CHECKPOINT")?;
        Ok(Some(this))
    }

    /// Where clients find it.
    pub fn address(&self) -> DatabaseAddress {
        DatabaseAddress::of(&self.database)
    }

    /// The ids of the cities: from 1 to how many there are.
    pub fn cities(&self) -> Result<std::ops::RangeInclusive<i64>> {
        Ok(1..=self.database.run("SELECT count(*) FROM cities")?.trim().parse()?)
    }

    /// Another database on the same server, empty.
    pub fn another(&self) -> Result<Database> {
        self.cluster.database()
    }

    /// A pooler before it, with so many connections to it; `None` where there is no PgBouncer.
    pub fn pooler(&self, connections: usize) -> Result<Option<Pgbouncer>> {
        Pgbouncer::start(&self.database, u32::try_from(connections)?, "")
    }

    /// The process id of the server, whose children serve the connections.
    pub fn server_id(&self) -> Result<u32> {
        let folder: PathBuf = self.cluster.run_as_admin("SHOW data_directory")?.into();
        let file = Path::new(&folder).join("postmaster.pid");
        let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        text.lines().next().and_then(|line| line.parse().ok()).context("postmaster.pid has no process id")
    }
}
