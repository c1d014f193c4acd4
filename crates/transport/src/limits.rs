//! What a server allows its clients.

use std::time::Duration;

use hyper::server::conn::http1::Builder;
use hyper_util::rt::TokioTimer;

/// hyper refuses a smaller read buffer for HTTP/1.1.
const SMALLEST_HTTP1_BUFFER: usize = 8 * 1024;

/// What [`serve`](crate::serve) allows. The defaults suit a service behind a gateway and the gateway itself.
#[derive(Debug, Clone)]
pub struct ServeLimits {
    /// Connections open at once; at the limit, accepting waits until one closes. Default 16,384.
    pub max_connections: usize,
    /// Requests in flight on one HTTP/2 connection (SETTINGS_MAX_CONCURRENT_STREAMS). Default 1,024.
    pub max_concurrent_streams: u32,
    /// Bytes of one request's headers, as RFC 9113 section 6.5.2 counts them; on HTTP/1.1 the read buffer's size,
    /// at least 8 KiB. Default 16 KiB.
    pub max_header_list_size: u32,
    /// The longest a connection may take to say its protocol, and an HTTP/1.1 request to send its headers. An idle
    /// HTTP/1.1 connection is closed after it too. Default 30 s.
    pub header_read_timeout: Duration,
    /// An HTTP/2 connection is pinged as often. Default 30 s.
    pub keepalive_interval: Duration,
    /// A connection that leaves a ping unanswered this long is closed. Default 10 s.
    pub keepalive_timeout: Duration,
    /// On shutdown, the longest that running requests may take to finish; then they are dropped. Default 10 s.
    pub drain: Duration,
}

impl Default for ServeLimits {
    fn default() -> Self {
        Self {
            max_connections: 16_384,
            max_concurrent_streams: 1_024,
            max_header_list_size: 16 * 1024,
            header_read_timeout: Duration::from_secs(30),
            keepalive_interval: Duration::from_secs(30),
            keepalive_timeout: Duration::from_secs(10),
            drain: Duration::from_secs(10),
        }
    }
}

impl ServeLimits {
    /// What serves HTTP/1.1.
    pub(crate) fn http1(&self) -> Builder {
        let mut builder = Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(self.header_read_timeout)
            .max_buf_size((self.max_header_list_size as usize).max(SMALLEST_HTTP1_BUFFER));
        builder
    }
}
