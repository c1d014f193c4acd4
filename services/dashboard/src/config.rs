//! What the dashboard is told.

use http::Uri;
use meanwhile_transport::ServeLimits;

use crate::jaeger_api::JaegerApi;
use crate::scenarios::Scenarios;
use crate::watching::Waits;

/// What spans may take, where nobody says: 1 GiB.
const MAX_BYTES: usize = 1 << 30;

/// Where Jaeger's page is, where nobody says.
const JAEGER: &str = "http://127.0.0.1:16686";

/// The largest body or message that is read, packed.
pub(crate) const MAX_BODY: usize = 16 << 20;

/// The most that a packed body may unpack to.
pub(crate) const MAX_UNPACKED: usize = 64 << 20;

/// What the dashboard is told.
#[derive(Debug, Clone)]
pub struct Config {
    /// What spans may take in memory, in bytes. The oldest are dropped.
    pub max_bytes: usize,
    /// Names that it is called by, besides `localhost` and addresses: a request for another is refused, as is one from a
    /// web page of another.
    pub hosts: Vec<String>,
    /// Where Jaeger's page is: the page links to traces there.
    pub jaeger: String,
    /// Where Jaeger takes spans, an OTLP/gRPC endpoint: windows can be sent there.
    pub jaeger_otlp: Option<Uri>,
    /// Whose traces are read, besides the spans that are sent.
    pub reads: Option<JaegerApi>,
    /// The spans that are sent come from a sampler that kept one request in so many, and do not tell of it themselves; 1 where
    /// they are whole.
    pub sampled_one_in: u32,
    /// Calls in flight, of those who tell of them.
    pub waits: Waits,
    /// What can be sent from the page, and whom to tell.
    pub scenarios: Option<Scenarios>,
    /// What clients may do.
    pub limits: ServeLimits,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            max_bytes: MAX_BYTES,
            hosts: Vec::new(),
            jaeger: JAEGER.to_owned(),
            jaeger_otlp: None,
            reads: None,
            sampled_one_in: 1,
            waits: Waits::default(),
            scenarios: None,
            limits: ServeLimits::default(),
        }
    }
}
