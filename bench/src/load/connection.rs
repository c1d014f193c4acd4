//! Connections to one server, and one call on them.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::{future, io};

use anyhow::Result;
use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::http2::{Reply, Session};
use crate::requests::Requests;

/// What is read at once.
const READ: usize = 64 * 1024;

/// Open connections; they end with this value.
pub struct Connections {
    sessions: Vec<Shared>,
    _drivers: JoinSet<()>,
}

/// Makes calls on one connection.
pub struct Caller {
    session: Shared,
}

type Shared = Arc<Mutex<Session>>;

impl Connections {
    /// Opens so many, for calls of one method.
    pub async fn open(address: SocketAddr, many: usize, requests: &Requests) -> Result<Self> {
        let (mut sessions, mut drivers) = (Vec::with_capacity(many), JoinSet::new());
        for _ in 0..many {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            let session = Arc::new(Mutex::new(Session::new(requests.path, &address.to_string())));
            sessions.push(session.clone());
            drivers.spawn(drive(stream, session));
        }
        Ok(Self { sessions, _drivers: drivers })
    }

    /// A caller for a lane; lanes take the connections in turn.
    pub fn caller(&self, lane: usize) -> Caller {
        Caller { session: self.sessions[lane % self.sessions.len()].clone() }
    }
}

impl Caller {
    /// Makes the call with this body; an error for anything but OK.
    pub async fn call(&mut self, body: &Bytes) -> Result<Reply> {
        let number = future::poll_fn(|cx| lock(&self.session).poll_open(body, cx)).await?;
        let call = Call { session: &self.session, number };
        future::poll_fn(|cx| lock(call.session).poll_reply(number, cx)).await
    }
}

/// A call under way; dropped before its end, it is taken back.
struct Call<'a> {
    session: &'a Shared,
    number: u32,
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        lock(self.session).leave(self.number);
    }
}

fn lock(session: &Shared) -> MutexGuard<'_, Session> {
    session.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Carries bytes between the socket and the session. How it ends is said by the calls on it.
async fn drive(mut stream: TcpStream, session: Shared) {
    let mut buffer = vec![0; READ];
    let why = future::poll_fn(|cx| poll_bytes(&mut stream, &session, &mut buffer, cx)).await;
    lock(&session).end(&why);
}

/// Reads before it writes: what replies set free goes out with what is there already.
fn poll_bytes(
    stream: &mut TcpStream,
    session: &Shared,
    buffer: &mut [u8],
    cx: &mut Context<'_>,
) -> Poll<String> {
    let mut session = lock(session);
    session.driver = Some(cx.waker().clone());
    loop {
        let mut read = ReadBuf::new(buffer);
        match std::pin::Pin::new(&mut *stream).poll_read(cx, &mut read) {
            Poll::Pending => break,
            Poll::Ready(Err(error)) => return Poll::Ready(error.to_string()),
            Poll::Ready(Ok(())) if read.filled().is_empty() => {
                return Poll::Ready("the server closed it".to_owned());
            }
            Poll::Ready(Ok(())) => session.input.extend_from_slice(read.filled()),
        }
        if let Err(error) = session.receive() {
            return Poll::Ready(error.to_string());
        }
    }
    match ready!(poll_write(stream, &mut session, cx)) {
        Ok(()) => Poll::Pending,
        Err(error) => Poll::Ready(error.to_string()),
    }
}

fn poll_write(stream: &mut TcpStream, session: &mut Session, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
    while !session.output.is_empty() {
        let written = ready!(std::pin::Pin::new(&mut *stream).poll_write(cx, &session.output))?;
        session.output.advance(written);
    }
    Poll::Ready(Ok(()))
}
