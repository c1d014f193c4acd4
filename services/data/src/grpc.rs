//! gRPC over HTTP/2, as far as a server of messages needs it: one request message in, frames and trailers out.
//! See the gRPC project's PROTOCOL-HTTP2 document.

mod body;
mod read;

pub use body::{ReplyBody, failed_trailers, failure, ok_trailers, single, stream};
pub use read::read_message;

/// Flag and length in front of each message.
const PREFIX: usize = 5;

/// Writes one message with its prefix: not compressed, length big-endian.
pub fn frame_message<E>(
    out: &mut Vec<u8>,
    write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
) -> Result<(), E> {
    let start = out.len();
    out.extend_from_slice(&[0; PREFIX]);
    if let Err(error) = write(out) {
        // What came before this message is whole, and may still be sent.
        out.truncate(start);
        return Err(error);
    }
    // Replies are bounded far below 4 GiB.
    let length = (out.len() - start - PREFIX) as u32;
    out[start + 1..start + PREFIX].copy_from_slice(&length.to_be_bytes());
    Ok(())
}
