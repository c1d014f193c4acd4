//! What the gateway is told, as plain data, and why it could not start.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use meanwhile_telemetry::Tracer;
use meanwhile_transport::{ClientConfig, Protocol, ServeLimits};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::Contract;

/// The gateway's configuration.
#[derive(Debug)]
pub struct Config {
    /// The data service: `http://host:port`, spoken to in HTTP/2 with prior knowledge.
    pub data_url: Uri,
    /// What it serves: the newest.
    pub contracts: watch::Receiver<Arc<Contract>>,
    /// What makes its request spans.
    pub tracer: Tracer,
    /// True for the synchronous server, the before-picture: a call is forwarded when the one before has been answered.
    pub one_at_a_time: bool,
    /// With `one_at_a_time`, how many calls may wait for their turn; one more is RESOURCE_EXHAUSTED. Default 1,000.
    pub max_waiting: usize,
    /// Whether the data service is told which client a call is of, for its turns. Default true.
    pub fair: bool,
    /// The longest a call may take whose method does not say `timeout`, also where the client asks for more or for
    /// nothing. Default 60 s.
    pub default_timeout: Duration,
    /// What clients may do, and how long draining may take; for both listeners.
    pub limits: ServeLimits,
    /// How the data service is connected to.
    pub client: ClientConfig,
}

impl Config {
    /// The defaults for that data service and those contracts.
    pub fn new(data_url: Uri, contracts: watch::Receiver<Arc<Contract>>, tracer: Tracer) -> Self {
        Self {
            data_url,
            contracts,
            tracer,
            one_at_a_time: false,
            max_waiting: 1_000,
            fair: true,
            default_timeout: Duration::from_secs(60),
            limits: ServeLimits::default(),
            client: ClientConfig::new(Protocol::H2c),
        }
    }
}

/// The sockets it serves on, bound by the caller.
#[derive(Debug)]
pub struct Listeners {
    /// For clients: the catalog's services, reflection, and health.
    pub public: TcpListener,
    /// For probes: health alone, plain HTTP/2, up to the end of draining.
    pub admin: TcpListener,
}

/// Why the gateway could not start, or had to end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The data service's URL lacks what is needed to call it, or has more. It is not repeated: it may hold a secret.
    #[error("the data service's URL is not http://host:port")]
    DataUrl,
    /// A listener cannot be used.
    #[error("cannot accept connections: {0}")]
    Listener(#[from] io::Error),
}
