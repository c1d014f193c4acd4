//! Follows what services say of their calls in flight, as long as the dashboard runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use meanwhile_proto::v1::waits_client::WaitsClient;
use meanwhile_proto::v1::{WatchCallsRequest, WatchCallsResponse};
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tonic::Status;
use tonic::transport::Endpoint;

use crate::running::Running;

/// How often a service looks what changed.
const INTERVAL: Duration = Duration::from_millis(200);

/// The pause before a service that does not answer is asked again.
const PAUSE: Duration = Duration::from_secs(1);

/// The longest reply: ten thousand calls that wait.
const MOST: usize = 16 << 20;

/// Who tells of its calls in flight, on its admin port.
#[derive(Debug, Clone)]
pub struct Source {
    /// The service's name, as its spans have it.
    pub service: String,
    /// Where it tells: `http://HOST:PORT`.
    pub url: String,
}

/// The calls in flight, of every service that is followed. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Waits {
    pub(crate) running: Arc<Running>,
    sources: Arc<AtomicU64>,
}

/// A service is followed until this is dropped.
#[derive(Debug)]
pub struct Following {
    task: JoinHandle<()>,
    running: Arc<Running>,
    source: u64,
}

impl Waits {
    /// Follows a service; where it does not answer, it is asked again.
    #[must_use = "it is followed until this is dropped"]
    pub fn follow(&self, source: Source) -> Following {
        let (number, running) = (self.sources.fetch_add(1, Ordering::Relaxed), self.running.clone());
        let task = tokio::spawn(watch(source, number, running.clone()));
        Following { task, running, source: number }
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.task.abort();
        self.running.lost(self.source);
    }
}

async fn watch(source: Source, number: u64, running: Arc<Running>) {
    let service: Arc<str> = source.service.as_str().into();
    loop {
        let ended = follow(&source.url, |change| running.changed(number, &service, change)).await;
        if let Err(status) = ended {
            tracing::debug!(%service, %status, "it does not tell its calls in flight");
        }
        running.lost(number);
        sleep(PAUSE).await;
    }
}

async fn follow(url: &str, changed: impl Fn(WatchCallsResponse)) -> Result<(), Status> {
    let unavailable = |error: tonic::transport::Error| Status::unavailable(error.to_string());
    let endpoint = Endpoint::from_shared(url.to_owned()).map_err(unavailable)?.connect_timeout(PAUSE);
    let channel = endpoint.connect().await.map_err(unavailable)?;
    let mut client = WaitsClient::new(channel).max_decoding_message_size(MOST);
    // It always fits.
    let interval = prost_types::Duration::try_from(INTERVAL).ok();
    let request = WatchCallsRequest { interval, ..WatchCallsRequest::default() };
    let mut changes = client.watch_calls(request).await?.into_inner();
    while let Some(change) = changes.message().await? {
        changed(change);
    }
    Ok(())
}
