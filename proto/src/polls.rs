//! The packed form of a request's polls, as it rides in one attribute of the request span.
//!
//! A poll has three parts, one after the other: *idle* (nothing to do), *scheduled* (woken, not yet polled) and
//! *busy* (being polled). The attribute is base64url without padding (RFC 4648) of LEB128 varints, three a poll,
//! in nanoseconds; the first poll's idle part starts with the request span. A request keeps at most [`MAX_POLLS`].

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use prost::encoding::{decode_varint, encode_varint};

/// A log holds no more polls than this; beyond it the polls with the smallest gaps between them are merged.
pub const MAX_POLLS: usize = 128;

/// One poll, or several that were merged. Nanoseconds since the request span's start; `woken <= start <= end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Poll {
    /// When the task was woken. Equal to `start` where that is not known.
    pub woken: u64,
    /// When the poll began.
    pub start: u64,
    /// When the poll ended.
    pub end: u64,
}

/// Packs polls that are in order and do not overlap. What breaks that order is moved to where it last was in order.
pub fn pack(polls: &[Poll]) -> String {
    let mut bytes = Vec::with_capacity(polls.len() * 9);
    let mut at = 0;
    for poll in polls {
        for instant in [poll.woken, poll.start, poll.end] {
            let instant = instant.max(at);
            encode_varint(instant - at, &mut bytes);
            at = instant;
        }
    }
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Why a packed attribute could not be read.
#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    /// It is not base64url without padding.
    #[error("not base64url: {0}")]
    Base64(#[from] base64::DecodeError),
    /// It does not consist of whole polls, or its instants pass 2^64 ns.
    #[error("not a whole number of polls")]
    Truncated,
    /// It holds more than [`MAX_POLLS`].
    #[error("more than {MAX_POLLS} polls")]
    TooMany,
}

/// Reads what [`pack`] wrote.
pub fn unpack(packed: &str) -> Result<Vec<Poll>, UnpackError> {
    let bytes = URL_SAFE_NO_PAD.decode(packed)?;
    let mut rest = bytes.as_slice();
    let mut at = 0_u64;
    let mut polls = Vec::new();
    while !rest.is_empty() {
        if polls.len() == MAX_POLLS {
            return Err(UnpackError::TooMany);
        }
        let mut next = || -> Result<u64, UnpackError> {
            let step = decode_varint(&mut rest).map_err(|_| UnpackError::Truncated)?;
            at = at.checked_add(step).ok_or(UnpackError::Truncated)?;
            Ok(at)
        };
        polls.push(Poll { woken: next()?, start: next()?, end: next()? });
    }
    Ok(polls)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_packed_unpacks_equal(steps in prop::collection::vec((0..1u64 << 40, 0..1u64 << 30, 0..1u64 << 30), 0..MAX_POLLS)) {
            let mut at = 0;
            let polls: Vec<Poll> = steps.into_iter().map(|(idle, scheduled, busy)| {
                let woken = at + idle;
                let start = woken + scheduled;
                at = start + busy;
                Poll { woken, start, end: at }
            }).collect();
            prop_assert_eq!(unpack(&pack(&polls)).unwrap(), polls);
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,64}") {
            let _ = unpack(&text);
        }
    }

    #[test]
    fn a_poll_out_of_order_is_moved_not_wrapped() {
        let polls = [Poll { woken: 5, start: 6, end: 9 }, Poll { woken: 7, start: 10, end: 11 }];
        assert_eq!(unpack(&pack(&polls)).unwrap()[1], Poll { woken: 9, start: 10, end: 11 });
    }
}
