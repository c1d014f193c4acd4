//! The service's life: bind, serve, drain.

use std::time::Duration;

use meanwhile_catalog::Findings;
use meanwhile_transport::{ServeLimits, serve};
use tokio_util::sync::CancellationToken;
use tower::service_fn;

use crate::config::{Config, Listeners};
use crate::database::{Database, UrlError};
use crate::engine::Engine;
use crate::front::Front;
use crate::once;
use crate::serving::{Catalogs, Keeper, Pace};
use crate::upstream::{UpstreamError, Upstreams};

/// How long the database's connections may take to close.
const GOODBYE: Duration = Duration::from_secs(5);

/// Why the service ended, other than by being told to.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database's URL.
    #[error(transparent)]
    Database(#[from] UrlError),
    /// A web service's URL.
    #[error(transparent)]
    Upstream(#[from] UpstreamError),
    /// A listener failed.
    #[error("serving failed: {0}")]
    Serve(#[from] std::io::Error),
    /// With `strict`: methods that do not fit the database.
    #[error("methods do not fit the database:\n{0}")]
    Misfits(Findings),
}

/// Serves the newest catalog until `shutdown`, then drains. A database that is absent at start is waited for.
///
/// # Errors
/// See [`Error`].
pub async fn run(config: Config, listeners: Listeners, shutdown: CancellationToken) -> Result<(), Error> {
    let database = Database::new(&config.database)?;
    let upstreams = Upstreams::new(&config.catalogs.borrow(), &config.upstreams, config.upstream_latency)?;
    let engine = Engine {
        database: database.clone(),
        upstreams,
        one_at_a_time: config.one_at_a_time,
        max_reply: config.limits.max_reply,
    };
    let swept = config.catalogs.clone();
    let catalogs = Catalogs {
        wanted: config.catalogs,
        served: config.served,
        elsewhere: config.upstreams,
        strict: config.strict,
    };
    let (serving, keeper) = Keeper::new(catalogs, engine, Pace::default());
    // Watches hear that nothing is served any more, and end: they would hold up draining.
    let stopped = CancellationToken::new();
    let health = serving.health(stopped.clone());
    let limits = config.limits.clone();
    let in_flight = config.tracer.in_flight();
    let pool = config.database.pool;
    let (share, fair) = (config.share, config.fair);
    let front = Front::new(serving, config.tracer, limits, pool, share, fair, health.clone());

    // Ends with `shutdown`, and also when one of the three below fails.
    let stop = shutdown.child_token();
    let public = serve(
        listeners.public,
        service_fn({
            let front = front.clone();
            move |request| front.serve(request)
        }),
        config.limits.serve.clone(),
        stop.clone(),
    );
    let admin = async {
        match listeners.admin {
            Some(listener) => {
                let routes = in_flight.routes(stop.clone()).add_service(health);
                serve(listener, routes, ServeLimits::default(), stop.clone()).await
            }
            None => Ok(()),
        }
    };
    let keep = async {
        let kept = keeper.run(&stop).await;
        stopped.cancel();
        kept
    };
    let serving = async { tokio::join!(ending(public, &stop), ending(admin, &stop), ending(keep, &stop)) };
    let (results, ()) = tokio::join!(serving, once::keep_swept(&database, swept, &stop));

    let goodbye = async {
        front.finish().await;
        database.close().await;
    };
    if tokio::time::timeout(GOODBYE, goodbye).await.is_err() {
        tracing::warn!("database connections are left to the operating system");
    }
    results.0?;
    results.1?;
    results.2.map_err(|findings| {
        let mut all = Findings::default();
        all.extend(findings);
        Error::Misfits(all)
    })
}

/// Stops the others when this one failed.
async fn ending<T, E>(future: impl Future<Output = Result<T, E>>, stop: &CancellationToken) -> Result<T, E> {
    let result = future.await;
    if result.is_err() {
        stop.cancel();
    }
    result
}
