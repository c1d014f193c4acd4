//! A dashboard that takes the spans of what is measured, and its figures of a time once all requests of it have come.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use meanwhile_proto::v1::timeline_client::TimelineClient;
use meanwhile_proto::v1::{Figures, GetWindowRequest};
use meanwhile_testbed::process::{Process, command};
use tonic::transport::Endpoint;

use crate::setup::Setup;

/// How long it may take to be ready, and the last span to come.
const BOUND: Duration = Duration::from_secs(30);

/// Longer than the services take to send their spans, each on its own: every 200 ms.
const PAUSE: Duration = Duration::from_millis(600);

/// One that has seen nothing yet.
pub struct Dashboard {
    _process: Process,
    /// Where spans are sent, and questions.
    pub url: String,
}

impl Dashboard {
    /// Starts one; it is ready.
    pub fn start(setup: &Setup) -> Result<Self> {
        let mut dashboard = command(&setup.meanwhile);
        dashboard.args(["dashboard", "--listen", "127.0.0.1:0"]);
        let process = Process::start(dashboard)?;
        let line = process.wait_for_line("dashboard on ", BOUND)?;
        let address =
            line.split_whitespace().find_map(|word| word.strip_suffix(':')).context("no address")?;
        Ok(Self { url: format!("http://{address}"), _process: process })
    }

    /// What it tells of so many requests, once all of them have come, and for a while nothing more of them.
    pub async fn figures(&self, window: &GetWindowRequest, requests: usize) -> Result<Figures> {
        let endpoint = Endpoint::from_shared(self.url.clone())?;
        let mut timeline = TimelineClient::new(endpoint.connect().await?);
        let until = Instant::now() + BOUND;
        let mut before = None;
        loop {
            let told = timeline.get_window(window.clone()).await?.into_inner();
            let figures = told.figures.context("no figures")?;
            let come = usize::try_from(figures.requests)?;
            if come == requests && before.as_ref() == Some(&figures) {
                return Ok(figures);
            }
            if Instant::now() > until {
                bail!("{come} of {requests} requests came");
            }
            before = Some(figures);
            tokio::time::sleep(PAUSE).await;
        }
    }
}
