//! One HTTP/2 connection of a client: it is opened once for all who wait for it, and driven by a task of
//! its own until it is idle, lost, or nobody holds it any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use http::Uri;
use http::uri::Authority;
use hyper_util::rt::TokioIo;
use meanwhile_http2::{Config, Session};
use tokio::sync::oneshot;
use tokio::time::sleep;
use tower::Service;

use crate::connect::Connector;
use crate::http2::carrier::Carrier;
use crate::http2::lost;
use crate::http2::stream::Opener;
use crate::{CONNECTION_WINDOW, Cause, ClientConfig, STREAM_WINDOW};

/// How often within the idle time a connection is looked at.
const LOOKS: u32 = 4;

/// A connection, or one that is being opened.
pub(crate) struct Connection {
    authority: Authority,
    sender: Shared<BoxFuture<'static, Result<Opener, Cause>>>,
    load: Arc<Load>,
}

impl Connection {
    /// Opens one to that URL's host, with a place for the request that asks for it.
    pub(crate) fn open(uri: &Uri, connector: Connector, config: &ClientConfig) -> (Self, Place) {
        let load = Arc::<Load>::default();
        let place = load.place();
        let (opened, sender) = oneshot::channel();
        tokio::spawn(run(uri.clone(), connector, config.clone(), load.clone(), opened));
        let sender = sender.map(|opened| opened.unwrap_or_else(|_| Err(Cause::from("the connection ended"))));
        let authority = uri.authority().cloned().unwrap_or_else(|| Authority::from_static("localhost"));
        (Self { authority, sender: sender.boxed().shared(), load }, place)
    }

    pub(crate) fn is_to(&self, authority: Option<&Authority>) -> bool {
        Some(&self.authority) == authority
    }

    pub(crate) fn load(&self) -> &Arc<Load> {
        &self.load
    }

    /// What opens requests, as soon as the connection stands.
    pub(crate) fn sender(&self) -> Shared<impl Future<Output = Result<Opener, Cause>> + use<>> {
        self.sender.clone()
    }
}

/// How many requests are in flight on a connection, and whether it takes more.
#[derive(Debug, Default)]
pub(crate) struct Load {
    /// In its highest bit: it takes no more.
    in_flight: AtomicUsize,
    taken: AtomicUsize,
}

const CLOSED: usize = 1 << (usize::BITS - 1);

impl Load {
    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed) & !CLOSED
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.in_flight.load(Ordering::Acquire) & CLOSED != 0
    }

    pub(crate) fn close(&self) {
        self.in_flight.fetch_or(CLOSED, Ordering::AcqRel);
    }

    /// A place for one request; none on a connection that takes no more. One that is idle closes only while nobody has a
    /// place, so that no request is given to a connection that is about to go.
    pub(crate) fn take(self: &Arc<Self>) -> Option<Place> {
        let place = self.place();
        (!self.is_closed()).then_some(place)
    }

    fn place(self: &Arc<Self>) -> Place {
        self.in_flight.fetch_add(1, Ordering::AcqRel);
        self.taken.fetch_add(1, Ordering::Relaxed);
        Place(self.clone())
    }

    /// Ends when nothing was in flight for that long; nothing is taken from then on.
    async fn idle(&self, timeout: Duration) {
        let (mut taken, mut looks) = (0, 0);
        while looks < LOOKS {
            sleep(timeout / LOOKS).await;
            let now = self.taken.load(Ordering::Relaxed);
            let is_idle = now == taken && self.in_flight() == 0;
            (taken, looks) = (now, if is_idle { looks + 1 } else { 0 });
            if looks == LOOKS
                && self.in_flight.compare_exchange(0, CLOSED, Ordering::AcqRel, Ordering::Relaxed).is_err()
            {
                looks = 0;
            }
        }
    }
}

/// A request's place on a connection.
#[derive(Debug)]
pub(crate) struct Place(Arc<Load>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Whatever ends the task, the connection takes no more.
struct Close(Arc<Load>);

impl Drop for Close {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Opens the connection and drives it to its end.
async fn run(
    uri: Uri,
    mut connector: Connector,
    config: ClientConfig,
    load: Arc<Load>,
    opened: oneshot::Sender<Result<Opener, Cause>>,
) {
    let close = Close(load);
    let mut carrier = match connector.call(uri).await {
        Ok(socket) => Carrier::new(TokioIo::new(socket), Session::client(session(&config))),
        Err(error) => {
            // Whoever comes next shall not wait for this one.
            drop(close);
            let _ = opened.send(Err(Cause::new(error)));
            return;
        }
    };
    let session = carrier.session().clone();
    // Nobody may wait for it any more; then it ends by itself.
    let _ = opened.send(Ok(Opener::new(session.clone())));
    tokio::select! {
        ended = carrier.carry() => if let Err(error) = ended {
            tracing::debug!(%error, "connection ended");
        },
        () = lost(&session, config.keepalive_interval, config.keepalive_timeout) => {
            tracing::debug!("connection lost: the peer leaves pings unanswered");
        }
        () = close.0.idle(config.idle_timeout) => {}
    }
}

fn session(config: &ClientConfig) -> Config {
    Config {
        stream_window: STREAM_WINDOW,
        connection_window: CONNECTION_WINDOW,
        // No server opens any.
        max_streams: 0,
        max_header_list: config.max_header_list_size,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_idle_connection_closes_and_nobody_gets_a_place_on_it() {
        let load = Arc::<Load>::default();
        drop(load.take());
        load.idle(Duration::from_secs(20)).await;
        assert!(load.is_closed() && load.take().is_none());
        assert_eq!(load.in_flight(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn one_with_a_request_in_flight_is_not_idle() {
        let load = Arc::<Load>::default();
        let place = load.take();
        let idle = load.idle(Duration::from_secs(20));
        assert!(tokio::time::timeout(Duration::from_secs(3_600), idle).await.is_err());
        assert!(place.is_some() && load.take().is_some());
    }
}
