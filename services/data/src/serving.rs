//! Whether the catalog is served right now, and why not: binding when the database is there, waiting when it is not,
//! and saying both in health (grpc.health.v1) and in the log.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use meanwhile_catalog::{Catalog, Finding};
use meanwhile_proto::errors::Reason;
use tokio_util::sync::CancellationToken;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use crate::bind::{Binding, Bindings, BoundMethod, bind};
use crate::database::Database;
use crate::fault::Fault;

/// The first wait before the database is tried again; it doubles up to [`LONGEST_RETRY`].
const FIRST_RETRY: Duration = Duration::from_millis(100);

/// The longest wait before the database is tried again.
const LONGEST_RETRY: Duration = Duration::from_secs(5);

/// How often a bound database is looked after.
const LOOK: Duration = Duration::from_secs(2);

/// The methods as they are served now. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Serving {
    bindings: Arc<RwLock<Option<Arc<Bindings>>>>,
    health: HealthReporter,
    services: Arc<BTreeSet<String>>,
}

impl Serving {
    /// Nothing is served yet.
    pub async fn new(catalog: &Catalog, health: HealthReporter) -> Self {
        let service =
            |method: &meanwhile_catalog::Method| method.descriptor.parent_service().full_name().to_owned();
        let services: BTreeSet<String> = catalog.methods.iter().map(service).collect();
        let this = Self { bindings: Arc::default(), health, services: Arc::new(services) };
        this.health.set_service_status("", ServingStatus::NotServing).await;
        this.tell_services(ServingStatus::NotServing).await;
        this
    }

    /// The method that answers calls of `path`.
    ///
    /// # Errors
    /// DATABASE_UNREACHABLE before the first binding, METHOD_BROKEN for one that does not fit the database.
    pub fn method(&self, path: &str) -> Result<Arc<BoundMethod>, Fault> {
        let bindings = self.bindings.read().unwrap_or_else(PoisonError::into_inner).clone();
        let bindings = bindings
            .ok_or_else(|| Fault::new(Reason::DatabaseUnreachable, "the database cannot be reached yet"))?;
        match bindings.get(path) {
            Some(Ok(method)) => Ok(method.clone()),
            Some(Err(findings)) => Err(broken(findings)),
            None => Err(Fault::new(Reason::MethodUnknown, "the catalog has no such method")),
        }
    }

    /// Binds the catalog as soon as the database is there, then looks after it until `shutdown`. With `strict` a
    /// method that does not fit is an error.
    ///
    /// # Errors
    /// The findings, with `strict`.
    pub async fn keep(
        &self,
        catalog: &Catalog,
        database: &Database,
        strict: bool,
        shutdown: &CancellationToken,
    ) -> Result<(), Vec<Finding>> {
        let Some(bindings) = shutdown.run_until_cancelled(bind_when_there(catalog, database)).await else {
            return Ok(());
        };
        let findings = self.serve(bindings).await;
        if strict && !findings.is_empty() {
            return Err(findings);
        }
        shutdown.run_until_cancelled(self.look_after(database)).await;
        self.health.set_service_status("", ServingStatus::NotServing).await;
        self.tell_services(ServingStatus::NotServing).await;
        Ok(())
    }

    async fn serve(&self, bindings: Bindings) -> Vec<Finding> {
        let mut all = Vec::new();
        for (path, binding) in &bindings {
            let served = binding.is_ok();
            if let Err(findings) = binding {
                for finding in findings {
                    tracing::error!(method = &path[1..], %finding, mend = finding.mend, "the method is refused");
                }
                all.extend(findings.iter().cloned());
            }
            self.health.set_service_status(&path[1..], serving_status(served)).await;
        }
        let served = bindings.values().filter(|binding| binding.is_ok()).count();
        tracing::info!(
            methods = served,
            refused = bindings.len() - served,
            "the catalog is bound to its database"
        );
        *self.bindings.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(bindings));
        // The process itself stays ready when its database goes: its calls then say so, better than no one would.
        self.health.set_service_status("", ServingStatus::Serving).await;
        self.tell_services(ServingStatus::Serving).await;
        all
    }

    /// Says in health when the database goes and comes back. Calls find out by themselves.
    async fn look_after(&self, database: &Database) {
        let mut was_there = true;
        loop {
            tokio::time::sleep(LOOK).await;
            // A look that takes too long, or finds no place to wait, means a busy pool: a busy database is there.
            let look = match tokio::time::timeout(LOOK, database.ping()).await {
                Err(_) => continue,
                Ok(Err(fault)) if fault.reason == Reason::Overloaded => continue,
                Ok(look) => look,
            };
            if look.is_ok() != was_there {
                was_there = look.is_ok();
                match look {
                    Ok(()) => tracing::info!("the database is back"),
                    Err(fault) => tracing::error!(%fault, "the database is gone"),
                }
                self.tell_services(serving_status(was_there)).await;
            }
        }
    }

    /// A service is served while any of its methods is.
    async fn tell_services(&self, status: ServingStatus) {
        for service in self.services.iter() {
            let status = if self.serves_any(service) { status } else { ServingStatus::NotServing };
            self.health.set_service_status(service, status).await;
        }
    }

    fn serves_any(&self, service: &str) -> bool {
        let bindings = self.bindings.read().unwrap_or_else(PoisonError::into_inner);
        let of_service = |path: &str| path[1..].rsplit_once('/').is_some_and(|(name, _)| name == service);
        let serves = |(path, binding): (&String, &Binding)| of_service(path) && binding.is_ok();
        bindings.as_ref().is_some_and(|bindings| bindings.iter().any(serves))
    }
}

fn serving_status(is_served: bool) -> ServingStatus {
    if is_served { ServingStatus::Serving } else { ServingStatus::NotServing }
}

fn broken(findings: &[Finding]) -> Fault {
    let fault = Fault::new(
        Reason::MethodBroken,
        "the method's statement does not fit the database; run meanwhile check",
    );
    findings.iter().fold(fault, |fault, finding| fault.detail(finding))
}

async fn bind_when_there(catalog: &Catalog, database: &Database) -> Bindings {
    let mut retry = FIRST_RETRY;
    loop {
        match bind(catalog, database).await {
            Ok(bindings) => {
                database.warm().await;
                return bindings;
            }
            Err(fault) => {
                if retry == FIRST_RETRY {
                    tracing::warn!(%fault, "waiting for the database");
                }
                tokio::time::sleep(retry).await;
                retry = (retry * 2).min(LONGEST_RETRY);
            }
        }
    }
}
