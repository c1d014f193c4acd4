//! The dashboard beside the services of `up`: it takes their spans from before the first call until after the last.

use std::net::SocketAddr;

use anyhow::Context;
use meanwhile_dashboard::Config;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::settings::listen;

/// Where the dashboard listens. Spans that come before it serves wait here.
#[derive(Debug)]
pub struct Socket {
    listener: TcpListener,
    address: SocketAddr,
}

impl Socket {
    pub async fn bind(address: SocketAddr) -> anyhow::Result<Self> {
        let listener = listen(address, "--dashboard-listen").await?;
        Ok(Self { address: listener.local_addr()?, listener })
    }

    /// Where spans go, and where its page is.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// True where nobody reaches it from another machine.
    pub fn is_loopback(&self) -> bool {
        self.address.ip().is_loopback()
    }

    /// Takes spans from now on.
    pub fn serve(self, config: Config) -> Dashboard {
        let stop = CancellationToken::new();
        let running = tokio::spawn(meanwhile_dashboard::run(config, self.listener, stop.clone()));
        Dashboard { stop, running }
    }
}

/// A running dashboard.
#[derive(Debug)]
pub struct Dashboard {
    stop: CancellationToken,
    running: JoinHandle<Result<(), meanwhile_dashboard::Error>>,
}

impl Dashboard {
    /// Ends it, when the last spans were sent.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.stop.cancel();
        self.running.await.context("the dashboard panicked")?.context("the dashboard")
    }
}
