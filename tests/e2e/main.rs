//! End to end: the real binary, a real PostgreSQL, a real Jaeger, the real grpcurl.
//!
//! One program, so that its tests share one cluster. Each module is one promise.

#![expect(clippy::unwrap_used, reason = "a test may panic, and so may what it is made of")]

mod stack;

mod any_app;
mod catalogs;
mod dashboard;
mod deploy;
mod docs;
mod draft;
mod faults;
mod known_waits;
mod lecture;
mod page;
mod readme;
mod refusals;
mod reload;
mod same;
mod secrets;
mod serve;
mod sharing;
mod up;
