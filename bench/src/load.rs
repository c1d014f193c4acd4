//! The load: gRPC calls over HTTP/2 of our own, from one thread with a runtime of its own, so that a call costs its sender little.
//! Closed loop (so many in flight), open loop (so many a second, each counted from the moment it was planned for), or all
//! at once. Replies are read to their end and not decoded; one that is not OK ends a loop, and is counted in a burst.

mod burst;
mod closed;
mod connection;
mod http2;
mod open;
mod run;

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use bytes::Bytes;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

pub use burst::Burst;
pub use run::Run;

use crate::cpu;
use crate::requests::{self, Requests};
use connection::{Caller, Connections};

/// Connections of a loop.
pub const CONNECTIONS: usize = 4;

/// The longest that replies are waited for after the last request was sent.
const LIMIT: Duration = Duration::from_secs(60);

/// How often readiness is asked for.
const LOOK: Duration = Duration::from_millis(20);

/// grpc.health.v1.HealthCheckResponse with SERVING, after the prefix of a message.
const SERVING: &[u8] = &[0, 0, 0, 0, 2, 8, 1];

/// Sends calls to one server.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    address: SocketAddr,
}

impl Load {
    /// For the server at that address.
    pub fn new(address: SocketAddr) -> Self {
        Self { address }
    }

    /// Waits until the server says that all of these services are served.
    pub fn ready(self, services: &[String], bound: Duration) -> Result<()> {
        let ask = async move {
            for service in services {
                let request = requests::health(service);
                while !self.is_serving(&request).await {
                    sleep(LOOK).await;
                }
            }
        };
        let ready = alone(async { Ok(timeout(bound, ask).await.is_ok()) })?;
        anyhow::ensure!(ready, "{} was not ready within {bound:?}", self.address);
        Ok(())
    }

    async fn is_serving(self, request: &Requests) -> bool {
        let Ok(connections) = Connections::open(self.address, 1, request).await else { return false };
        let mut caller = connections.caller(0);
        let reply = timeout(LIMIT, caller.call(&request.messages[0])).await;
        reply.is_ok_and(|reply| reply.is_ok_and(|reply| reply.start == SERVING))
    }

    /// Keeps so many calls in flight for so long, of requests picked at random.
    pub fn closed(self, requests: &Arc<Requests>, in_flight: usize, lasts: Duration) -> Result<Run> {
        self.drive(requests, |connections, requests| closed::run(connections, requests, in_flight, lasts))
    }

    /// Sends so many calls a second for so long, of requests picked at random, whether or not replies come.
    pub fn open(self, requests: &Arc<Requests>, a_second: usize, lasts: Duration) -> Result<Run> {
        self.drive(requests, |connections, requests| open::run(connections, requests, a_second, lasts))
    }

    /// Sends every request at once.
    pub fn burst(self, requests: &Arc<Requests>) -> Result<Burst> {
        let requests = requests.clone();
        alone(async move {
            let many = requests.messages.len().div_ceil(burst::CALLS_A_CONNECTION);
            let connections = Connections::open(self.address, many, &requests).await?;
            let burst = timeout(LIMIT, burst::run(&connections, &requests)).await;
            burst.with_context(|| format!("not all answered within {LIMIT:?}"))?
        })
    }

    /// Sends every request, and once `running` says that they run, leaves them all: their replies are not waited for. Gives
    /// what `gone` makes of it then.
    pub fn leave<S: Send, T: Send, F: Future<Output = Result<T>> + Send>(
        self,
        requests: &Arc<Requests>,
        running: impl Future<Output = Result<S>> + Send,
        gone: impl FnOnce(S) -> F + Send,
    ) -> Result<T> {
        let requests = requests.clone();
        alone(async move {
            let connections = Connections::open(self.address, 1, &requests).await?;
            let mut calls = JoinSet::new();
            for (lane, message) in requests.messages.iter().cloned().enumerate() {
                let mut caller = connections.caller(lane);
                calls.spawn(async move { caller.call(&message).await });
            }
            let seen = timeout(LIMIT, running).await;
            let seen = seen.with_context(|| format!("not running within {LIMIT:?}"))??;
            calls.shutdown().await;
            timeout(LIMIT, gone(seen)).await.with_context(|| format!("not gone within {LIMIT:?}"))?
        })
    }

    fn drive<F>(
        self,
        requests: &Arc<Requests>,
        run: impl FnOnce(Connections, Arc<Requests>) -> F + Send,
    ) -> Result<Run>
    where
        F: Future<Output = Result<Run>> + Send,
    {
        let requests = requests.clone();
        alone(async move {
            let connections = Connections::open(self.address, CONNECTIONS, &requests).await?;
            let before = cpu::thread_seconds();
            let mut run = run(connections, requests).await?;
            run.cpu = cpu::thread_seconds() - before;
            Ok(run)
        })
    }
}

/// Runs the future on a thread of its own, so that what it costs can be told from everything else in this process.
fn alone<T: Send>(work: impl Future<Output = Result<T>> + Send) -> Result<T> {
    let on_thread = || tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work);
    let done = thread::scope(|scope| scope.spawn(on_thread).join());
    done.map_err(|_| anyhow!("the load panicked"))?
}

/// A lane's requests in an order of its own: the same in every run.
struct Picked {
    random: fastrand::Rng,
    requests: Arc<Requests>,
}

impl Picked {
    fn new(lane: usize, requests: Arc<Requests>) -> Self {
        Self { random: fastrand::Rng::with_seed(lane as u64), requests }
    }

    fn next(&mut self) -> &Bytes {
        &self.requests.messages[self.random.usize(..self.requests.messages.len())]
    }
}

/// The callers of a loop's lanes, dealt out over the connections.
fn lanes(connections: &Connections, requests: &Arc<Requests>, many: usize) -> Vec<(Caller, Picked)> {
    let lane = |lane| (connections.caller(lane), Picked::new(lane, requests.clone()));
    (0..many).map(lane).collect()
}
