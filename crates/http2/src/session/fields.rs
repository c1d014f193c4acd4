//! Blocks of fields, which may come in several frames, and what they are: a request, a response, or trailers.

use bytes::BytesMut;
use http::{Request, Response, StatusCode};

use super::{Leaving, Session};
use crate::frame::{self, Head, MAX_PAYLOAD, flag, kind};
use crate::head::{self, Fields};
use crate::hpack::Encoder;
use crate::{Error, Reason};

/// A block is compressed, so it may have as many bytes as its fields and some more. One that has more is an attack.
const ROOM: usize = 48 * 1024;
/// Frames of one block.
const FRAMES: u32 = 64;

/// A block of which more is to come.
#[derive(Debug)]
pub struct Block {
    stream: u32,
    is_end: bool,
    bytes: BytesMut,
    frames: u32,
}

impl Block {
    pub fn is_of(&self, head: Head) -> bool {
        head.kind == kind::CONTINUATION && head.stream == self.stream
    }
}

impl Session {
    pub(super) fn headers(&mut self, head: Head, payload: &[u8]) -> Result<(), Error> {
        if head.stream == 0 {
            return Err(self.abort(Reason::PROTOCOL_ERROR, "fields of no stream"));
        }
        let Some(block) = frame::inside(head, payload) else {
            return Err(self.abort(Reason::PROTOCOL_ERROR, "more padding than frame"));
        };
        let is_end = head.has(flag::END_STREAM);
        if head.has(flag::END_HEADERS) {
            return self.block(head.stream, is_end, block);
        }
        self.block = Some(Block { stream: head.stream, is_end, bytes: BytesMut::from(block), frames: 1 });
        Ok(())
    }

    pub(super) fn continuation(&mut self, head: Head, payload: &[u8]) -> Result<(), Error> {
        let Some(mut block) = self.block.take() else {
            return Err(self.abort(Reason::PROTOCOL_ERROR, "fields that go on from none"));
        };
        block.bytes.extend_from_slice(payload);
        block.frames += 1;
        if block.bytes.len() > self.config.max_header_list as usize + ROOM || block.frames > FRAMES {
            return Err(self.abort(Reason::ENHANCE_YOUR_CALM, "fields without end"));
        }
        if head.has(flag::END_HEADERS) {
            return self.block(block.stream, block.is_end, &block.bytes);
        }
        self.block = Some(block);
        Ok(())
    }

    /// A block is always read, also of a stream that nobody wants: the table goes on with it.
    fn block(&mut self, number: u32, is_end: bool, block: &[u8]) -> Result<(), Error> {
        let Some(fields) = self.reader.read(block) else {
            return Err(self.abort(Reason::COMPRESSION_ERROR, "fields that cannot be read"));
        };
        if self.is_server && number > self.last {
            return self.request(number, is_end, fields);
        }
        self.has_been_open(number)?;
        let Some(stream) = self.streams.get(&number).filter(|stream| !stream.is_closed()) else {
            // Trailers, and a response, may have been on their way when the stream ended; a request was not.
            return match self.is_server && fields.trailers().is_none() {
                true => Err(self.abort(Reason::STREAM_CLOSED, "a request on a stream that has ended")),
                false => Ok(()),
            };
        };
        if stream.inbound.is_done {
            self.reset(number, Reason::STREAM_CLOSED);
        } else if !stream.inbound.has_head {
            self.response(number, is_end, fields);
        } else {
            self.trailers(number, is_end, fields);
        }
        Ok(())
    }

    fn request(&mut self, number: u32, is_end: bool, fields: Fields) -> Result<(), Error> {
        if number.is_multiple_of(2) {
            return Err(self.abort(Reason::PROTOCOL_ERROR, "a client's stream of an even number"));
        }
        // The peer was told that it would not be looked at.
        if self.leaving == Leaving::Yes {
            return Ok(());
        }
        self.last = number;
        if self.open >= self.config.max_streams as usize {
            self.put_reset(number, Reason::REFUSED_STREAM);
        } else if fields.is_too_large {
            let mut response = Response::new(());
            *response.status_mut() = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
            self.put_fields(number, true, |encoder, out| head::put_response(encoder, &response, out));
            if !is_end {
                self.put_reset(number, Reason::NO_ERROR);
            }
        } else {
            let is_whole = |request: &Request<()>| {
                !is_end || head::content_length(request.headers()).is_none_or(|it| it == 0)
            };
            match fields.request().filter(is_whole) {
                Some(request) => self.arrive(number, request, is_end),
                None => self.put_reset(number, Reason::PROTOCOL_ERROR),
            }
        }
        Ok(())
    }

    fn response(&mut self, number: u32, is_end: bool, fields: Fields) {
        let is_too_large = fields.is_too_large;
        let Some(response) = fields.response().filter(|_| !is_too_large) else {
            return self.reset(number, Reason::PROTOCOL_ERROR);
        };
        // One before the real one (RFC 9110 section 15.2).
        if response.status().is_informational() {
            if is_end {
                self.reset(number, Reason::PROTOCOL_ERROR);
            }
            return;
        }
        let Some(stream) = self.streams.get_mut(&number) else { return };
        stream.inbound.has_head = true;
        // One without a body may say how long it would be.
        stream.inbound.announced = head::content_length(response.headers()).filter(|_| !is_end);
        stream.inbound.response = Some(response);
        self.received(number, is_end);
    }

    fn trailers(&mut self, number: u32, is_end: bool, fields: Fields) {
        let is_too_large = fields.is_too_large;
        let Some(trailers) = fields.trailers().filter(|_| is_end && !is_too_large) else {
            return self.reset(number, Reason::PROTOCOL_ERROR);
        };
        let Some(stream) = self.streams.get_mut(&number) else { return };
        stream.inbound.trailers = Some(trailers);
        self.received(number, true);
    }

    /// Writes a block of fields.
    pub(super) fn put_fields(
        &mut self,
        number: u32,
        is_end: bool,
        write: impl FnOnce(&mut Encoder, &mut BytesMut),
    ) {
        let start = self.output.len();
        let flags = if is_end { flag::END_STREAM } else { 0 };
        let head = Head { length: 0, kind: kind::HEADERS, flags: flags | flag::END_HEADERS, stream: number };
        head.put(&mut self.output);
        self.encoder.begin(&mut self.output);
        write(&mut self.encoder, &mut self.output);
        let length = self.output.len() - start - frame::HEAD;
        if length <= MAX_PAYLOAD {
            self.output[start..start + 3].copy_from_slice(&(length as u32).to_be_bytes()[1..]);
        } else {
            self.split_fields(start, flags, number);
        }
        self.wake_driver();
    }

    /// What does not fit into one frame goes into several.
    fn split_fields(&mut self, start: usize, flags: u8, number: u32) {
        let block = self.output.split_off(start + frame::HEAD);
        self.output.truncate(start);
        let last = block.len().div_ceil(MAX_PAYLOAD) - 1;
        for (at, piece) in block.chunks(MAX_PAYLOAD).enumerate() {
            let (kind, first) = if at == 0 { (kind::HEADERS, flags) } else { (kind::CONTINUATION, 0) };
            let end = if at == last { flag::END_HEADERS } else { 0 };
            frame::put(&mut self.output, kind, first | end, number, piece);
        }
    }
}
