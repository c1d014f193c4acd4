//! What a loop found out.

use std::time::Duration;

use anyhow::Result;
use tokio::task::JoinSet;

use crate::figure::quantile;

/// What a loop found out. Every call of it ended OK.
#[derive(Debug)]
pub struct Run {
    /// How long each call took, in seconds, in no order.
    pub latencies: Vec<f64>,
    /// From the first request to the last reply.
    pub lasted: Duration,
    /// CPU seconds of the load's thread.
    pub cpu: f64,
}

impl Run {
    /// Gathers what the lanes measured.
    pub async fn of(mut lanes: JoinSet<Result<Vec<f64>>>, since: tokio::time::Instant) -> Result<Self> {
        let mut latencies = Vec::new();
        while let Some(lane) = lanes.join_next().await {
            latencies.append(&mut lane??);
        }
        Ok(Self { latencies, lasted: since.elapsed(), cpu: 0.0 })
    }

    /// How many calls there were.
    pub fn calls(&self) -> f64 {
        self.latencies.len() as f64
    }

    /// Calls a second.
    pub fn rate(&self) -> f64 {
        self.calls() / self.lasted.as_secs_f64()
    }

    /// CPU seconds a call of the load itself.
    pub fn cpu_a_call(&self) -> f64 {
        self.cpu / self.calls()
    }

    /// The latency that this share of the calls stayed under, in seconds.
    pub fn latency(&self, share: f64) -> f64 {
        quantile(&self.latencies, share)
    }
}
