//! The gateway as a whole: built, served, drained.

use std::sync::Arc;

use meanwhile_health::Current;
use meanwhile_transport::serve;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::clients::Clients;
use crate::edge::Edge;
use crate::forward::Forwarder;
use crate::health::{DataHealth, GatewayHealth, Mirrors};
use crate::reflection::ReflectionServer;
use crate::table::Table;
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
    let mut contracts = config.contracts;
    let contract = contracts.borrow_and_update().clone();
    let table = Arc::new(Current::new(Table::new(&contract, &upstream)));
    let data = DataHealth::new(&upstream);
    let health = |end: &CancellationToken| GatewayHealth::server(table.clone(), data.clone(), end.clone());
    let in_flight = config.tracer.in_flight();
    let forwarder = Forwarder {
        client: upstream.client(),
        tracer: config.tracer,
        turns: config.one_at_a_time.then(|| Turns::new(config.max_waiting)),
        clients: match config.fair {
            true => Clients::told(),
            false => Clients::untold(),
        },
        default_timeout: config.default_timeout,
    };
    let (draining, drained) = (CancellationToken::new(), CancellationToken::new());
    let edge = Edge {
        table: table.clone(),
        forwarder: Arc::new(forwarder),
        health: health(&draining),
        reflection: ReflectionServer::new(table.clone(), shutdown.clone()),
    };

    let probes = in_flight.routes(drained.clone()).add_service(health(&drained));
    let admin = serve(listeners.admin, probes, limits.clone(), drained.clone());
    let mirrors = Mirrors::new(table.clone(), data.clone());
    let following = async {
        shutdown.run_until_cancelled(follow(contract, contracts, &table, &upstream, mirrors)).await;
        table.update(Table::draining);
        draining.cancel();
        Ok(())
    };
    let public = async {
        let served = tokio::try_join!(serve(listeners.public, edge, limits, shutdown.clone()), following);
        drained.cancel();
        served
    };
    tokio::try_join!(admin, public)?;
    Ok(())
}

/// Serves each contract as it comes, and never ends.
async fn follow(
    first: Arc<Contract>,
    mut contracts: watch::Receiver<Arc<Contract>>,
    table: &Current<Table>,
    upstream: &Upstream,
    mut mirrors: Mirrors,
) {
    mirrors.follow(&first);
    while contracts.changed().await.is_ok() {
        let contract = contracts.borrow_and_update().clone();
        table.update(|table| table.with_contract(&contract, upstream));
        mirrors.follow(&contract);
        tracing::info!(methods = contract.methods.len(), "the changed contract is served");
    }
    // Nobody can send another one.
    std::future::pending().await
}
