//! SIGINT and SIGTERM as a shutdown token.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// A token that the first SIGINT or SIGTERM cancels. The signals are caught from this call on; it needs a tokio
/// runtime. Where a signal cannot be caught that is logged, and it keeps its default effect.
pub fn shutdown_signal() -> CancellationToken {
    let token = CancellationToken::new();
    let interrupt = listen(SignalKind::interrupt());
    let terminate = listen(SignalKind::terminate());
    let shutdown = token.clone();
    tokio::spawn(async move {
        let name = tokio::select! {
            () = received(interrupt) => "SIGINT",
            () = received(terminate) => "SIGTERM",
            () = shutdown.cancelled() => return,
        };
        tracing::info!("{name}: shutting down");
        shutdown.cancel();
    });
    token
}

fn listen(kind: SignalKind) -> Option<Signal> {
    signal(kind).inspect_err(|error| tracing::error!(%error, ?kind, "cannot catch the signal")).ok()
}

async fn received(signal: Option<Signal>) {
    match signal {
        Some(mut signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}
