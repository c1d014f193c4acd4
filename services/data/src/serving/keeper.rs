//! Keeps what is served true: binds each catalog when the database is there, says when the database goes and comes
//! back, and looks again at methods that do not fit it. One task, so that what is served has one author.

mod drift;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use meanwhile_catalog::{Catalog, Finding};
use meanwhile_health::Current;
use meanwhile_proto::errors::Reason;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::{Phase, SUSPECTS, Serving, Table};
use crate::bind::{Bindings, bind};
use crate::engine::Engine;
use crate::fault::Fault;
use drift::Examined;

/// How often the keeper looks.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// The first wait before an absent database is tried again; it doubles.
    pub first_retry: Duration,
    /// The longest wait before an absent database is tried again.
    pub longest_retry: Duration,
    /// How often a bound database is looked after.
    pub look: Duration,
    /// How often methods that do not fit it are looked at.
    pub refused: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            first_retry: Duration::from_millis(100),
            longest_retry: Duration::from_secs(5),
            look: Duration::from_secs(2),
            refused: Duration::from_secs(10),
        }
    }
}

/// Where catalogs come from, and where it is told which one is served.
#[derive(Debug)]
pub struct Catalogs {
    /// The newest is served as soon as it is bound.
    pub wanted: watch::Receiver<Arc<Catalog>>,
    /// The one that is served: first of all the first.
    pub served: watch::Sender<Arc<Catalog>>,
    /// Web services that are elsewhere than a catalog says, by name.
    pub elsewhere: BTreeMap<String, String>,
    /// True: no method is refused alone. A misfit of the first catalog is an error, and a later catalog with one is not
    /// served.
    pub strict: bool,
}

/// The author of what is served.
#[derive(Debug)]
pub struct Keeper {
    table: Arc<Current<Table>>,
    suspects: mpsc::Receiver<(String, Fault)>,
    catalogs: Catalogs,
    pace: Pace,
    /// The catalog in the table, and what its methods run on.
    catalog: Arc<Catalog>,
    engine: Arc<Engine>,
    /// A catalog that waits for the database.
    pending: Option<Arc<Catalog>>,
    examined: Examined,
}

/// Why nothing more could be done for now.
enum Trouble {
    /// The database could not be asked.
    Away(Fault),
    /// The first catalog does not fit, and must.
    Misfits(Vec<Finding>),
}

impl Keeper {
    /// Nothing is bound yet. `engine` is for the catalog that is wanted now.
    pub fn new(mut catalogs: Catalogs, engine: Engine, pace: Pace) -> (Serving, Self) {
        let (catalog, engine) = (catalogs.wanted.borrow_and_update().clone(), Arc::new(engine));
        let table = Arc::new(Current::new(Table::waiting(&catalog, &engine)));
        let (sender, suspects) = mpsc::channel(SUSPECTS);
        let serving = Serving { table: table.clone(), suspects: sender };
        let (pending, examined) = (Some(catalog.clone()), Examined::default());
        (serving, Self { table, suspects, catalogs, pace, catalog, engine, pending, examined })
    }

    /// Serves the newest catalog, and looks after it, until `shutdown`.
    ///
    /// # Errors
    /// With `strict`, the findings of the first catalog.
    pub async fn run(mut self, shutdown: &CancellationToken) -> Result<(), Vec<Finding>> {
        let kept = shutdown.run_until_cancelled(self.keep()).await.unwrap_or(Ok(()));
        self.table.update(|table| table.in_phase(Phase::Stopping));
        kept
    }

    async fn keep(&mut self) -> Result<(), Vec<Finding>> {
        let mut retry = self.pace.first_retry;
        let mut next_look = Instant::now();
        loop {
            tokio::select! {
                () = newer(&mut self.catalogs.wanted) => {
                    self.pending = Some(self.catalogs.wanted.borrow_and_update().clone());
                    next_look = Instant::now();
                }
                Some((path, fault)) = self.suspects.recv() => self.examine(&path, &fault).await,
                () = sleep_until(next_look) => {
                    let looked = self.look().await;
                    next_look = Instant::now() + self.pause(looked, &mut retry)?;
                }
            }
        }
    }

