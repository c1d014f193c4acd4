//! A deadline on a connection's first bytes, up to where its protocol is known. From there on hyper's own limits hold:
//! the header read timeout for HTTP/1.1, keepalive for HTTP/2. Before it, hyper would wait for ever.

use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// RFC 9113 section 3.4: what every HTTP/2 client sends first.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A stream whose reads fail with `TimedOut` while its protocol is not known in time.
pub(crate) struct PrefaceDeadline<T> {
    stream: T,
    pending: Option<Pending>,
}

struct Pending {
    deadline: Pin<Box<Sleep>>,
    received: usize,
}

impl Pending {
    /// True once the bytes so far are all of the preface, or cannot become it.
    fn is_settled_by(&mut self, bytes: &[u8]) -> bool {
        let rest = PREFACE.get(self.received..).unwrap_or_default();
        self.received += bytes.len();
        bytes.len() >= rest.len() || !rest.starts_with(bytes)
    }
}

impl<T> PrefaceDeadline<T> {
    pub(crate) fn new(stream: T, timeout: Duration) -> Self {
        Self { stream, pending: Some(Pending { deadline: Box::pin(sleep(timeout)), received: 0 }) }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for PrefaceDeadline<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(pending) = &mut self.pending
            && pending.deadline.as_mut().poll(cx).is_ready()
        {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        if let Some(pending) = &mut self.pending
            && pending.is_settled_by(buf.filled().get(before..).unwrap_or_default())
        {
            self.pending = None;
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for PrefaceDeadline<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    const TIMEOUT: Duration = Duration::from_secs(30);

    async fn read_after(sent: &[u8]) -> io::Result<usize> {
        let (mut client, server) = tokio::io::duplex(64);
        let mut server = PrefaceDeadline::new(server, TIMEOUT);
        client.write_all(sent).await?;
        let mut seen = vec![0; sent.len()];
        server.read_exact(&mut seen).await?;
        let mut more = [0; 1];
        tokio::time::timeout(TIMEOUT * 2, server.read(&mut more)).await.unwrap_or(Ok(0))
    }

    #[tokio::test(start_paused = true)]
    async fn silence_times_out() {
        assert_eq!(read_after(b"").await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test(start_paused = true)]
    async fn part_of_the_preface_times_out() {
        assert_eq!(read_after(&PREFACE[..23]).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test(start_paused = true)]
    async fn the_whole_preface_lifts_the_deadline() {
        assert_eq!(read_after(PREFACE).await.unwrap(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn another_protocol_lifts_the_deadline() {
        assert_eq!(read_after(b"POST").await.unwrap(), 0);
    }
}
