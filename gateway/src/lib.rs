//! The edge: the only part that faces clients.
//!
//! It forwards gRPC calls to the data service as HTTP/2 frames, unread, within their deadlines; it answers reflection
//! and health itself, and records every call as a request span. It knows the catalog's contract and nothing of SQL.

mod clients;
mod config;
mod contract;
mod edge;
mod failure;
mod forward;
mod health;
mod metadata;
mod outcome;
mod reflection;
mod reply;
mod run;
mod table;
mod turns;
mod upload;
mod upstream;

pub use config::{Config, Error, Listeners};
pub use contract::{Contract, MethodFacts};
pub use reflection::ContractError;
pub use run::run;
