//! The dashboard beside the services of `up`: it takes their spans from before the first call until after the last.

use std::net::SocketAddr;

use anyhow::Context;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::settings::listen;

/// A running dashboard.
#[derive(Debug)]
pub struct Dashboard {
    /// Where it listens.
    pub address: SocketAddr,
    stop: CancellationToken,
    running: JoinHandle<Result<(), meanwhile_dashboard::Error>>,
}

impl Dashboard {
    /// Binds the socket and takes spans from then on.
    pub async fn start(address: SocketAddr) -> anyhow::Result<Self> {
        let listener = listen(address, "--dashboard-listen").await?;
        let (address, stop) = (listener.local_addr()?, CancellationToken::new());
        let config = meanwhile_dashboard::Config::default();
        let running = tokio::spawn(meanwhile_dashboard::run(config, listener, stop.clone()));
        Ok(Self { address, stop, running })
    }

    /// Where spans go, and where its page is.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Ends it, when the last spans were sent.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.stop.cancel();
        self.running.await.context("the dashboard panicked")?.context("the dashboard")
    }
}
