//! Health, per service. The catalog's services are as healthy as the data service says they are, and not serving
//! while it cannot be asked; "" is the gateway itself, whatever the data service does.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use meanwhile_transport::Client;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tonic::Status;
use tonic_health::ServingStatus;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus as Reported;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::server::{HealthReporter, HealthService};

use crate::Error;
use crate::upstream::Upstream;

pub(crate) type HealthServer = tonic_health::pb::health_server::HealthServer<HealthService>;

/// The gateway's own entry.
const SELF: &str = "";

/// The longest the data service may take to begin its answer.
const ANSWER: Duration = Duration::from_secs(5);

/// The first pause before asking again, and the longest. Each is up to twice as long, by chance, so that many gateways
/// do not come back together.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// What is said of each service, on the public port and to probes. They differ at the end only: public watches end
/// when draining begins, so that they do not hold it up, while probes can still ask.
#[derive(Clone)]
pub(crate) struct Health {
    public: HealthReporter,
    admin: HealthReporter,
    services: BTreeSet<String>,
}

impl Health {
    /// The gateway itself is serving; what is behind it is not, as far as is known.
    pub(crate) async fn new(services: BTreeSet<String>) -> Self {
        let health = Self { public: HealthReporter::new(), admin: HealthReporter::new(), services };
        for service in &health.services {
            health.set(service, ServingStatus::NotServing).await;
        }
        health
    }

    pub(crate) fn public(&self) -> HealthServer {
        HealthServer::new(HealthService::from_health_reporter(self.public.clone()))
    }

    pub(crate) fn admin(&self) -> HealthServer {
        HealthServer::new(HealthService::from_health_reporter(self.admin.clone()))
    }

    /// Tasks that follow what the data service says, one a service, until they are dropped.
    pub(crate) fn mirror(&self, upstream: &Upstream) -> Result<JoinSet<()>, Error> {
        let client = upstream.client();
        let origin = upstream.uri("/")?;
        let mut mirrors = JoinSet::new();
        for service in &self.services {
            let mirror = Mirror { health: self.clone(), service: service.clone() };
            mirrors.spawn(mirror.run(client.clone(), origin.clone()));
        }
        Ok(mirrors)
    }

    /// Says that nothing is served any more, and ends the public watches, which hear that first.
    pub(crate) async fn drain(&self) {
        self.set(SELF, ServingStatus::NotServing).await;
        join_all(self.services.iter().map(|service| self.set(service, ServingStatus::NotServing))).await;
        close(self.public.clone(), &self.services).await;
    }

    /// Ends the probes' watches as well.
    pub(crate) async fn end(&self) {
        close(self.admin.clone(), &self.services).await;
    }

    async fn set(&self, service: &str, status: ServingStatus) {
        self.public.set_service_status(service, status).await;
        self.admin.set_service_status(service, status).await;
    }
}

async fn close(mut reporter: HealthReporter, services: &BTreeSet<String>) {
    for service in services.iter().map(String::as_str).chain([SELF]) {
        reporter.clear_service_status(service).await;
    }
}

/// Follows one service's health.
struct Mirror {
    health: Health,
    service: String,
}

impl Mirror {
    async fn run(self, client: Client<tonic::body::Body>, origin: http::Uri) {
        let send = tower::service_fn(move |request| {
            let client = client.clone();
            async move { client.send(request).await }
        });
        let mut client = HealthClient::with_origin(send, origin);
        let mut pause = FIRST_PAUSE;
        loop {
            let request = HealthCheckRequest { service: self.service.clone() };
            let watched = timeout(ANSWER, client.watch(request)).await;
            let ended = match watched.unwrap_or_else(|_| Err(Status::deadline_exceeded("no answer"))) {
                Ok(response) => self.follow(response.into_inner(), &mut pause).await,
                Err(status) => status,
            };
            if pause == FIRST_PAUSE {
                let service = self.service.as_str();
                tracing::warn!(service, reason = %ended, "the data service does not report its health");
            }
            self.health.set(&self.service, ServingStatus::NotServing).await;
            sleep(pause.mul_f64(1.0 + fastrand::f64())).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Passes on what the data service reports, for as long as it does.
    async fn follow(
        &self,
        mut reports: tonic::Streaming<tonic_health::pb::HealthCheckResponse>,
        pause: &mut Duration,
    ) -> Status {
        loop {
            match reports.message().await {
                Ok(Some(report)) => {
                    *pause = FIRST_PAUSE;
                    self.report(report.status()).await;
                }
                Ok(None) => return Status::unavailable("it stopped reporting"),
                Err(status) => return status,
            }
        }
    }

    async fn report(&self, reported: Reported) {
        let status = match reported {
            Reported::Serving => ServingStatus::Serving,
            Reported::NotServing | Reported::Unknown | Reported::ServiceUnknown => ServingStatus::NotServing,
        };
        tracing::info!(service = self.service, %status, "the data service reports");
        self.health.set(&self.service, status).await;
    }
}
