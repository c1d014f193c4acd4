//! Takes spans by OTLP, keeps the newest of them, and tells what requests waited for, on one axis: `meanwhile.v1.Timeline`.
//!
//! Everything is on one port: OTLP by gRPC and by HTTP (protobuf and JSON), the Timeline service by gRPC and gRPC-Web, and the
//! page that shows it. Memory is bounded; what was dropped is counted. A web page from elsewhere can neither read nor write here.

mod answers;
mod attributes;
mod config;
mod door;
mod export;
mod from_jaeger;
mod front;
mod grpc;
mod gunzip;
mod http_intake;
mod jaeger_api;
mod other_signals;
mod packed;
mod page;
mod pins;
mod run;
mod running;
mod scenarios;
mod shown;
mod store;
mod to_jaeger;
mod watching;
mod window;
mod window_trace;

pub use config::Config;
pub use jaeger_api::{JaegerApi, JaegerError};
pub use meanwhile_transport::{Roots, RootsError};
pub use run::{Error, run};
pub use scenarios::{Asked, ScenarioTitle, Scenarios};
pub use to_jaeger::ToJaeger;
pub use watching::{Following, Source, Waits};
