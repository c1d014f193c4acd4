//! The data service: executes a catalog's plan over PostgreSQL, SQLite and web services, overlapping every wait.
//!
//! A call's way: [`front`] takes it off HTTP/2, [`request`] reads its message into values, [`sharing`] makes equal calls
//! one, [`engine`] runs the method's parts over [`database`] and [`upstream`], [`rows`] writes their rows as wire bytes, [`grpc`] sends them. What
//! answers a method is worked out once, in [`bind`]; whether it is served right now is in [`serving`].

mod batching;
mod bind;
mod check;
mod config;
mod database;
mod decimal;
mod draft;
mod engine;
mod explain;
mod fault;
#[cfg(test)]
mod fixture;
mod front;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod grpc;
mod instant;
mod lint;
mod mask;
mod measure;
mod once;
mod page;
mod parsed;
mod plan_shown;
mod request;
mod rows;
mod run;
mod schema;
mod serving;
mod sharing;
mod turns;
mod upstream;
mod value;
mod waiters;

pub use check::{check, explain};
pub use config::{Config, Limits, Listeners};
pub use database::{DatabaseConfig, DatabaseUrl, UrlError};
pub use draft::{DraftError, DraftOptions, Drafted, DraftedTable, draft};
pub use explain::{ExplainedColumn, ExplainedMethod, ExplainedOrder, ExplainedParameter, ExplainedPart};
pub use fault::Fault;
pub use measure::FetchedRows;
pub use plan_shown::{CallPlan, PlanShown, TableRead, Way};
pub use run::{Error, run};
pub use schema::{SchemaError, SeedError, migrate, seed};
pub use upstream::UpstreamError;
