//! What comes in: frames, read in order, and what waits in streams until somebody takes it.

use std::mem;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use http::{HeaderMap, Response};

use super::stream::{Holder, wait};
use super::{Leaving, Session};
use crate::frame::{self, Head, MAX_PAYLOAD, PREFACE, flag, kind};
use crate::{Error, Reason};

/// Streams that a peer may open and reset before anybody has heard of them, with no reply between.
const TAKEN_BACK: u32 = 256;

impl Session {
    /// Reads what is in the input, up to the last frame that is whole.
    ///
    /// # Errors
    /// Where the peer broke a rule of the connection. What it is told of that is in the output; then nothing goes on.
    pub fn receive(&mut self) -> Result<(), Error> {
        if !self.has_preface {
            if self.input.len() < PREFACE.len() {
                return Ok(());
            }
            if !self.input.starts_with(PREFACE) {
                return Err(self.abort(Reason::PROTOCOL_ERROR, "a preface of something else"));
            }
            self.input.advance(PREFACE.len());
            self.has_preface = true;
        }
        while let Some(head) = Head::peek(&self.input) {
            if head.length > MAX_PAYLOAD {
                return Err(self.abort(Reason::FRAME_SIZE_ERROR, "a frame that is too large"));
            }
            let end = frame::HEAD + head.length;
            if self.input.len() < end {
                break;
            }
            // The payload is read where it lies, while it changes everything else.
            let mut input = mem::take(&mut self.input);
            let read = self.frame(head, &input[frame::HEAD..end]);
            input.advance(end);
            self.input = input;
            read?;
        }
        Ok(())
    }

    fn frame(&mut self, head: Head, payload: &[u8]) -> Result<(), Error> {
        if !self.has_settings && head.kind != kind::SETTINGS {
            return Err(self.abort(Reason::PROTOCOL_ERROR, "no settings first"));
        }
        if self.block.as_ref().is_some_and(|block| !block.is_of(head)) {
            return Err(self.abort(Reason::PROTOCOL_ERROR, "a frame between fields"));
        }
        match head.kind {
            kind::DATA => self.data(head, payload),
            kind::HEADERS => self.headers(head, payload),
            kind::CONTINUATION => self.continuation(head, payload),
            kind::RST_STREAM => self.rst_stream(head, payload),
            kind::SETTINGS => self.settings(head, payload),
            kind::PING => self.ping_frame(head, payload),
            kind::GOAWAY => self.goaway(head, payload),
            kind::WINDOW_UPDATE => self.window_update(head, payload),
            kind::PUSH_PROMISE => Err(self.abort(Reason::PROTOCOL_ERROR, "a push that nobody wants")),
            kind::PRIORITY if head.stream == 0 => {
                Err(self.abort(Reason::PROTOCOL_ERROR, "a priority of no stream"))
            }
            kind::PRIORITY if payload.len() != 5 => {
                Err(self.abort(Reason::FRAME_SIZE_ERROR, "a priority of a wrong length"))
            }
            _ => Ok(()),
        }
    }

    fn data(&mut self, head: Head, payload: &[u8]) -> Result<(), Error> {
        if head.stream == 0 {
            return Err(self.abort(Reason::PROTOCOL_ERROR, "data of no stream"));
        }
        self.has_been_open(head.stream)?;
        let length = payload.len() as u32;
        let Some(window) = self.in_window.checked_sub(length) else {
            return Err(self.abort(Reason::FLOW_CONTROL_ERROR, "more data than the window"));
        };
        self.in_window = window;
        let Some(data) = frame::inside(head, payload) else {
            return Err(self.abort(Reason::PROTOCOL_ERROR, "more padding than frame"));
        };
        let Some(stream) = self.streams.get_mut(&head.stream).filter(|stream| !stream.is_closed()) else {
            // It was on its way when the stream ended, or its peer has not understood that.
            self.use_up(length);
            if self.is_server {
                self.put_reset(head.stream, Reason::STREAM_CLOSED);
            }
            return Ok(());
        };
        let inbound = &mut stream.inbound;
        let announced = inbound.announced.map(|left| left.checked_sub(data.len() as u64));
        inbound.window -= i64::from(length);
        let broken = match () {
            () if inbound.is_done => Some(Reason::STREAM_CLOSED),
            () if !inbound.has_head || announced == Some(None) => Some(Reason::PROTOCOL_ERROR),
            () if inbound.window < 0 => Some(Reason::FLOW_CONTROL_ERROR),
            () => None,
        };
        if let Some(reason) = broken {
            self.use_up(length);
            self.reset(head.stream, reason);
            return Ok(());
        }
        inbound.announced = announced.flatten();
        if stream.is_held_by(Holder::Receiver) {
            stream.inbound.data.extend_from_slice(data);
            self.took(head.stream, length - data.len() as u32);
        } else {
            self.took(head.stream, length);
        }
        self.received(head.stream, head.has(flag::END_STREAM));
        Ok(())
    }

    /// Something has come; with `is_end`, the last.
    pub(super) fn received(&mut self, number: u32, is_end: bool) {
        let Some(stream) = self.streams.get_mut(&number) else { return };
        if is_end && stream.inbound.announced.is_some_and(|left| left != 0) {
            return self.reset(number, Reason::PROTOCOL_ERROR);
        }
        stream.inbound.is_done |= is_end;
        stream.wake_receiver();
        if stream.is_closed() {
            self.closed(number);
        }
    }

