//! Waiting until a service serves, by the health it reports itself (grpc.health.v1).

use std::time::Duration;

use anyhow::{Context, bail};
use tonic::transport::Endpoint;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

/// Asks once whether `service` (empty: the process itself) is served at `url`.
pub async fn serves(url: &str, service: &str, limit: Duration) -> anyhow::Result<bool> {
    let ask = async {
        let channel = Endpoint::from_shared(url.to_owned())?.connect().await?;
        let request = HealthCheckRequest { service: service.to_owned() };
        let reply = HealthClient::new(channel).check(request).await?;
        anyhow::Ok(reply.into_inner().status() == ServingStatus::Serving)
    };
    tokio::time::timeout(limit, ask)
        .await
        .with_context(|| format!("{url} did not answer within {limit:?}"))?
}

/// Waits until every one of `services` is served at `url`, following what the service says of itself.
pub async fn wait(url: &str, services: &[String], limit: Duration) -> anyhow::Result<()> {
    let follow = async {
        let channel = Endpoint::from_shared(url.to_owned())?.connect().await?;
        for service in services {
            let request = HealthCheckRequest { service: service.clone() };
            let mut reports = HealthClient::new(channel.clone()).watch(request).await?.into_inner();
            loop {
                match reports.message().await? {
                    Some(report) if report.status() == ServingStatus::Serving => break,
                    Some(_) => {}
                    None => bail!("{url} stopped telling its health"),
                }
            }
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(limit, follow)
        .await
        .with_context(|| format!("{url} was not ready within {limit:?}"))?
}
