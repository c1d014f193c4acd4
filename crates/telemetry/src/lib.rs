//! Every wait, exact: request spans, wait spans and poll recording through the OpenTelemetry SDK, and its set-up,
//! bounded export and shutdown. docs/wait-spans.md is the public description of what is written.
//!
//! It does not know what is waited for: the services say that, by [`RequestContext::wait`]. Start-up, migrations and
//! other rare paths use `tracing` instead, which [`logs`] sends to the same place.

mod clock;
mod config;
mod export;
mod in_flight;
pub mod logs;
mod outcome;
mod polls;
mod propagation;
mod request;
mod service;
mod tracer;
mod wait;

pub use config::{Config, EndpointError};
pub use in_flight::InFlight;
pub use meanwhile_proto::waits::WaitKind;
pub use opentelemetry::trace::{SpanContext, SpanId, TraceId};
pub use opentelemetry::{Key, KeyValue, StringValue, Value};
pub use outcome::code_name;
pub use polls::{PollGuard, PollLog, Recorded};
pub use request::{Request, RequestContext};
pub use service::{StartError, Telemetry};
pub use tracer::Tracer;
pub use wait::{Wait, WaitHandle};
