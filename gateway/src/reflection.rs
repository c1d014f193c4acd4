//! Reflection, v1 and v1alpha: the catalog's contract as clients may see it, without our own options.

mod answers;
mod server;
mod strip;

pub(crate) use answers::Descriptors;
pub(crate) use server::ReflectionServer;
pub use strip::ContractError;
