//! The gateway as a whole: built, served, drained.

use std::collections::HashMap;
use std::sync::Arc;

use meanwhile_transport::serve;
use tokio_util::sync::CancellationToken;

use crate::edge::Edge;
use crate::forward::{Forwarder, Method};
use crate::health::Health;
use crate::reflection::{Descriptors, ReflectionServer};
use crate::turns::Turns;
use crate::upstream::Upstream;
use crate::{Config, Contract, Error, Listeners};

/// Serves clients and probes until `shutdown`, then drains: probes hear NOT_SERVING while running calls get
/// `limits.drain` to finish. The data service need not be there, neither now nor later.
///
/// # Errors
/// A configuration that cannot be served; at any later time, a listener that cannot be used.
pub async fn run(config: Config, listeners: Listeners, shutdown: CancellationToken) -> Result<(), Error> {
    let limits = config.limits.clone();
    let upstream = Upstream::new(&config.data_url, config.client.clone())?;
    let health = Health::new(config.contract.services()).await;
    let mut mirrors = health.mirror(&upstream)?;
    let edge = edge(config, &upstream, &health, shutdown.clone())?;

    let drained = CancellationToken::new();
    let admin = serve(listeners.admin, health.admin(), limits.clone(), drained.clone());
    let public = async {
        let closing = async {
            shutdown.cancelled().await;
            mirrors.shutdown().await;
            health.drain().await;
            Ok(())
        };
        let served = tokio::try_join!(serve(listeners.public, edge, limits, shutdown.clone()), closing);
        health.end().await;
        drained.cancel();
        served
    };
    tokio::try_join!(admin, public)?;
    Ok(())
}

fn edge(
    config: Config,
    upstream: &Upstream,
    health: &Health,
    shutdown: CancellationToken,
) -> Result<Edge, Error> {
    let descriptors = Descriptors::new(&config.contract)?;
    let forwarder = Forwarder {
        client: upstream.client(),
        tracer: config.tracer,
        turns: config.one_at_a_time.then(|| Turns::new(config.max_waiting)),
        default_timeout: config.default_timeout,
    };
    Ok(Edge {
        methods: Arc::new(methods(&config.contract, upstream)?),
        forwarder: Arc::new(forwarder),
        health: health.public(),
        reflection: ReflectionServer::new(descriptors, shutdown),
    })
}

fn methods(contract: &Contract, upstream: &Upstream) -> Result<HashMap<String, Arc<Method>>, Error> {
    let method = |(path, facts): (&String, &crate::MethodFacts)| {
        let name = path.trim_start_matches('/').to_owned();
        Ok((path.clone(), Arc::new(Method { name, uri: upstream.uri(path)?, facts: *facts })))
    };
    contract.methods.iter().map(method).collect()
}
