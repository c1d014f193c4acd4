//! The data service's own health, asked over the wire.

use std::time::Duration;

use http::uri::PathAndQuery;
use http::{Request, Response, Uri};
use meanwhile_health::Status;
use meanwhile_transport::{Client, ClientBody, SendError};
use tokio::time::{sleep, timeout};
use tonic::body::Body;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};
use tower::Service;

use crate::upstream::Upstream;

/// The longest the data service may take to begin its answer.
const ANSWER: Duration = Duration::from_secs(5);

/// The first pause before asking again, and the longest. Each is up to twice as long, by chance, so that many gateways
/// do not come back together.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Asks the data service. Cheap to clone.
#[derive(Clone)]
pub(crate) struct DataHealth {
    client: Client<Body>,
    origin: Uri,
}

/// What was heard of a name.
#[derive(Debug)]
pub(crate) enum Heard {
    Says(Status),
    Nothing(tonic::Status),
}

impl Heard {
    /// What is not known to be serving is not.
    pub(crate) fn status(&self) -> Status {
        match self {
            Self::Says(Status::Serving) => Status::Serving,
            _ => Status::NotServing,
        }
    }
}

impl DataHealth {
    pub(crate) fn new(upstream: &Upstream) -> Self {
        Self { client: upstream.client(), origin: upstream.uri(PathAndQuery::from_static("/")) }
    }

    /// Asks once.
    pub(crate) async fn check(&self, name: &str) -> Heard {
        let mut client = self.client();
        heard(timeout(ANSWER, client.check(asked(name))).await.unwrap_or_else(|_| Err(late())))
    }

    /// Hands over what is heard, and never ends.
    pub(crate) async fn follow(&self, name: &str, mut tell: impl FnMut(Heard)) {
        let mut client = self.client();
        let mut pause = FIRST_PAUSE;
        loop {
            let watched = timeout(ANSWER, client.watch(asked(name))).await;
            let ended = match watched.unwrap_or_else(|_| Err(late())) {
                Ok(response) => pass_on(response.into_inner(), &mut pause, &mut tell).await,
                Err(status) => status,
            };
            tell(Heard::Nothing(ended));
            sleep(pause.mul_f64(1.0 + fastrand::f64())).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn client(
        &self,
    ) -> HealthClient<
        impl Service<Request<Body>, Response = Response<ClientBody>, Error = SendError, Future: Send> + Send,
    > {
        let client = self.client.clone();
        let send = tower::service_fn(move |request| {
            let client = client.clone();
            async move { client.send(request).await }
        });
        HealthClient::with_origin(send, self.origin.clone())
    }
}

/// Passes on what the data service reports, for as long as it does.
async fn pass_on(
    mut reports: tonic::Streaming<HealthCheckResponse>,
    pause: &mut Duration,
    tell: &mut impl FnMut(Heard),
) -> tonic::Status {
    loop {
        match reports.message().await {
            Ok(Some(report)) => {
                *pause = FIRST_PAUSE;
                tell(Heard::Says(report.status()));
            }
            Ok(None) => return tonic::Status::unavailable("it stopped reporting"),
            Err(status) => return status,
        }
    }
}

fn heard(answer: Result<tonic::Response<HealthCheckResponse>, tonic::Status>) -> Heard {
    match answer {
        Ok(response) => Heard::Says(response.get_ref().status()),
        Err(status) => Heard::Nothing(status),
    }
}

fn asked(name: &str) -> HealthCheckRequest {
    HealthCheckRequest { service: name.to_owned() }
}

fn late() -> tonic::Status {
    tonic::Status::deadline_exceeded("no answer")
}
