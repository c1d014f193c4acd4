//! One GET over HTTP/1.0, enough to read JSON from a program of the testbed. No TLS, no redirects, no chunks (a server sends
//! none to an HTTP/1.0 client).

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};

const BOUND: Duration = Duration::from_secs(20);

/// The body of a 200 reply; any other status is an error.
pub(crate) fn get(address: SocketAddr, path: &str) -> Result<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&address, BOUND)?;
    stream.set_read_timeout(Some(BOUND))?;
    stream.set_write_timeout(Some(BOUND))?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n")?;
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply)?;
    let end =
        reply.windows(4).position(|four| four == b"\r\n\r\n").context("a reply without an end of headers")?;
    let body = reply.split_off(end + 4);
    let head = String::from_utf8_lossy(&reply);
    let status = head.split_whitespace().nth(1);
    ensure!(status == Some("200"), "GET {path}: {head}{}", String::from_utf8_lossy(&body));
    Ok(body)
}
