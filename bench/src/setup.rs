//! What every measurement starts from: the program, the sample's catalog, a runtime for the load, and one seeded database.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use meanwhile_testbed::process::beside_this_program;
use meanwhile_testbed::run::run;
use tokio::runtime::Runtime;

use crate::postgres::Postgres;
use crate::stack::{NO_BATCH, NO_SHARE};

/// The longest the program may take to say what it knows.
const BOUND: Duration = Duration::from_secs(20);

/// Why what needs a database is left out.
pub const NO_POSTGRES: &str = "needs postgresql";

/// What every measurement starts from.
#[derive(Debug)]
pub struct Setup {
    /// The program that is measured.
    pub meanwhile: PathBuf,
    /// The sample's folder.
    pub catalog: PathBuf,
    /// How often each thing is measured.
    pub repeats: usize,
    /// How long each load lasts.
    pub lasts: Duration,
    /// What the bench's own servers, and the lecture's requests, run on. The load has threads of its own.
    pub runtime: Runtime,
    /// What the data service can be told.
    help: String,
    postgres: OnceCell<Option<Postgres>>,
}

impl Setup {
    /// With the program given, or the one beside this one.
    pub fn new(meanwhile: Option<PathBuf>, repeats: usize, lasts: Duration) -> Result<Self> {
        let meanwhile = meanwhile.map_or_else(|| beside_this_program("meanwhile"), Ok)?;
        let catalog = Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalogs/cityscape");
        let catalog = catalog.canonicalize().context("the sample's catalog")?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let help = run(Command::new(&meanwhile).args(["data", "--help"]), b"", BOUND)?.success()?;
        Ok(Self { meanwhile, catalog, repeats, lasts, runtime, help, postgres: OnceCell::new() })
    }

    /// Whether the data service knows that flag.
    pub fn knows(&self, flag: &str) -> bool {
        self.help.split_whitespace().any(|word| word == flag)
    }

    /// Why batching cannot be measured, if it cannot.
    pub fn lacks_batching(&self) -> Option<String> {
        (!self.knows(NO_BATCH)).then(|| format!("this program has no {NO_BATCH}"))
    }

    /// Why sharing cannot be measured, if it cannot.
    pub fn lacks_sharing(&self) -> Option<String> {
        (!self.knows(NO_SHARE)).then(|| format!("this program has no {NO_SHARE}"))
    }

    /// The sample in PostgreSQL, seeded when it is first asked for; `None` where there is no PostgreSQL.
    pub fn postgres(&self) -> Result<Option<&Postgres>> {
        if self.postgres.get().is_none() {
            let postgres = Postgres::start(self)?;
            let _ = self.postgres.set(postgres);
        }
        Ok(self.postgres.get().and_then(Option::as_ref))
    }
}