    /// How long to wait until the next look.
    fn pause(&self, looked: Result<(), Trouble>, retry: &mut Duration) -> Result<Duration, Vec<Finding>> {
        match looked {
            Ok(()) => *retry = self.pace.first_retry,
            Err(Trouble::Misfits(findings)) => return Err(findings),
            Err(Trouble::Away(fault)) if self.pending.is_some() => {
                if *retry == self.pace.first_retry {
                    tracing::warn!(%fault, "waiting for the database");
                }
                let pause = *retry;
                *retry = (pause * 2).min(self.pace.longest_retry);
                return Ok(pause);
            }
            Err(Trouble::Away(_)) => {}
        }
        Ok(self.pace.look)
    }

    /// Looks after the database, and does what has waited for it.
    async fn look(&mut self) -> Result<(), Trouble> {
        if self.table.load().phase != Phase::Waiting {
            self.look_after().await?;
        }
        match self.pending.clone() {
            Some(catalog) => self.bind(catalog).await,
            None => self.look_at_refused().await,
        }
    }

    /// Says in health when the database goes and comes back. Calls find out by themselves.
    async fn look_after(&mut self) -> Result<(), Trouble> {
        // A look that takes too long, or finds no place to wait, means a busy pool: a busy database is there.
        let look = match timeout(self.pace.look, self.engine.database.ping()).await {
            Err(_) => return Ok(()),
            Ok(Err(fault)) if fault.reason == Reason::Overloaded => return Ok(()),
            Ok(look) => look,
        };
        let was_there = self.table.load().phase == Phase::Serving;
        if look.is_ok() != was_there {
            match &look {
                Ok(()) => tracing::info!("the database is back"),
                Err(fault) => tracing::error!(%fault, "the database is gone"),
            }
            // Somebody may have changed it meanwhile.
            self.examined = Examined::default();
            let phase = if look.is_ok() { Phase::Serving } else { Phase::Alone };
            self.table.update(|table| table.in_phase(phase));
        }
        look.map_err(Trouble::Away)
    }

    /// Binds a catalog and serves it. Where the database cannot be asked the catalog stays pending.
    async fn bind(&mut self, catalog: Arc<Catalog>) -> Result<(), Trouble> {
        let is_first = self.table.load().phase == Phase::Waiting;
        let bindings = bind(&catalog, &self.engine.database).await.map_err(Trouble::Away)?;
        self.pending = None;
        let misfits = drift::log_refusals(&bindings);
        let upstreams = self.engine.upstreams.for_catalog(&catalog, &self.catalogs.elsewhere);
        match upstreams {
            _ if self.catalogs.strict && !misfits.is_empty() => {
                if is_first {
                    return Err(Trouble::Misfits(misfits));
                }
                tracing::error!("the changed catalog is not served, being strict; the one before it is");
            }
            Err(error) => tracing::error!(%error, "the changed catalog is not served; the one before it is"),
            Ok(upstreams) => {
                self.engine = Arc::new(Engine { upstreams, ..(*self.engine).clone() });
                self.serve(catalog, bindings, is_first);
            }
        }
        if is_first {
            self.engine.database.warm().await;
        }
        Ok(())
    }

    fn serve(&mut self, catalog: Arc<Catalog>, bindings: Bindings, is_first: bool) {
        let methods = bindings.values().filter(|binding| binding.is_ok()).count();
        let refused = bindings.len() - methods;
        self.table.update(|_| Table::bound(&catalog, &self.engine, bindings));
        self.examined = Examined::just_now();
        match is_first {
            true => tracing::info!(methods, refused, "the catalog is bound to its database"),
            false => tracing::info!(methods, refused, "the changed catalog is served"),
        }
        self.catalog = catalog.clone();
        // Of the first catalog that is no news.
        self.catalogs.served.send_if_modified(|known| {
            let before = std::mem::replace(known, catalog);
            !Arc::ptr_eq(&before, known)
        });
    }
}

/// Waits for a newer value; where nobody can send one any more, for ever.
async fn newer<T>(values: &mut watch::Receiver<T>) {
    if values.changed().await.is_err() {
        std::future::pending().await
    }
}
