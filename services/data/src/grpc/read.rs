//! Reading the one request message of a call.

use bytes::{Buf, Bytes, BytesMut};
use http_body::Body;
use http_body_util::BodyExt;
use meanwhile_proto::errors::Reason;

use super::PREFIX;
use crate::fault::Fault;

/// Reads the call's message; no more than `limit` bytes of it are ever held.
///
/// # Errors
/// A body that is not exactly one message, is compressed, or is over the limit.
pub async fn read_message<B>(mut body: B, limit: usize) -> Result<Bytes, Fault>
where
    B: Body<Data = Bytes> + Unpin,
{
    let mut buffer = Gathered::Empty;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Fault::new(Reason::Cancelled, "the request broke off"))?;
        if let Ok(data) = frame.into_data() {
            buffer.push(data);
            check_length(buffer.bytes(), limit)?;
        }
    }
    let mut message = buffer.finish();
    let length = check_length(&message, limit)?.ok_or_else(|| malformed("there is no message in it"))?;
    if message.len() != PREFIX + length {
        return Err(malformed("it is not exactly one message"));
    }
    message.advance(PREFIX);
    Ok(message)
}

/// The message's length, once its prefix is there. What is over the limit is refused before it is read.
fn check_length(bytes: &[u8], limit: usize) -> Result<Option<usize>, Fault> {
    let Some((&[flag, length @ ..], rest)) = bytes.split_first_chunk::<PREFIX>() else { return Ok(None) };
    let length = u32::from_be_bytes(length) as usize;
    match flag {
        0 => {}
        1 => {
            return Err(Fault::new(Reason::CompressionUnsupported, "compressed messages are not taken here"));
        }
        _ => return Err(malformed("its flag is neither 0 nor 1")),
    }
    if length > limit {
        let message = format!("the request has {length} bytes, and the limit is {limit}");
        return Err(Fault::new(Reason::RequestTooLarge, message));
    }
    if rest.len() > length {
        return Err(malformed("it is more than one message"));
    }
    Ok(Some(length))
}

fn malformed(what: &str) -> Fault {
    Fault::new(Reason::RequestMalformed, format!("the request is not one gRPC message: {what}"))
}

/// Most requests come in one frame, and are not copied.
enum Gathered {
    Empty,
    One(Bytes),
    Many(BytesMut),
}

impl Gathered {
    fn push(&mut self, data: Bytes) {
        *self = match std::mem::replace(self, Self::Empty) {
            Self::Empty => Self::One(data),
            Self::One(first) => {
                let mut all = BytesMut::from(first);
                all.extend_from_slice(&data);
                Self::Many(all)
            }
            Self::Many(mut all) => {
                all.extend_from_slice(&data);
                Self::Many(all)
            }
        };
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::Empty => &[],
            Self::One(bytes) => bytes,
            Self::Many(bytes) => bytes,
        }
    }

    fn finish(self) -> Bytes {
        match self {
            Self::Empty => Bytes::new(),
            Self::One(bytes) => bytes,
            Self::Many(bytes) => bytes.freeze(),
        }
    }
}
