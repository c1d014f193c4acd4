//! What the data service is told at start: plain data, checked by whoever parsed it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use meanwhile_catalog::Catalog;
use meanwhile_telemetry::Tracer;
use meanwhile_transport::ServeLimits;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::database::DatabaseConfig;

/// The data service's configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// The catalogs it serves, one after the other: the newest as soon as it is bound to the database.
    pub catalogs: watch::Receiver<Arc<Catalog>>,
    /// Where it says which of them it serves; the first one is in there.
    pub served: watch::Sender<Arc<Catalog>>,
    /// The database it serves it over.
    pub database: DatabaseConfig,
    /// Web services that are elsewhere than the catalog says, by name.
    pub upstreams: BTreeMap<String, String>,
    /// A stated delay that is added to each web call.
    pub upstream_latency: Option<Duration>,
    /// True: a composite's parts run one after the other.
    pub one_at_a_time: bool,
    /// True: equal reads that are under way at the same time are one.
    pub share: bool,
    /// True: a connection that sends many calls keeps those of another waiting no longer than their turn.
    pub fair: bool,
    /// True: no method that does not fit the database is refused alone. At start it ends the service; a later catalog
    /// that has one is not served.
    pub strict: bool,
    /// Where its spans go.
    pub tracer: Tracer,
    /// What it allows its clients.
    pub limits: Limits,
}

/// What the data service allows its clients.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of one request message. Default 4 MiB.
    pub max_request: usize,
    /// Bytes of one reply message. Default 64 MiB.
    pub max_reply: usize,
    /// The longest a call may take where neither client nor contract says. Default 60 s.
    pub timeout: Duration,
    /// Connections and streams.
    pub serve: ServeLimits,
}

impl Default for Limits {
    fn default() -> Self {
        // One gateway brings many clients' calls on few connections.
        let serve = ServeLimits { max_concurrent_streams: 4_096, ..ServeLimits::default() };
        Self { max_request: 4 << 20, max_reply: 64 << 20, timeout: Duration::from_secs(60), serve }
    }
}

/// Where the data service listens.
#[derive(Debug)]
pub struct Listeners {
    /// For gateways.
    pub public: TcpListener,
    /// For probes, where there are any.
    pub admin: Option<TcpListener>,
}
