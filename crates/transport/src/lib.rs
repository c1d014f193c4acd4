//! HTTP in and out: the accept loop with its limits and bounded drain, and the client's connections.
//!
//! Both speak HTTP/1.1 and HTTP/2 with prior knowledge over plain TCP; the client speaks TLS too. Nothing here knows
//! gRPC: messages, statuses, deadlines and trailers belong to whoever uses it.

mod arrival;
mod body;
mod client;
mod connect;
mod connection;
mod connections;
mod error;
mod http2;
mod limits;
mod preface;
mod received;
mod roots;
mod sending;
mod server;
mod signal;

pub use body::ClientBody;
pub use client::{Client, ClientConfig, Protocol};
pub use error::{Cause, SendError};
pub use limits::ServeLimits;
pub use received::{BodyError, Received};
pub use roots::{Roots, RootsError};
pub use server::serve;
pub use signal::shutdown_signal;

/// The body of a request as a service gets it.
pub type RequestBody = Received;

/// What one stream may have on its way unread. Smaller windows chop messages into frames so small that a peer's h2
/// takes them for an attack (`too_many_data_frames`) and ends the connection.
const STREAM_WINDOW: u32 = 1 << 20;

/// What one connection may have on its way unread, over all its streams.
const CONNECTION_WINDOW: u32 = 5 << 20;

type BoxError = Box<dyn std::error::Error + Send + Sync>;
