//! What goes out: heads, data as far as both windows and the output have room for it, trailers, resets.

use std::mem;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Response};

use super::stream::{Holder, Then, wait};
use super::{FULL, Session};
use crate::frame::{self, MAX_PAYLOAD, flag, kind};
use crate::{Error, Reason, head};

impl Session {
    /// Sends the response's head; with `is_end` nothing follows.
    ///
    /// # Errors
    /// Where the stream broke off before; so it is with all that send.
    pub fn send_response(&mut self, number: u32, response: &Response<()>, is_end: bool) -> Result<(), Error> {
        self.check(number)?;
        self.put_fields(number, is_end, |encoder, out| head::put_response(encoder, response, out));
        if is_end {
            self.sent(number);
        }
        Ok(())
    }

    /// Sends a piece of the body, now or when there is room for it; with `is_end` nothing follows.
    ///
    /// # Errors
    /// See [`Session::send_response`].
    pub fn send_data(&mut self, number: u32, data: Bytes, is_end: bool) -> Result<(), Error> {
        self.check(number)?;
        let Some(stream) = self.streams.get_mut(&number) else { return Ok(()) };
        let outbound = &mut stream.outbound;
        outbound.left = match outbound.left.is_empty() {
            true => data,
            false => [&*outbound.left, &*data].concat().into(),
        };
        if is_end {
            outbound.then = Then::End;
        }
        self.go_on(number, usize::MAX);
        Ok(())
    }

    /// Sends trailers after what is left of the body; nothing follows.
    ///
    /// # Errors
    /// See [`Session::send_response`].
    pub fn send_trailers(&mut self, number: u32, trailers: HeaderMap) -> Result<(), Error> {
        self.check(number)?;
        if let Some(stream) = self.streams.get_mut(&number) {
            stream.outbound.then = Then::Trailers(trailers);
        }
        self.go_on(number, usize::MAX);
        Ok(())
    }

    /// Ready when what was handed over has left, and there is room for more.
    ///
    /// # Errors
    /// See [`Session::send_response`].
    pub fn poll_room(&mut self, number: u32, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.check(number)?;
        let room = self.room(number);
        let Some(stream) = self.streams.get_mut(&number) else { return Poll::Ready(Ok(())) };
        if stream.outbound.left.is_empty() && room > 0 {
            return Poll::Ready(Ok(()));
        }
        wait(&mut stream.outbound.waker, cx);
        self.block_stream(number);
        Poll::Pending
    }

    /// Ready when the stream has broken off.
    pub fn poll_reset(&mut self, number: u32, cx: &mut Context<'_>) -> Poll<Error> {
        let Some(stream) = self.streams.get_mut(&number) else { return Poll::Pending };
        if let Some(error) = &stream.error {
            return Poll::Ready(error.clone());
        }
        wait(&mut stream.outbound.waker, cx);
        Poll::Pending
    }

    /// Breaks the stream off.
    pub fn reset(&mut self, number: u32, reason: Reason) {
        if self.streams.get(&number).is_some_and(|stream| !stream.is_closed()) {
            self.put_reset(number, reason);
            self.fail(number, Error::Refused(reason));
        }
    }

    /// Somebody lets go of the stream. When nobody holds it any more, it ends if it has not yet.
    pub fn let_go(&mut self, number: u32, holder: Holder) {
        let Some(stream) = self.streams.get_mut(&number) else { return };
        stream.let_go(holder);
        if holder == Holder::Receiver {
            // Nobody will take it: it is as good as taken.
            let unread = mem::take(&mut stream.inbound.data);
            self.use_up(unread.len() as u32);
        }
        let Some(stream) = self.streams.get_mut(&number).filter(|stream| !stream.is_held()) else { return };
        if !stream.is_closed() {
            // What was handed over is still sent; a server that has answered needs no more of the request (section 8.1).
            let is_answered = self.is_server && !matches!(stream.outbound.then, Then::More);
            if is_answered && !stream.outbound.is_done {
                return;
            }
            self.reset(number, if is_answered { Reason::NO_ERROR } else { Reason::CANCEL });
        }
        self.streams.remove(&number);
    }

    /// The output has been sent, or most of it.
    pub fn drained(&mut self) {
        if self.output.len() < FULL / 2 && !self.blocked.is_empty() {
            self.unblock();
        }
    }

