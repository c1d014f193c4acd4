//! HTTP/2 over sockets: a session and the task that carries its bytes, on either side.

pub(crate) mod carrier;
pub(crate) mod server;
pub(crate) mod stream;

use std::time::Duration;

use tokio::time::{interval_at, timeout};

use stream::Shared;

/// Ends when the peer leaves a ping unanswered.
pub(crate) async fn lost(session: &Shared, every: Duration, bound: Duration) {
    let mut ticks = interval_at(tokio::time::Instant::now() + every, every);
    loop {
        ticks.tick().await;
        session.lock().ping();
        if timeout(bound, std::future::poll_fn(|cx| session.lock().poll_pong(cx))).await.is_err() {
            return;
        }
    }
}