    fn rst_stream(&mut self, head: Head, payload: &[u8]) -> Result<(), Error> {
        let code = match frame::number(payload) {
            Some(code) if payload.len() == 4 => code,
            _ => return Err(self.abort(Reason::FRAME_SIZE_ERROR, "a reset of a wrong length")),
        };
        if head.stream == 0 {
            return Err(self.abort(Reason::PROTOCOL_ERROR, "a reset of no stream"));
        }
        self.has_been_open(head.stream)?;
        self.fail(head.stream, Error::Reset(Reason(code)));
        let Some(at) = self.arrived.iter().position(|(number, _)| *number == head.stream) else {
            return Ok(());
        };
        // Nobody has heard of it, and nobody will. A peer that does nothing else only wants to keep us busy.
        self.arrived.remove(at);
        self.streams.remove(&head.stream);
        self.taken_back += 1;
        match self.taken_back > TAKEN_BACK {
            true => Err(self.abort(Reason::ENHANCE_YOUR_CALM, "streams that are opened only to be reset")),
            false => Ok(()),
        }
    }

    /// A stream breaks off.
    pub(super) fn fail(&mut self, number: u32, error: Error) {
        if let Some(stream) = self.streams.get_mut(&number).filter(|stream| !stream.is_closed()) {
            stream.fail(error);
            self.closed(number);
        }
    }

    /// A frame of a stream that was never opened breaks the protocol.
    pub(super) fn has_been_open(&mut self, number: u32) -> Result<(), Error> {
        let is_known = match self.is_server {
            true => number % 2 == 1 && number <= self.last,
            false => number % 2 == 1 && number < self.next,
        };
        // A stream that was to be left out was opened, as the peer sees it.
        match is_known || (self.is_server && number % 2 == 1 && self.leaving == Leaving::Yes) {
            true => Ok(()),
            false => Err(self.abort(Reason::PROTOCOL_ERROR, "a frame of a stream that is not open")),
        }
    }

    /// The response's head.
    ///
    /// # Errors
    /// Where the stream broke off before.
    pub fn poll_response(&mut self, number: u32, cx: &mut Context<'_>) -> Poll<Result<Response<()>, Error>> {
        let Some(stream) = self.streams.get_mut(&number) else { return Poll::Ready(Err(gone())) };
        if let Some(response) = stream.inbound.response.take() {
            return Poll::Ready(Ok(response));
        }
        if let Some(error) = &stream.error {
            return Poll::Ready(Err(error.clone()));
        }
        wait(&mut stream.inbound.waker, cx);
        Poll::Pending
    }

    /// What has come of the body since; none at its end. The peer may send as much again.
    ///
    /// # Errors
    /// Where the stream broke off before its end.
    pub fn poll_data(&mut self, number: u32, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Error>>> {
        let Some(stream) = self.streams.get_mut(&number) else { return Poll::Ready(Some(Err(gone()))) };
        if !stream.inbound.data.is_empty() {
            let data = mem::take(&mut stream.inbound.data).freeze();
            self.took(number, data.len() as u32);
            return Poll::Ready(Some(Ok(data)));
        }
        if stream.inbound.is_done {
            return Poll::Ready(None);
        }
        if let Some(error) = &stream.error {
            return Poll::Ready(Some(Err(error.clone())));
        }
        wait(&mut stream.inbound.waker, cx);
        Poll::Pending
    }

    /// The trailers, where there are any, after the body's end.
    ///
    /// # Errors
    /// Where the stream broke off before.
    pub fn poll_trailers(
        &mut self,
        number: u32,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<HeaderMap, Error>>> {
        let Some(stream) = self.streams.get_mut(&number) else { return Poll::Ready(Some(Err(gone()))) };
        if stream.inbound.is_done {
            return Poll::Ready(stream.inbound.trailers.take().map(Ok));
        }
        if let Some(error) = &stream.error {
            return Poll::Ready(Some(Err(error.clone())));
        }
        wait(&mut stream.inbound.waker, cx);
        Poll::Pending
    }

    /// Whether nothing more is to be taken: no data, and no trailers.
    pub fn is_end(&self, number: u32) -> bool {
        self.streams.get(&number).is_none_or(|stream| {
            let inbound = &stream.inbound;
            inbound.is_done && inbound.data.is_empty() && inbound.trailers.is_none()
        })
    }

    /// So much of a stream has been taken.
    fn took(&mut self, number: u32, length: u32) {
        self.use_up(length);
        let Some(stream) = self.streams.get_mut(&number).filter(|stream| !stream.is_closed()) else { return };
        let inbound = &mut stream.inbound;
        inbound.used += length;
        if inbound.used > self.config.stream_window / 2 && !inbound.is_done {
            frame::put_window_update(&mut self.output, number, inbound.used);
            inbound.window += i64::from(mem::take(&mut inbound.used));
            self.wake_driver();
        }
    }

    /// So much of the connection's window has been used, and may be sent again.
    pub(super) fn use_up(&mut self, length: u32) {
        self.in_used += length;
        if self.in_used > self.config.connection_window / 2 {
            frame::put_window_update(&mut self.output, 0, self.in_used);
            self.in_window += mem::take(&mut self.in_used);
            self.wake_driver();
        }
    }
}

fn gone() -> Error {
    Error::Refused(Reason::CANCEL)
}
