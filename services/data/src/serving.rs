//! What is served right now: each method with the plan that answers it, and the health that follows from it
//! (grpc.health.v1). It is replaced as a whole, and a call keeps what it began with. How it comes to be what it is, and
//! when it changes, is the keeper's affair.

mod keeper;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use meanwhile_catalog::{Catalog, Finding, Method, Source};
use meanwhile_health::{Current, HealthService, Status, Statuses};
use meanwhile_proto::errors::Reason;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tonic_health::pb::health_server::HealthServer;

use crate::bind::{Binding, Bindings, BoundMethod};
use crate::engine::Engine;
use crate::fault::Fault;

pub use keeper::{Catalogs, Keeper, Pace};

/// Failed calls that may lie ready for the keeper.
const SUSPECTS: usize = 64;

/// gRPC health, read off the table.
pub type Health = HealthServer<HealthService<Table>>;

/// A method as it is served, with what it runs on.
#[derive(Debug)]
pub struct Served {
    /// `pkg.Service/Method`.
    pub name: Arc<str>,
    /// True where its reply is a stream.
    pub streams: bool,
    /// The longest a call may take, where the contract says so.
    pub timeout: Option<Duration>,
    /// The database, and the web services of its catalog.
    pub engine: Arc<Engine>,
    needs_database: bool,
    /// None before the catalog was bound for the first time.
    binding: Option<Binding>,
}

impl Served {
    fn new(method: &Method, engine: &Arc<Engine>, binding: Option<Binding>) -> Self {
        Self {
            name: method.full_name().into(),
            streams: method.descriptor.is_server_streaming(),
            timeout: method.timeout,
            engine: engine.clone(),
            needs_database: method.parts.iter().any(|part| matches!(part.source, Source::Sql(_))),
            binding,
        }
    }

    /// What answers it.
    ///
    /// # Errors
    /// DATABASE_UNREACHABLE before the first binding, METHOD_BROKEN where it does not fit the database.
    pub fn method(&self) -> Result<&Arc<BoundMethod>, Fault> {
        match &self.binding {
            Some(Ok(method)) => Ok(method),
            Some(Err(findings)) => Err(broken(findings)),
            None => Err(Fault::new(Reason::DatabaseUnreachable, "the database cannot be reached yet")),
        }
    }

    fn refusal(&self) -> Option<&[Finding]> {
        self.binding.as_ref()?.as_ref().err().map(Vec::as_slice)
    }
}

fn broken(findings: &[Finding]) -> Fault {
    let fault = Fault::new(
        Reason::MethodBroken,
        "the method's statement does not fit the database; run meanwhile check",
    );
    findings.iter().fold(fault, |fault, finding| fault.detail(finding))
}

/// How far the service as a whole is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Nothing was bound yet.
    Waiting,
    Serving,
    /// Bound, and the database has gone since.
    Alone,
    Stopping,
}

/// Everything that is served.
#[derive(Debug)]
pub struct Table {
    methods: HashMap<String, Arc<Served>>,
    phase: Phase,
    statuses: BTreeMap<String, Status>,
}

impl Table {
    fn new(methods: HashMap<String, Arc<Served>>, phase: Phase) -> Self {
        let statuses = statuses(&methods, phase);
        Self { methods, phase, statuses }
    }

    /// A catalog's methods before they are bound.
    fn waiting(catalog: &Catalog, engine: &Arc<Engine>) -> Self {
        let served = |method: &Method| (method.path.clone(), Arc::new(Served::new(method, engine, None)));
        Self::new(catalog.methods.iter().map(served).collect(), Phase::Waiting)
    }

    /// A catalog's methods, bound.
    fn bound(catalog: &Catalog, engine: &Arc<Engine>, mut bindings: Bindings) -> Self {
        let served = |method: &Method| {
            let binding = bindings.remove(&method.path);
            (method.path.clone(), Arc::new(Served::new(method, engine, binding)))
        };
        Self::new(catalog.methods.iter().map(served).collect(), Phase::Serving)
    }

    fn in_phase(&self, phase: Phase) -> Self {
        Self::new(self.methods.clone(), phase)
    }

    /// The same with other plans for some methods, by path.
    fn with(&self, other: impl IntoIterator<Item = (String, Arc<Served>)>) -> Self {
        let mut methods = self.methods.clone();
        methods.extend(other);
        Self::new(methods, self.phase)
    }
}

impl Statuses for Table {
    fn status(&self, name: &str) -> Option<Status> {
        self.statuses.get(name).copied()
    }
}

/// The process itself stays ready when its database goes: its calls then say so, better than no one would. A service is
/// served while any of its methods is, and while the database is there that one of them needs.
fn statuses(methods: &HashMap<String, Arc<Served>>, phase: Phase) -> BTreeMap<String, Status> {
    let mut services: BTreeMap<&str, (bool, bool)> = BTreeMap::new();
    let mut serving = BTreeMap::from([(String::new(), matches!(phase, Phase::Serving | Phase::Alone))]);
    for served in methods.values() {
        let is_bound = matches!(served.binding, Some(Ok(_))) && phase != Phase::Stopping;
        let has_all = phase == Phase::Serving || !served.needs_database;
        serving.insert(served.name.to_string(), is_bound && has_all);
        let service = served.name.split('/').next().unwrap_or_default();
        let (any_is_bound, have_all) = services.entry(service).or_insert((false, true));
        *any_is_bound |= is_bound;
        *have_all &= has_all;
    }
    serving.extend(services.into_iter().map(|(name, (bound, all))| (name.to_owned(), bound && all)));
    let status = |serving| if serving { Status::Serving } else { Status::NotServing };
    serving.into_iter().map(|(name, serving)| (name, status(serving))).collect()
}

/// What is served, for who answers calls. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Serving {
    table: Arc<Current<Table>>,
    suspects: mpsc::Sender<(String, Fault)>,
}

impl Serving {
    /// The method of that path, as it is served now.
    pub fn get(&self, path: &str) -> Option<Arc<Served>> {
        self.table.load().methods.get(path).cloned()
    }

    /// Has the keeper look whether the method still fits the database, where a call's fault may come from that.
    pub fn tell(&self, served: &Served, fault: &Fault) {
        if matches!(fault.reason, Reason::MethodBroken | Reason::ReplyInvalid) {
            // Where the queue is full the next failing call tells it again.
            let _ = self.suspects.try_send((format!("/{}", served.name), fault.clone()));
        }
    }

    /// Its health. Watches end with `end`.
    pub fn health(&self, end: CancellationToken) -> Health {
        HealthService::new(self.table.clone(), end).server()
    }
}

#[cfg(test)]
mod tests;
