//! Carries bytes between a socket and a session.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Buf;
use http::Request;
use meanwhile_http2::{Error, Session};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio_util::io::poll_read_buf;

use super::stream::Shared;

/// Room for what is read at once.
const READ: usize = 16 * 1024;

/// A socket and its session, which ends with this value.
pub(crate) struct Carrier<T> {
    socket: T,
    session: Shared,
    /// Why the connection is over; what is in the output is still to be sent.
    broken: Option<Error>,
}

/// Streams that the peer has opened: their numbers and heads.
pub(crate) type Arrived = VecDeque<(u32, Request<()>)>;

impl<T: AsyncRead + AsyncWrite + Unpin> Carrier<T> {
    pub(crate) fn new(socket: T, session: Session) -> Self {
        Self { socket, session: Shared::new(session), broken: None }
    }

    pub(crate) fn session(&self) -> &Shared {
        &self.session
    }

    /// Carries bytes until the peer has opened streams. None when the connection has ended as it should.
    ///
    /// # Errors
    /// Where it ended otherwise.
    pub(crate) async fn arrived(&mut self) -> Result<Option<Arrived>, Error> {
        poll_fn(|cx| self.poll_arrived(cx)).await
    }

    /// Carries bytes until the connection ends. For a client: no peer opens streams to it.
    pub(crate) async fn carry(&mut self) -> Result<(), Error> {
        while self.arrived().await?.is_some() {}
        // Best effort: what matters has been sent.
        let _ = self.socket.shutdown().await;
        Ok(())
    }

    fn poll_arrived(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Arrived>, Error>> {
        let Self { socket, session, broken } = self;
        let mut session = session.lock();
        session.set_driver(cx.waker());
        loop {
            let heard = session.hears();
            if broken.is_none() && heard {
                *broken = poll_read(socket, &mut session, cx).err();
            }
            let arrived: Arrived = std::iter::from_fn(|| session.accept()).collect();
            if !arrived.is_empty() {
                return Poll::Ready(Ok(Some(arrived)));
            }
            let written = poll_write(socket, &mut session, cx);
            if let Some(error) = broken
                && written.is_ready()
            {
                return Poll::Ready(Err(error.clone()));
            }
            if let Err(error) = ready!(written) {
                session.end(&error.to_string());
                return Poll::Ready(Err(Error::Closed(error.to_string().into())));
            }
            if session.is_done() {
                return Poll::Ready(Ok(None));
            }
            // It was deaf until all was written.
            if heard {
                return Poll::Pending;
            }
        }
    }
}

impl<T> Drop for Carrier<T> {
    fn drop(&mut self) {
        self.session.lock().end("it was dropped");
    }
}

/// Reads all that is there.
fn poll_read<T>(socket: &mut T, session: &mut Session, cx: &mut Context<'_>) -> Result<(), Error>
where
    T: AsyncRead + Unpin,
{
    while session.hears() {
        session.input.reserve(READ);
        match poll_read_buf(Pin::new(&mut *socket), cx, &mut session.input) {
            Poll::Pending => return Ok(()),
            Poll::Ready(Ok(0)) => return Err(closed(session, "the peer closed it")),
            Poll::Ready(Ok(_)) => session.receive()?,
            Poll::Ready(Err(error)) => return Err(closed(session, &error.to_string())),
        }
    }
    Ok(())
}

fn closed(session: &mut Session, why: &str) -> Error {
    session.end(why);
    // Nobody is left to send it to.
    session.output.clear();
    Error::Closed(why.into())
}

fn poll_write<T>(socket: &mut T, session: &mut Session, cx: &mut Context<'_>) -> Poll<std::io::Result<()>>
where
    T: AsyncWrite + Unpin,
{
    while !session.output.is_empty() {
        let written = ready!(Pin::new(&mut *socket).poll_write(cx, &session.output))?;
        if written == 0 {
            return Poll::Ready(Err(std::io::ErrorKind::WriteZero.into()));
        }
        session.output.advance(written);
        session.drained();
    }
    Poll::Ready(Ok(()))
}
