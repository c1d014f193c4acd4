//! A service's telemetry as a whole: set up once, shut down once, within a bounded time.

use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::{EnvResourceDetector, TelemetryResourceDetector};
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator, SdkTracer, SdkTracerProvider};
use tokio::runtime::Handle;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::config::{self, Config, Endpoint, EndpointError};
use crate::export::{Export, Lost, Otlp};
use crate::tracer::Tracer;

/// How long [`Telemetry::shutdown`] waits for collectors to take the last spans.
const FLUSH: Duration = Duration::from_secs(2);

/// Why telemetry could not be set up. An absent collector is no reason.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The exports need a tokio runtime to run on.
    #[error("telemetry must be started inside a tokio runtime")]
    NoRuntime,
    /// An endpoint's URL cannot be used; counted from 1, and not repeated, as it might carry a secret.
    #[error("OTLP endpoint {number}: {source}")]
    Endpoint {
        /// Which of the configured endpoints.
        number: usize,
        /// What is wrong with it.
        source: EndpointError,
    },
    /// The environment says that spans are to be sent in a way that is not spoken here.
    #[error("OTLP exporter: {0}")]
    Exporter(#[from] config::ExporterError),
}

/// A service's telemetry: its provider and the tasks that export. Dropped without a shutdown, it loses what is queued.
#[derive(Debug)]
pub struct Telemetry {
    tracer: Tracer,
    sdk: Option<SdkTracer>,
    provider: Option<SdkTracerProvider>,
    exports: JoinSet<()>,
    stop: CancellationToken,
    lost: Lost,
}

/// Who the spans are from; the instance tells replicas apart. OTEL_RESOURCE_ATTRIBUTES may say more.
fn resource(service_name: String) -> Resource {
    let instance = RandomIdGenerator::default().new_trace_id();
    Resource::builder_empty()
        .with_attributes([
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            KeyValue::new("service.instance.id", instance.to_string()),
        ])
        .with_detector(Box::new(EnvResourceDetector::new()))
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_service_name(service_name)
        .build()
}

impl Telemetry {
    /// Sets up export to every endpoint; without any, requests only get their ids. Collectors are not waited for.
    pub fn start(config: Config) -> Result<Self, StartError> {
        let endpoints = endpoints(&config)?;
        if Handle::try_current().is_err() {
            return Err(StartError::NoRuntime);
        }
        let (stop, lost, mut exports) = (CancellationToken::new(), Lost::default(), JoinSet::new());
        let resource = resource(config.service_name);
        let mut provider = SdkTracerProvider::builder().with_resource(resource.clone());
        let has_endpoints = !endpoints.is_empty();
        let scope =
            InstrumentationScope::builder("meanwhile").with_version(env!("CARGO_PKG_VERSION")).build();
        let headers = config::exporter_headers(|name| std::env::var(name).ok())?;
        for endpoint in endpoints {
            let collector = Otlp::new(&endpoint, headers.clone(), &resource, &scope);
            let (queue, export) = Export::new(collector, endpoint.to_string(), lost.clone(), stop.clone());
            provider = provider.with_span_processor(queue);
            exports.spawn(export.run());
        }
        let provider = has_endpoints.then(|| provider.build());
        let sdk = provider.as_ref().map(|provider| provider.tracer_with_scope(scope));
        Ok(Self { tracer: Tracer::new(sdk.clone()), sdk, provider, exports, stop, lost })
    }

    /// What makes this service's request spans.
    pub fn tracer(&self) -> Tracer {
        self.tracer.clone()
    }

    /// The SDK's own tracer, for [`crate::logs`]; none where nothing is exported.
    pub(crate) fn sdk(&self) -> Option<&SdkTracer> {
        self.sdk.as_ref()
    }

    /// Spans that did not get to an endpoint: its queue was full, or the export failed. Counted per endpoint, summed.
    pub fn lost_spans(&self) -> u64 {
        self.lost.count()
    }

    /// Ends recording, gives collectors two seconds to take what is queued, and says how many spans were lost, if any.
    pub async fn shutdown(mut self) {
        if let Some(provider) = &self.provider {
            // From here on spans that end are not taken in; ours have nothing to fail with.
            let _ = provider.shutdown();
        }
        self.stop.cancel();
        let flushed = async { while self.exports.join_next().await.is_some() {} };
        if timeout(FLUSH, flushed).await.is_err() {
            self.exports.shutdown().await;
        }
        let lost_spans = self.lost.count();
        if lost_spans > 0 {
            tracing::warn!(lost_spans, "spans were lost on the way to a collector");
        }
    }
}

fn endpoints(config: &Config) -> Result<Vec<Endpoint>, StartError> {
    let numbered = config.endpoints.iter().zip(1..);
    numbered
        .map(|(url, number)| Endpoint::parse(url).map_err(|source| StartError::Endpoint { number, source }))
        .collect()
}
