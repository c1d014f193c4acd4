//! The client's side of HTTP/2 (RFC 9113), as far as unary gRPC calls of one method need it, with no socket in it: bytes go
//! in, bytes come out. What a general library does for every call (a map of headers, a task's worth of state, a queue of
//! frames) costs more here than the calls themselves, and is paid by the machine that is being measured.

mod headers;
mod session;
mod streams;

pub use session::{Reply, Session};
