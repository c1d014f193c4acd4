//! One connection's state. Methods that take a stream's number may be called for as long as somebody holds it; each that
//! puts bytes into the output wakes whoever carries it.

mod fields;
mod inbound;
mod opening;
mod outbound;
mod settings;
mod stream;

use std::collections::{HashMap, VecDeque};
use std::mem;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::BytesMut;
use http::Request;

use crate::frame::{self, FIRST_WINDOW, MOST, kind, setting};
use crate::head::Reader;
use crate::hpack::Encoder;
use crate::{Config, Error, Reason};
use fields::Block;
pub use stream::Holder;
use stream::Stream;

/// Bytes that wait to be sent, at which streams' data waits in its stream.
const FULL: usize = 256 * 1024;
/// Bytes that wait to be sent, at which a server hears nothing more: its peer asks, and does not listen.
const DEAF: usize = 512 * 1024;
/// The same for a client, which has to hear for much longer: were both sides deaf at once, neither would ever go on.
const DEAF_CLIENT: usize = 8 * DEAF;

/// One connection's state.
pub struct Session {
    config: Config,
    is_server: bool,
    /// Bytes that were received, and not read yet.
    pub input: BytesMut,
    /// Bytes to be sent.
    pub output: BytesMut,
    driver: Option<Waker>,
    reader: Reader,
    encoder: Encoder,
    streams: HashMap<u32, Stream>,
    /// Streams that neither side has ended.
    open: usize,
    /// A block of fields that goes on in the next frame.
    block: Option<Block>,
    has_preface: bool,
    has_settings: bool,
    /// What may still be received, and what was used up since the peer was told.
    in_window: u32,
    in_used: u32,
    /// What may still be sent, and what a stream may send at first.
    out_window: i64,
    out_first: i64,
    /// Streams that wait for a window, or for the output to empty; first come, first served.
    blocked: VecDeque<u32>,
    /// Server: the last stream that the peer opened, and those of which nobody has heard yet.
    last: u32,
    arrived: VecDeque<(u32, Request<()>)>,
    /// Streams that were reset before anybody had heard of them, since the last reply.
    taken_back: u32,
    /// Client: the next stream's number, the most there may be, and who waits to open one.
    next: u32,
    most: usize,
    openers: Vec<Waker>,
    leaving: Leaving,
    pings: Pings,
    /// Why nothing goes on.
    ended: Option<Error>,
}

/// How far the end of a connection is agreed upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leaving {
    /// Not at all.
    No,
    /// We have said that we will take no more, and wait until that has arrived.
    Announced,
    /// Nothing is taken any more.
    Yes,
}

/// Pings that are on their way.
#[derive(Debug, Default)]
struct Pings {
    is_sent: bool,
    waker: Option<Waker>,
}

/// What tells a ping of the keepalive from one that asks whether the announced end has arrived.
const KEEPALIVE: [u8; 8] = *b"keepaliv";
const ANNOUNCED: [u8; 8] = *b"shutdown";

impl Session {
    /// The side that is asked.
    pub fn server(config: Config) -> Self {
        let settings = [
            (setting::MAX_CONCURRENT_STREAMS, config.max_streams),
            (setting::INITIAL_WINDOW_SIZE, config.stream_window),
            (setting::MAX_HEADER_LIST_SIZE, config.max_header_list),
        ];
        Self::new(config, true, BytesMut::new(), &settings)
    }

    /// The side that asks.
    pub fn client(config: Config) -> Self {
        let settings = [
            (setting::ENABLE_PUSH, 0),
            (setting::INITIAL_WINDOW_SIZE, config.stream_window),
            (setting::MAX_HEADER_LIST_SIZE, config.max_header_list),
        ];
        Self::new(config, false, BytesMut::from(&frame::PREFACE[..]), &settings)
    }

