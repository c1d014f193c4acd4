//! What the dashboard is told.

use meanwhile_transport::ServeLimits;

/// What spans may take, where nobody says: 1 GiB.
const MAX_BYTES: usize = 1 << 30;

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
    /// What clients may do.
    pub limits: ServeLimits,
}

impl Default for Config {
    fn default() -> Self {
        Self { max_bytes: MAX_BYTES, hosts: Vec::new(), limits: ServeLimits::default() }
    }
}
