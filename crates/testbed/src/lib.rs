//! Real parts for tests and benchmarks: PostgreSQL clusters, Jaeger, grpcurl, and Meanwhile's own services as processes.
//! Everything listens on loopback, on ports of its own, and is gone when the test process is, however that ends.
//! Nothing here knows what Meanwhile does, and nothing here is shipped.
//!
//! A part whose program is not on this machine is `None` and recorded as left out (a failure where CI=true), so a test
//! begins with
//!
//! ```no_run
//! use meanwhile_testbed::postgres::Cluster;
//!
//! fn a_test() -> anyhow::Result<()> {
//!     let Some(cluster) = Cluster::shared() else { return Ok(()) };
//!     let database = cluster.database()?;
//!     assert_eq!(database.run("SELECT 1 + 1")?, "2");
//!     Ok(())
//! }
//! ```
//!
//! The interface is synchronous; from async code it is called on a blocking thread.

pub mod browser;
pub mod eventually;
pub mod grpcurl;
mod http;
pub mod jaeger;
pub mod ports;
pub mod postgres;
pub mod process;
pub mod run;
pub mod schemas;
pub mod tools;
mod watchdog;

pub use eventually::eventually;
pub use tools::{Tool, require};
