//! One connection: opens streams, keeps both sides' windows, and gathers replies.

use std::collections::VecDeque;
use std::mem;
use std::task::{Context, Poll, Waker};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use bytes::{Buf, Bytes, BytesMut};

use meanwhile_http2::Reason;
use meanwhile_http2::frame::{self, FIRST_WINDOW, Head, MAX_PAYLOAD, PREFACE, flag, kind, setting};

use super::headers::{self, Fields, Reader};
use super::streams::{Stream, Streams};

/// Large enough that no reply waits for a window.
const WINDOW: u32 = 16 << 20;
/// The peer is told of what was received when it is so much.
const TOLD: u32 = 1 << 20;
/// Streams on a connection before its server has said how many it takes.
const FIRST_STREAMS: usize = 256;
/// What is kept of a reply's start.
const START: usize = 32;

/// One reply.
#[derive(Debug, Default)]
pub struct Reply {
    /// Its first bytes, which are all of a very short one.
    pub start: Bytes,
    /// False for one that went without an optional part.
    pub is_complete: bool,
}

/// A connection's state.
pub struct Session {
    /// Bytes that came in, and are not read yet.
    pub input: BytesMut,
    /// Bytes to be sent.
    pub output: BytesMut,
    /// Who sends them.
    pub driver: Option<Waker>,
    reader: Reader,
    /// The headers of the first request, until it is made, and of those after it.
    first: Option<Bytes>,
    later: Bytes,
    streams: Streams,
    open: usize,
    most: usize,
    /// Who waits for a stream to end, so as to open another.
    waiting: VecDeque<Waker>,
    /// Streams whose requests wait for the peer's windows.
    blocked: Vec<u32>,
    window: i64,
    first_window: i64,
    received: u32,
    ended: Option<String>,
}

impl Session {
    /// For calls of that method at that authority.
    pub fn new(path: &str, authority: &str) -> Self {
        let mut output = BytesMut::from(&PREFACE[..]);
        let settings = [(setting::ENABLE_PUSH, 0), (setting::INITIAL_WINDOW_SIZE, WINDOW)];
        frame::put_settings(&mut output, &settings);
        frame::put_window_update(&mut output, 0, WINDOW);
        let (first, later) = headers::request(path, authority);
        Self {
            input: BytesMut::new(),
            output,
            driver: None,
            reader: Reader::new(),
            first: Some(first),
            later,
            streams: Streams::new(),
            open: 0,
            most: FIRST_STREAMS,
            waiting: VecDeque::new(),
            blocked: Vec::new(),
            window: FIRST_WINDOW.into(),
            first_window: FIRST_WINDOW.into(),
            received: 0,
            ended: None,
        }
    }

    /// Opens a stream with that body, and gives its number, as soon as the peer takes one more.
    pub fn poll_open(&mut self, body: &Bytes, cx: &mut Context<'_>) -> Poll<Result<u32>> {
        if let Some(why) = &self.ended {
            return Poll::Ready(Err(anyhow!("the connection ended: {why}")));
        }
        if self.open >= self.most {
            self.waiting.push_back(cx.waker().clone());
            return Poll::Pending;
        }
        self.open += 1;
        let number = self.streams.add(Stream {
            left: body.clone(),
            window: self.first_window,
            received: 0,
            reply: Reply::default(),
            ended: None,
            waker: None,
        });
        let first = self.first.take();
        let block = first.as_ref().unwrap_or(&self.later);
        frame::put(&mut self.output, kind::HEADERS, flag::END_HEADERS, number, block);
        self.send(number);
        self.wake_driver();
        Poll::Ready(Ok(number))
    }

    /// The stream's reply when it has ended; an error for anything but OK.
    pub fn poll_reply(&mut self, number: u32, cx: &mut Context<'_>) -> Poll<Result<Reply>> {
        let Some(stream) = self.streams.get(number) else {
            return Poll::Ready(Err(anyhow!("the reply was taken before")));
        };
        let Some(ended) = stream.ended.take() else {
            stream.waker = Some(cx.waker().clone());
            return Poll::Pending;
        };
        let reply = mem::take(&mut stream.reply);
        self.streams.take(number);
        Poll::Ready(ended.map(|()| reply).map_err(anyhow::Error::msg))
    }

    /// Nobody wants the stream's reply any more.
    pub fn leave(&mut self, number: u32) {
        if self.streams.take(number).is_some_and(|stream| stream.ended.is_none()) {
            self.reset(number);
            self.closed();
        }
    }

    /// Reads the frames that are there.
    pub fn receive(&mut self) -> Result<()> {
        while let Some(head) = Head::peek(&self.input) {
            ensure!(head.length <= MAX_PAYLOAD, "a frame of {} bytes", head.length);
            let end = frame::HEAD + head.length;
            if self.input.len() < end {
                break;
            }
            let mut input = mem::take(&mut self.input);
            self.frame(head, &input[frame::HEAD..end])?;
            input.advance(end);
            self.input = input;
        }
        Ok(())
    }

    /// The connection is gone, and with it what was under way.
    pub fn end(&mut self, why: &str) {
        self.ended = Some(why.to_owned());
        for (_, stream) in self.streams.all().filter(|(_, stream)| stream.ended.is_none()) {
            finish(stream, Err(format!("the connection ended: {why}")));
        }
        self.waiting.drain(..).for_each(Waker::wake);
    }

