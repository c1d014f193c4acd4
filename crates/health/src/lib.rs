//! What a service serves right now, and its health, which is read off that.
//!
//! [`Current`] holds a value that is replaced as a whole while calls run, so that a method's table and its health are
//! never of two minds. [`HealthService`] answers grpc.health.v1 from it.

mod current;
mod service;

pub use current::{Changes, Current};
pub use service::{HealthService, Reports, Status, Statuses, reports};
