//! Ports for programs that cannot be given a listener. Between this answer and the program's own bind another process may
//! take the port, so whoever starts such a program tries again with another one.

use std::{io, net::TcpListener};

/// A port that was free on 127.0.0.1 a moment ago.
pub fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