    fn frame(&mut self, head: Head, payload: &[u8]) -> Result<()> {
        match head.kind {
            kind::DATA => self.data(head, payload),
            kind::HEADERS => self.headers(head, payload),
            kind::RST_STREAM => {
                let code = frame::number(payload).context("a reset that is too short")?;
                // A server that has answered all it will may take no more of the request (RFC 9113 section 8.1).
                self.ended(head.stream, Err(format!("the server reset the stream (error code {code})")));
                Ok(())
            }
            kind::SETTINGS if !head.has(flag::ACK) => self.settings(payload),
            kind::PING if !head.has(flag::ACK) => {
                frame::put(&mut self.output, kind::PING, flag::ACK, 0, payload);
                Ok(())
            }
            kind::GOAWAY => {
                let last = frame::number(payload).context("an end that is too short")?;
                self.ended = Some("the server takes no more calls on it".to_owned());
                let late: Vec<_> =
                    self.streams.all().map(|(number, _)| number).filter(|&it| it > last).collect();
                for number in late {
                    self.ended(number, Err("the server was closing the connection".to_owned()));
                }
                self.waiting.drain(..).for_each(Waker::wake);
                Ok(())
            }
            kind::WINDOW_UPDATE => {
                let more = i64::from(
                    frame::number(payload).context("a window's update that is too short")? & frame::MOST,
                );
                match head.stream {
                    0 => self.window += more,
                    number => self.streams.get(number).into_iter().for_each(|stream| stream.window += more),
                }
                self.unblock();
                Ok(())
            }
            kind::PUSH_PROMISE => bail!("the server pushes"),
            kind::CONTINUATION => bail!("headers in several frames"),
            _ => Ok(()),
        }
    }

    fn data(&mut self, head: Head, payload: &[u8]) -> Result<()> {
        let data = frame::inside(head, payload).context("wrong padding")?;
        let length = payload.len() as u32;
        tell(&mut self.output, 0, &mut self.received, length);
        let Some(stream) = self.streams.get(head.stream) else { return Ok(()) };
        if stream.reply.start.is_empty() {
            stream.reply.start = Bytes::copy_from_slice(&data[..data.len().min(START)]);
        }
        match head.has(flag::END_STREAM) {
            true => self.ended(head.stream, Err("the reply has no status".to_owned())),
            false => tell(&mut self.output, head.stream, &mut stream.received, length),
        }
        Ok(())
    }

    fn headers(&mut self, head: Head, payload: &[u8]) -> Result<()> {
        ensure!(head.has(flag::END_HEADERS), "headers in several frames");
        let block = frame::inside(head, payload).context("wrong padding")?;
        let fields = self.reader.read(block)?;
        if head.has(flag::END_STREAM) {
            if let Some(stream) = self.streams.get(head.stream) {
                stream.reply.is_complete = !fields.is_partial;
            }
            self.ended(head.stream, outcome(&fields));
        }
        Ok(())
    }

    fn settings(&mut self, payload: &[u8]) -> Result<()> {
        for (name, value) in frame::settings(payload) {
            match name {
                setting::HEADER_TABLE_SIZE => ensure!(value >= 4_096, "the server keeps too few headers"),
                setting::MAX_CONCURRENT_STREAMS => self.most = value as usize,
                setting::INITIAL_WINDOW_SIZE => {
                    let more = i64::from(value) - self.first_window;
                    self.first_window += more;
                    self.streams.all().for_each(|(_, stream)| stream.window += more);
                }
                _ => {}
            }
        }
        frame::put(&mut self.output, kind::SETTINGS, flag::ACK, 0, &[]);
        self.unblock();
        self.waiting.drain(..).for_each(Waker::wake);
        Ok(())
    }

    /// Sends what there is room for of the stream's request.
    fn send(&mut self, number: u32) {
        let Some(stream) = self.streams.get(number) else { return };
        while !stream.left.is_empty() {
            let room = self.window.min(stream.window).clamp(0, MAX_PAYLOAD as i64) as usize;
            let length = stream.left.len().min(room);
            if length == 0 {
                self.blocked.push(number);
                return;
            }
            let piece = stream.left.split_to(length);
            self.window -= length as i64;
            stream.window -= length as i64;
            let flags = if stream.left.is_empty() { flag::END_STREAM } else { 0 };
            frame::put(&mut self.output, kind::DATA, flags, number, &piece);
        }
    }

    fn unblock(&mut self) {
        for number in mem::take(&mut self.blocked) {
            self.send(number);
        }
    }

    fn ended(&mut self, number: u32, how: Result<(), String>) {
        let Some(stream) = self.streams.get(number).filter(|stream| stream.ended.is_none()) else { return };
        let is_sent = stream.left.is_empty();
        finish(stream, how);
        if !is_sent {
            stream.left.clear();
            self.reset(number);
        }
        self.closed();
    }

    fn reset(&mut self, number: u32) {
        frame::put(&mut self.output, kind::RST_STREAM, 0, number, &Reason::CANCEL.0.to_be_bytes());
        self.wake_driver();
    }

    fn closed(&mut self) {
        self.open -= 1;
        self.waiting.pop_front().into_iter().for_each(Waker::wake);
    }

    fn wake_driver(&mut self) {
        self.driver.take().into_iter().for_each(Waker::wake);
    }
}

/// Counts what was received, and lets the peer send as much again once it is worth a frame.
fn tell(output: &mut BytesMut, stream: u32, received: &mut u32, length: u32) {
    *received += length;
    if *received >= TOLD {
        frame::put_window_update(output, stream, mem::take(received));
    }
}

fn finish(stream: &mut Stream, how: Result<(), String>) {
    stream.ended = Some(how);
    stream.waker.take().into_iter().for_each(Waker::wake);
}

fn outcome(fields: &Fields) -> Result<(), String> {
    match fields.status.as_deref() {
        Some("0") => Ok(()),
        Some(code) => {
            let code = tonic::Code::from_bytes(code.as_bytes());
            Err(format!("{code:?}: {}", fields.message))
        }
        None => Err("the reply has no status".to_owned()),
    }
}

#[cfg(test)]
mod tests;
