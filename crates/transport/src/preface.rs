//! Which protocol a connection speaks, by its first bytes, within a bounded time. From there on the protocols' own limits
//! hold: the header read timeout for HTTP/1.1, keepalive for HTTP/2.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::time::timeout;

/// RFC 9113 section 3.4: what every HTTP/2 client sends first.
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// What a connection speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spoken {
    Http1,
    Http2,
}

/// Reads as far as tells the protocol; the stream that comes back has these bytes before it.
///
/// # Errors
/// `TimedOut` where that takes too long, and what reading says.
pub(crate) async fn listen<T: AsyncRead + Unpin>(
    mut stream: T,
    bound: Duration,
) -> io::Result<(Spoken, Heard<T>)> {
    let mut first = [0; PREFACE.len()];
    let mut length = 0;
    let spoken = timeout(bound, async {
        while length < PREFACE.len() {
            match stream.read(&mut first[length..]).await? {
                0 => return Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
                more => length += more,
            }
            if !PREFACE.starts_with(&first[..length]) {
                return Ok(Spoken::Http1);
            }
        }
        Ok(Spoken::Http2)
    });
    let spoken = spoken.await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    Ok((spoken, Heard { stream, first, next: 0, length }))
}

/// A stream of which the first bytes were read before.
#[derive(Debug)]
pub(crate) struct Heard<T> {
    stream: T,
    first: [u8; PREFACE.len()],
    next: usize,
    length: usize,
}

impl<T: AsyncRead + Unpin> AsyncRead for Heard<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.next < this.length {
            let many = buf.remaining().min(this.length - this.next);
            buf.put_slice(&this.first[this.next..this.next + many]);
            this.next += many;
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut this.stream).poll_read(cx, buf)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Heard<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
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
    use tokio::io::AsyncWriteExt;

    const BOUND: Duration = Duration::from_secs(30);

    /// What is heard of a client that says these things one after the other, and then nothing.
    async fn heard(said: &[&[u8]]) -> io::Result<(Spoken, Vec<u8>)> {
        let (mut client, server) = tokio::io::duplex(64);
        let saying = async {
            for said in said {
                client.write_all(said).await?;
                tokio::task::yield_now().await;
            }
            io::Result::Ok(client)
        };
        let (client, listened) = tokio::join!(saying, listen(server, BOUND));
        let (spoken, mut stream) = listened?;
        drop(client);
        let mut all = Vec::new();
        stream.read_to_end(&mut all).await?;
        Ok((spoken, all))
    }

    #[tokio::test(start_paused = true)]
    async fn silence_times_out() {
        assert_eq!(heard(&[]).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test(start_paused = true)]
    async fn part_of_the_preface_times_out() {
        assert_eq!(heard(&[&PREFACE[..23]]).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test(start_paused = true)]
    async fn the_preface_is_http2_and_still_there_to_read() {
        assert_eq!(
            heard(&[PREFACE, b"more"]).await.unwrap(),
            (Spoken::Http2, [PREFACE, &b"more"[..]].concat())
        );
    }

    #[tokio::test(start_paused = true)]
    async fn the_preface_in_pieces_is_http2() {
        let (spoken, all) = heard(&[&PREFACE[..3], &PREFACE[3..]]).await.unwrap();
        assert_eq!((spoken, all), (Spoken::Http2, PREFACE.to_vec()));
    }

    #[tokio::test(start_paused = true)]
    async fn anything_else_is_http1_from_its_first_other_byte_on() {
        assert_eq!(heard(&[b"PO", b"ST /"]).await.unwrap(), (Spoken::Http1, b"POST /".to_vec()));
    }
}
