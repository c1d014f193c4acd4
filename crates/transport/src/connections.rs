//! The HTTP/2 connections of one client, each a hyper client of its own, and how requests are dealt to them.
//!
//! A peer should allow at least 100 streams a connection (RFC 9113 section 5.1.2), so each takes that many before
//! another is opened: then no request waits in a queue of ours that nobody sees.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use hyper_util::client::legacy;
use tokio::sync::OwnedSemaphorePermit;

use crate::connect::Connector;

/// Requests in flight on a connection at which another is opened.
pub(crate) const STREAMS: usize = 100;

/// Counts a request as in flight, on the client and on its connection, until it is dropped.
#[derive(Debug)]
pub(crate) struct InFlight {
    pub(crate) _permit: OwnedSemaphorePermit,
    pub(crate) _stream: Option<Stream>,
}

/// One request's place on a connection.
#[derive(Debug)]
pub(crate) struct Stream(Arc<AtomicUsize>);

impl Drop for Stream {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

struct Connection<B> {
    client: legacy::Client<Connector, B>,
    in_flight: Arc<AtomicUsize>,
}

impl<B> Connection<B> {
    fn load(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    fn take(&self) -> (legacy::Client<Connector, B>, Stream) {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        (self.client.clone(), Stream(self.in_flight.clone()))
    }
}

/// Connections that grow and shrink with the requests in flight.
pub(crate) struct Connections<B> {
    open: Mutex<Vec<Connection<B>>>,
    most: usize,
    connect: Box<dyn Fn() -> legacy::Client<Connector, B> + Send + Sync>,
}

impl<B> Connections<B> {
    pub(crate) fn new(
        max_in_flight: usize,
        connect: impl Fn() -> legacy::Client<Connector, B> + Send + Sync + 'static,
    ) -> Self {
        let most = max_in_flight.div_ceil(STREAMS);
        Self { open: Mutex::default(), most, connect: Box::new(connect) }
    }

    /// A place on the least loaded connection, or on a new one where all are full.
    pub(crate) fn take(&self) -> (legacy::Client<Connector, B>, Stream) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        close_one_idle(&mut open);
        let full = open.len() >= self.most;
        let least = open.iter().min_by_key(|connection| connection.load());
        if let Some(least) = least.filter(|least| full || least.load() < STREAMS) {
            return least.take();
        }
        let connection = Connection { client: (self.connect)(), in_flight: Arc::default() };
        let taken = connection.take();
        open.push(connection);
        taken
    }
}

/// After a burst, many connections with few requests each would cost a system call a frame. One is closed at a time,
/// and only where the rest would be half empty, so that a steady load opens and closes none.
fn close_one_idle<B>(open: &mut Vec<Connection<B>>) {
    let total: usize = open.iter().map(Connection::load).sum();
    if open.len() > 1
        && total < (open.len() - 1) * STREAMS / 2
        && let Some(idle) = open.iter().rposition(|connection| connection.load() == 0)
    {
        open.swap_remove(idle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    use bytes::Bytes;
    use http_body_util::Empty;
    use hyper_util::rt::TokioExecutor;

    fn connections(max_in_flight: usize) -> Connections<Empty<Bytes>> {
        let connector = Connector::new(Duration::from_secs(1));
        Connections::new(max_in_flight, move || {
            legacy::Client::builder(TokioExecutor::new()).build(connector.clone())
        })
    }

    fn take(connections: &Connections<Empty<Bytes>>, requests: usize) -> Vec<Stream> {
        (0..requests).map(|_| connections.take().1).collect()
    }

    fn loads(connections: &Connections<Empty<Bytes>>) -> Vec<usize> {
        connections.open.lock().unwrap().iter().map(Connection::load).collect()
    }

    #[test]
    fn a_connection_is_opened_when_all_are_full() {
        let connections = connections(1_000);
        let _hundred = take(&connections, STREAMS);
        assert_eq!(loads(&connections), [100]);
        let _one_more = take(&connections, 1);
        assert_eq!(loads(&connections), [100, 1]);
    }

    #[test]
    fn the_least_loaded_connection_comes_first() {
        let connections = connections(1_000);
        let mut streams = take(&connections, 2 * STREAMS);
        streams.truncate(STREAMS / 2);
        let _next = take(&connections, 3);
        assert_eq!(loads(&connections), [50, 3]);
    }

    #[test]
    fn at_the_limit_the_least_loaded_takes_more() {
        let connections = connections(200);
        let _streams = take(&connections, 204);
        assert_eq!(loads(&connections), [102, 102]);
    }

    #[test]
    fn idle_connections_are_closed_after_a_burst() {
        let connections = connections(1_000);
        drop(take(&connections, 1_000));
        (0..20).for_each(|_| drop(take(&connections, 1)));
        assert_eq!(loads(&connections), [0]);
    }
}
