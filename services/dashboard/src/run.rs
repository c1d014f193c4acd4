//! The dashboard's life: take, answer, drain.

use std::sync::Arc;

use meanwhile_transport::serve;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::from_jaeger::FromJaeger;
use crate::front::Front;
use crate::store::Store;

/// Why the dashboard ended without being asked to.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The listener cannot be used.
    #[error("the dashboard cannot accept connections: {0}")]
    Accept(#[from] std::io::Error),
}

/// Takes spans and tells of them until `shutdown`, then drains.
///
/// # Errors
/// Where the listener cannot be used.
pub async fn run(config: Config, listener: TcpListener, shutdown: CancellationToken) -> Result<(), Error> {
    let store = Arc::new(Store::new(config.max_bytes));
    let limits = config.limits.clone();
    let jaeger = config.reads.clone().map(|api| Arc::new(FromJaeger::new(api, store.clone())));
    let following = jaeger.clone().map(|jaeger| tokio::spawn(async move { jaeger.follow().await }));
    let served = serve(listener, Front::new(store, jaeger, config), limits, shutdown).await;
    following.inspect(|task| task.abort());
    served?;
    Ok(())
}