    fn new(config: Config, is_server: bool, mut output: BytesMut, settings: &[(u16, u32)]) -> Self {
        frame::put_settings(&mut output, settings);
        let more = config.connection_window.saturating_sub(FIRST_WINDOW);
        if more > 0 {
            frame::put_window_update(&mut output, 0, more);
        }
        Self {
            config,
            is_server,
            input: BytesMut::new(),
            output,
            driver: None,
            reader: Reader::new(config.max_header_list),
            encoder: Encoder::new(),
            streams: HashMap::new(),
            open: 0,
            block: None,
            has_preface: !is_server,
            has_settings: false,
            in_window: FIRST_WINDOW + more,
            in_used: 0,
            out_window: FIRST_WINDOW.into(),
            out_first: FIRST_WINDOW.into(),
            blocked: VecDeque::new(),
            last: 0,
            arrived: VecDeque::new(),
            taken_back: 0,
            next: 1,
            most: opening::MOST_AT_FIRST,
            openers: Vec::new(),
            leaving: Leaving::No,
            pings: Pings::default(),
            ended: None,
        }
    }

    /// Who is woken when there is something to send.
    pub fn set_driver(&mut self, waker: &Waker) {
        if !self.driver.as_ref().is_some_and(|driver| driver.will_wake(waker)) {
            self.driver = Some(waker.clone());
        }
    }

    /// False while the peer has to take what it asked for before it is heard again.
    pub fn hears(&self) -> bool {
        self.output.len() < if self.is_server { DEAF } else { DEAF_CLIENT }
    }

    /// True when the connection has nothing left to do; what is in the output is still to be sent.
    pub fn is_done(&self) -> bool {
        self.ended.is_some() || (self.leaving == Leaving::Yes && self.open == 0 && self.arrived.is_empty())
    }

    /// Takes no more streams, and lets the peer know in time: those that it opens before it has heard are still taken (RFC
    /// 9113 section 6.8). On a client, opens no more.
    pub fn leave(&mut self) {
        if self.leaving != Leaving::No || self.ended.is_some() {
            return;
        }
        if !self.is_server {
            self.leaving = Leaving::Yes;
            self.put_goaway(0, Reason::NO_ERROR);
        } else {
            self.leaving = Leaving::Announced;
            self.put_goaway(MOST, Reason::NO_ERROR);
            frame::put(&mut self.output, kind::PING, 0, 0, &ANNOUNCED);
        }
        self.wake_driver();
    }

    /// Asks whether the peer is still there.
    pub fn ping(&mut self) {
        self.pings.is_sent = true;
        frame::put(&mut self.output, kind::PING, 0, 0, &KEEPALIVE);
        self.wake_driver();
    }

    /// Ready when the peer has answered.
    pub fn poll_pong(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.pings.is_sent {
            return Poll::Ready(());
        }
        self.pings.waker = Some(cx.waker().clone());
        Poll::Pending
    }

    /// The connection is gone, and with it all that was under way.
    pub fn end(&mut self, why: &str) {
        self.end_with(Error::Closed(Arc::from(why)));
    }

    fn end_with(&mut self, error: Error) {
        if self.ended.is_some() {
            return;
        }
        for stream in self.streams.values_mut().filter(|stream| !stream.is_closed()) {
            stream.fail(error.clone());
        }
        self.open = 0;
        self.ended = Some(error);
        self.wake_openers();
        self.wake_driver();
    }

    /// The peer has broken a rule: it is told which, and no more is heard of it.
    fn abort(&mut self, reason: Reason, why: &'static str) -> Error {
        self.put_goaway(self.last, reason);
        let error = Error::Protocol(reason, why);
        self.end_with(error.clone());
        error
    }

    fn put_goaway(&mut self, last: u32, reason: Reason) {
        let [last, code] = [last, reason.0].map(u32::to_be_bytes);
        frame::put(&mut self.output, kind::GOAWAY, 0, 0, &[last, code].concat());
    }

    fn wake_driver(&self) {
        if let Some(driver) = &self.driver {
            driver.wake_by_ref();
        }
    }

    fn wake_openers(&mut self) {
        mem::take(&mut self.openers).into_iter().for_each(Waker::wake);
    }
}

#[cfg(test)]
mod tests;
