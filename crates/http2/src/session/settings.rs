//! What the peer says of the connection as a whole: settings, windows, pings, and its end.

use std::task::Waker;

use super::{ANNOUNCED, KEEPALIVE, Leaving, Session, Stream};
use crate::frame::{self, Head, MOST, flag, kind, setting};
use crate::{Error, Reason};

impl Session {
    pub(super) fn settings(&mut self, head: Head, payload: &[u8]) -> Result<(), Error> {
        if head.stream != 0 {
            return Err(self.abort(Reason::PROTOCOL_ERROR, "settings of a stream"));
        }
        self.has_settings = true;
        let is_ack = head.has(flag::ACK);
        if !payload.len().is_multiple_of(6) || (is_ack && !payload.is_empty()) {
            return Err(self.abort(Reason::FRAME_SIZE_ERROR, "settings of a wrong length"));
        }
        if is_ack {
            return Ok(());
        }
        for (name, value) in frame::settings(payload) {
            self.setting(name, value)?;
        }
        frame::put(&mut self.output, kind::SETTINGS, flag::ACK, 0, &[]);
        self.unblock();
        self.wake_openers();
        Ok(())
    }

    fn setting(&mut self, name: u16, value: u32) -> Result<(), Error> {
        match name {
            setting::HEADER_TABLE_SIZE => self.encoder.resize(value as usize),
            setting::ENABLE_PUSH if value > 1 => {
                return Err(self.abort(Reason::PROTOCOL_ERROR, "a push of neither"));
            }
            setting::MAX_CONCURRENT_STREAMS => self.most = value as usize,
            setting::INITIAL_WINDOW_SIZE if value > MOST => {
                return Err(self.abort(Reason::FLOW_CONTROL_ERROR, "a window that is too large"));
            }
            setting::INITIAL_WINDOW_SIZE => {
                let more = i64::from(value) - self.out_first;
                self.out_first += more;
                self.streams.values_mut().for_each(|stream| stream.outbound.window += more);
                let is_over = |stream: &Stream| stream.outbound.window > MOST.into();
                if self.streams.values().any(is_over) {
                    return Err(self.abort(Reason::FLOW_CONTROL_ERROR, "a window that is too large"));
                }
            }
            setting::MAX_FRAME_SIZE if !(16_384..=16_777_215).contains(&value) => {
                return Err(self.abort(Reason::PROTOCOL_ERROR, "a frame's size out of range"));
            }
            // Larger frames than the least that anybody takes would only make others wait.
            _ => {}
        }
        Ok(())
    }

    pub(super) fn window_update(&mut self, head: Head, payload: &[u8]) -> Result<(), Error> {
        let more = match frame::number(payload) {
            Some(more) if payload.len() == 4 => more & MOST,
            _ => return Err(self.abort(Reason::FRAME_SIZE_ERROR, "a window's update of a wrong length")),
        };
        if head.stream == 0 {
            self.out_window += i64::from(more);
            if more == 0 || self.out_window > MOST.into() {
                return Err(self.abort(Reason::FLOW_CONTROL_ERROR, "a window that is too large, or none"));
            }
            self.unblock();
            return Ok(());
        }
        self.has_been_open(head.stream)?;
        let Some(stream) = self.streams.get_mut(&head.stream) else { return Ok(()) };
        stream.outbound.window += i64::from(more);
        if more == 0 {
            self.reset(head.stream, Reason::PROTOCOL_ERROR);
        } else if stream.outbound.window > MOST.into() {
            self.reset(head.stream, Reason::FLOW_CONTROL_ERROR);
        } else if stream.outbound.is_blocked {
            // It keeps its place among those that wait, where it still has to.
            while self.unblock_one(head.stream) {}
        }
        Ok(())
    }

    pub(super) fn ping_frame(&mut self, head: Head, payload: &[u8]) -> Result<(), Error> {
        if head.stream != 0 {
            return Err(self.abort(Reason::PROTOCOL_ERROR, "a ping of a stream"));
        }
        if payload.len() != 8 {
            return Err(self.abort(Reason::FRAME_SIZE_ERROR, "a ping of a wrong length"));
        }
        if !head.has(flag::ACK) {
            frame::put(&mut self.output, kind::PING, flag::ACK, 0, payload);
        } else if payload == KEEPALIVE {
            self.pings.is_sent = false;
            self.pings.waker.take().into_iter().for_each(Waker::wake);
        } else if payload == ANNOUNCED && self.leaving == Leaving::Announced {
            // What the peer opened before it heard is here by now.
            self.leaving = Leaving::Yes;
            self.put_goaway(self.last, Reason::NO_ERROR);
        }
        Ok(())
    }

    pub(super) fn goaway(&mut self, head: Head, payload: &[u8]) -> Result<(), Error> {
        if head.stream != 0 {
            return Err(self.abort(Reason::PROTOCOL_ERROR, "a stream's end of the connection"));
        }
        let (Some(last), Some(code)) = (frame::number(payload), payload.get(4..).and_then(frame::number))
        else {
            return Err(self.abort(Reason::FRAME_SIZE_ERROR, "an end that is too short"));
        };
        // A client that leaves still wants the replies it has asked for.
        if self.is_server {
            self.leave();
            return Ok(());
        }
        self.leaving = Leaving::Yes;
        let late =
            self.streams.iter().filter(|(number, stream)| **number > last & MOST && !stream.is_closed());
        let late: Vec<_> = late.map(|(&number, _)| number).collect();
        for number in late {
            self.fail(number, Error::Unprocessed(Reason(code)));
        }
        self.wake_openers();
        Ok(())
    }
}
