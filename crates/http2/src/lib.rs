//! HTTP/2 (RFC 9113) with no socket in it: a [`Session`] is one connection's state, on either side. Bytes that were received go
//! in, bytes to be sent come out, and those who wait for a stream are woken. What carries the bytes, and what requests
//! mean, is somebody else's affair.
//!
//! Memory is bounded whatever the peer does: by windows for what it sends, by a limit on what waits to be sent, and by the
//! most streams, fields and tables that a connection may have.

mod config;
mod error;
pub mod frame;
mod head;
pub mod hpack;
mod session;

pub use config::Config;
pub use error::{Error, Reason};
pub use session::{Holder, Session};
