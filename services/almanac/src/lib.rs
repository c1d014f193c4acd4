//! The sample's web service: sunrise and sunset of a place and date, over HTTP/1.1 and HTTP/2.
//!
//! It stands for somebody else's service, in small: it knows neither catalogs nor gRPC, and can be told to be slow.

mod daylight;
mod query;
mod service;
pub mod sun;

use std::io;
use std::time::Duration;

use jiff::civil::Date;
use meanwhile_telemetry::Tracer;
use meanwhile_transport::ServeLimits;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use service::Almanac;

/// What [`run`] is told.
#[derive(Debug, Clone)]
pub struct Config {
    /// How long every reply is held back, but for `/healthz`: a web service far away, or a slow one.
    pub delay: Duration,
    /// The day that a request without a date means; today in UTC where it is none.
    pub today: Option<Date>,
    /// Makes the request spans.
    pub tracer: Tracer,
    /// What clients may do.
    pub limits: ServeLimits,
}

impl Config {
    /// No delay, the real day, the default limits.
    pub fn new(tracer: Tracer) -> Self {
        Self { delay: Duration::ZERO, today: None, tracer, limits: ServeLimits::default() }
    }
}

/// Why the almanac ended without being asked to.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The listener cannot be used.
    #[error("the almanac cannot accept connections: {0}")]
    Accept(#[from] io::Error),
}

/// Serves `GET /daylight?lat=..&lon=..&date=YYYY-MM-DD` and `GET /healthz` until `shutdown`, then drains.
///
/// # Errors
/// Where the listener cannot be used.
pub async fn run(config: Config, listener: TcpListener, shutdown: CancellationToken) -> Result<(), Error> {
    let limits = config.limits.clone();
    meanwhile_transport::serve(listener, Almanac::new(config), limits, shutdown).await?;
    Ok(())
}
