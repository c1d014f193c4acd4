//! The dashboard's port, from outside: OTLP in by every way there is, and the Timeline service's answers.

#![expect(clippy::unwrap_used, reason = "a test may panic, and so may what it is made of")]

mod server;

mod export;
mod from_jaeger;
mod grpc;
mod http;
mod jaeger_tls;
mod page;
mod window;