    /// Those that wait go on as far as they can, a frame each, in turns.
    pub(super) fn unblock(&mut self) {
        let mut turns = mem::take(&mut self.blocked);
        while let Some(number) = turns.pop_front() {
            let Some(stream) = self.streams.get_mut(&number) else { continue };
            stream.outbound.is_blocked = false;
            if self.unblock_one(number) {
                turns.push_back(number);
            }
        }
    }

    /// It sends a frame, where there is room; true where it could send another.
    pub(super) fn unblock_one(&mut self, number: u32) -> bool {
        self.go_on(number, 1);
        let has_room = self.room(number) > 0;
        let Some(stream) = self.streams.get_mut(&number) else { return false };
        let (is_sent, is_awaited) = (stream.outbound.left.is_empty(), stream.outbound.waker.is_some());
        match (is_sent, has_room) {
            (true, true) => stream.wake_sender(),
            (true, false) if !is_awaited => {}
            (_, false) => self.block_stream(number),
            (false, true) => return true,
        }
        false
    }

    pub(super) fn put_reset(&mut self, number: u32, reason: Reason) {
        frame::put(&mut self.output, kind::RST_STREAM, 0, number, &reason.0.to_be_bytes());
        self.wake_driver();
    }

    /// A stream has ended on both sides, or broken off.
    pub(super) fn closed(&mut self, number: u32) {
        self.open = self.open.saturating_sub(1);
        if !self.openers.is_empty() {
            self.wake_openers();
        }
        if self.streams.get(&number).is_some_and(|stream| !stream.is_held()) {
            self.streams.remove(&number);
        }
        if self.is_done() {
            self.wake_driver();
        }
    }

    /// Bytes that the stream may send now.
    fn room(&self, number: u32) -> usize {
        let Some(stream) = self.streams.get(&number) else { return 0 };
        if self.output.len() >= FULL {
            return 0;
        }
        self.out_window.min(stream.outbound.window).clamp(0, MAX_PAYLOAD as i64) as usize
    }

    /// Sends what is left of the stream, as far as there is room, in so many frames at most.
    fn go_on(&mut self, number: u32, mut frames: usize) {
        loop {
            let room = self.room(number);
            let Some(stream) = self.streams.get_mut(&number) else { return };
            let outbound = &mut stream.outbound;
            if outbound.is_done {
                return;
            }
            if outbound.left.is_empty() {
                break;
            }
            if frames == 0 {
                return;
            }
            frames -= 1;
            let length = outbound.left.len().min(room);
            if length == 0 {
                return self.block_stream(number);
            }
            let piece = outbound.left.split_to(length);
            outbound.window -= length as i64;
            self.out_window -= length as i64;
            let is_last = outbound.left.is_empty() && matches!(outbound.then, Then::End);
            put_data(&mut self.output, number, &piece, is_last);
            self.wake_driver();
            if is_last {
                return self.sent(number);
            }
        }
        let Some(stream) = self.streams.get_mut(&number) else { return };
        match mem::replace(&mut stream.outbound.then, Then::More) {
            Then::More => return,
            Then::End => {
                put_data(&mut self.output, number, &[], true);
                self.wake_driver();
            }
            Then::Trailers(trailers) => {
                self.put_fields(number, true, |encoder, out| head::put_headers(encoder, &trailers, out));
            }
        }
        self.sent(number);
    }

    /// All of our side is sent.
    fn sent(&mut self, number: u32) {
        let Some(stream) = self.streams.get_mut(&number) else { return };
        stream.outbound.then = Then::End;
        stream.outbound.is_done = true;
        self.taken_back = 0;
        if stream.is_closed() {
            self.closed(number);
        } else if !stream.is_held() {
            self.let_go(number, Holder::Sender);
        }
    }

    fn block_stream(&mut self, number: u32) {
        if let Some(stream) = self.streams.get_mut(&number)
            && !stream.outbound.is_blocked
        {
            stream.outbound.is_blocked = true;
            self.blocked.push_back(number);
        }
    }

    fn check(&self, number: u32) -> Result<(), Error> {
        let stream = self.streams.get(&number);
        match stream.map(|stream| (&stream.error, stream.outbound.is_done)) {
            Some((None, false)) => Ok(()),
            Some((Some(error), _)) => Err(error.clone()),
            _ => Err(Error::Refused(Reason::STREAM_CLOSED)),
        }
    }
}

fn put_data(out: &mut BytesMut, number: u32, data: &[u8], is_end: bool) {
    let flags = if is_end { flag::END_STREAM } else { 0 };
    frame::put(out, kind::DATA, flags, number, data);
}
