//! The HTTP/2 connections of one client, and how requests are dealt to them.
//!
//! A peer should allow at least 100 streams a connection (RFC 9113 section 5.1.2), so each takes that many before
//! another is opened: then no request waits in a queue of ours that nobody sees.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::FutureExt;
use http::{Request, Response, Uri};
use http_body::Body;
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::task::AbortOnDropHandle;

use crate::connect::Connector;
use crate::connection::{Connection, Place};
use crate::http2::stream::Receiver;
use crate::sending::Sending;
use crate::{Cause, ClientConfig, SendError};

/// Requests in flight on a connection at which another is opened.
const STREAMS: usize = 100;

/// A connection may close between the choice of it and the request. So many are tried.
const TRIES: usize = 3;

/// Counts a request as in flight, on the client and on its connection, until it is dropped.
#[derive(Debug)]
pub(crate) struct InFlight {
    pub(crate) _permit: OwnedSemaphorePermit,
    pub(crate) _place: Option<Place>,
    /// Sends what is left of the request's body.
    pub(crate) _sending: Option<AbortOnDropHandle<()>>,
}

/// Connections that grow and shrink with the requests in flight.
pub(crate) struct Connections {
    open: Mutex<Vec<Arc<Connection>>>,
    most: usize,
    connector: Connector,
    config: ClientConfig,
}

impl Connections {
    pub(crate) fn new(connector: Connector, config: ClientConfig) -> Self {
        Self { open: Mutex::default(), most: config.max_in_flight.div_ceil(STREAMS), connector, config }
    }

    /// Sends the request and waits for the response's headers. The body goes on from a task of its own only where it
    /// is not there at once.
    pub(crate) async fn send<B>(
        &self,
        mut head: Request<()>,
        body: B,
    ) -> Result<(Response<Receiver>, Place, Option<AbortOnDropHandle<()>>), SendError>
    where
        B: Body<Data = Bytes> + Send + Unpin + 'static,
    {
        let is_empty = body.is_end_stream();
        for _ in 0..TRIES {
            let (connection, place) = self.take(head.uri());
            let sender = connection.sender().await.map_err(SendError::NotSent)?;
            let Ok((sender, receiver)) = sender.open(|| std::mem::take(&mut head), is_empty).await else {
                connection.load().close();
                continue;
            };
            let sending = if is_empty { None } else { go_on(Sending::new(body, sender)) };
            return Ok((receiver.response().await?, place, sending));
        }
        Err(SendError::NotSent(Cause::from("connections close as soon as they are open")))
    }

    /// A place on the least loaded connection, or on a new one where all are full.
    fn take(&self, uri: &Uri) -> (Arc<Connection>, Place) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|connection| !connection.load().is_closed());
        close_one_idle(&mut open);
        let full = open.len() >= self.most;
        let those = open.iter().filter(|connection| connection.is_to(uri.authority()));
        let least = those.min_by_key(|connection| connection.load().in_flight());
        let least = least.filter(|least| full || least.load().in_flight() < STREAMS);
        if let Some((least, place)) = least.and_then(|least| Some((least.clone(), least.load().take()?))) {
            return (least, place);
        }
        let (connection, place) = Connection::open(uri, self.connector.clone(), &self.config);
        let connection = Arc::new(connection);
        open.push(connection.clone());
        (connection, place)
    }
}

/// Sends what is there of the body; the rest is sent by a task.
fn go_on<B>(mut sending: Sending<B>) -> Option<AbortOnDropHandle<()>>
where
    B: Body<Data = Bytes> + Send + Unpin + 'static,
{
    let is_sent = (&mut sending).now_or_never().is_some();
    (!is_sent).then(|| AbortOnDropHandle::new(tokio::spawn(sending)))
}

/// After a burst, many connections with few requests each would cost a system call a frame. One is closed at a time,
/// and only where the rest would be half empty, so that a steady load opens and closes none.
fn close_one_idle(open: &mut Vec<Arc<Connection>>) {
    let load = |connection: &Arc<Connection>| connection.load().in_flight();
    let total: usize = open.iter().map(load).sum();
    if open.len() > 1
        && total < (open.len() - 1) * STREAMS / 2
        && let Some(idle) = open.iter().rposition(|connection| load(connection) == 0)
    {
        open.swap_remove(idle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    use crate::Protocol;

    fn connections(max_in_flight: usize) -> Connections {
        let mut config = ClientConfig::new(Protocol::H2c);
        config.max_in_flight = max_in_flight;
        Connections::new(Connector::new(Duration::from_secs(1), None), config)
    }

    /// Of an address that nobody answers at (RFC 5737): what is opened there stays as it is.
    fn take(connections: &Connections, requests: usize) -> Vec<Place> {
        let uri = Uri::from_static("http://192.0.2.1:1/");
        (0..requests).map(|_| connections.take(&uri).1).collect()
    }

    fn loads(connections: &Connections) -> Vec<usize> {
        connections.open.lock().unwrap().iter().map(|connection| connection.load().in_flight()).collect()
    }

    #[tokio::test]
    async fn a_connection_is_opened_when_all_are_full() {
        let connections = connections(1_000);
        let _hundred = take(&connections, STREAMS);
        assert_eq!(loads(&connections), [100]);
        let _one_more = take(&connections, 1);
        assert_eq!(loads(&connections), [100, 1]);
    }

    #[tokio::test]
    async fn the_least_loaded_connection_comes_first() {
        let connections = connections(1_000);
        let mut streams = take(&connections, 2 * STREAMS);
        streams.truncate(STREAMS / 2);
        let _next = take(&connections, 3);
        assert_eq!(loads(&connections), [50, 3]);
    }

    #[tokio::test]
    async fn at_the_limit_the_least_loaded_takes_more() {
        let connections = connections(200);
        let _streams = take(&connections, 204);
        assert_eq!(loads(&connections), [102, 102]);
    }

    #[tokio::test]
    async fn idle_connections_are_closed_after_a_burst() {
        let connections = connections(1_000);
        drop(take(&connections, 1_000));
        (0..20).for_each(|_| drop(take(&connections, 1)));
        assert_eq!(loads(&connections), [0]);
    }
}
