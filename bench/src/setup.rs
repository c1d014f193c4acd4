//! What every measurement starts from: the program, the sample's catalog, a runtime for the load, and one seeded database.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use meanwhile_testbed::process::beside_this_program;
use tokio::runtime::Runtime;

use crate::postgres::Postgres;

/// What every measurement starts from.
#[derive(Debug)]
pub struct Setup {
    /// The program that is measured.
    pub meanwhile: PathBuf,
    /// The sample's folder.
    pub catalog: PathBuf,
    /// How often each thing is measured.
    pub repeats: usize,
    /// What the load is sent from.
    pub runtime: Runtime,
    postgres: OnceCell<Option<Postgres>>,
}

impl Setup {
    /// With the program given, or the one beside this one.
    pub fn new(meanwhile: Option<PathBuf>, repeats: usize) -> Result<Self> {
        let meanwhile = meanwhile.map_or_else(|| beside_this_program("meanwhile"), Ok)?;
        let catalog = Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalogs/cityscape");
        let catalog = catalog.canonicalize().context("the sample's catalog")?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        Ok(Self { meanwhile, catalog, repeats, runtime, postgres: OnceCell::new() })
    }

    /// The sample in PostgreSQL, seeded when it is first asked for; `None` where there is no PostgreSQL.
    pub fn postgres(&self) -> Result<Option<&Postgres>> {
        if self.postgres.get().is_none() {
            let postgres = Postgres::start(self)?;
            let _ = self.postgres.set(postgres);
        }
        Ok(self.postgres.get().and_then(Option::as_ref))
    }

    /// `count` ids of the sample's cities, none twice, from all over the list.
    pub fn city_ids(&self, count: usize) -> Result<Vec<i64>> {
        let file = self.catalog.join("seed/cities.tsv");
        let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let mut lines = text.lines();
        let column = lines.next().and_then(|head| head.split('\t').position(|name| name == "id"));
        let column = column.context("cities.tsv has no column id")?;
        let ids: Vec<i64> = lines.filter_map(|line| line.split('\t').nth(column)?.parse().ok()).collect();
        let step = ids.len() / count.max(1);
        anyhow::ensure!(step > 0, "the sample has only {} cities", ids.len());
        Ok(ids.into_iter().step_by(step).take(count).collect())
    }
}
