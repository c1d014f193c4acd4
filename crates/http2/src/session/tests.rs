//! A session by itself, told by hand what a peer would say; and two of them, back to back.

mod pair;
mod rules;
mod windows;

use std::task::{Context, Poll, Waker};

use bytes::{Buf, Bytes};
use http::{Request, Response};

use super::*;
use crate::frame::{Head, MAX_PAYLOAD, flag};
use crate::hpack::Name;

const CONFIG: Config =
    Config { stream_window: 100_000, connection_window: 200_000, max_streams: 3, max_header_list: 2_000 };

fn cx() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

/// Frames, as a peer writes them.
#[derive(Default)]
struct Said {
    bytes: BytesMut,
    encoder: Option<Encoder>,
}

impl Said {
    fn frame(mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Self {
        frame::put(&mut self.bytes, kind, flags, stream, payload);
        self
    }

    fn settings(mut self, settings: &[(u16, u32)]) -> Self {
        frame::put_settings(&mut self.bytes, settings);
        self
    }

    fn fields(mut self, stream: u32, flags: u8, fields: &[(&str, &str)]) -> Self {
        let mut block = BytesMut::new();
        let encoder = self.encoder.get_or_insert_with(Encoder::new);
        for (name, value) in fields {
            encoder.encode(&Name::read(name.as_bytes()).unwrap(), value.as_bytes(), &mut block);
        }
        self.frame(kind::HEADERS, flags | flag::END_HEADERS, stream, &block)
    }

    fn request(self, stream: u32, flags: u8) -> Self {
        self.fields(stream, flags, &[(":method", "POST"), (":scheme", "http"), (":path", "/")])
    }
}

/// A server whose peer has said what every peer says first.
fn server() -> Session {
    let mut server = Session::server(CONFIG);
    hear(&mut server, PREFACE_AND_SETTINGS.clone()).unwrap();
    sent(&mut server);
    server
}

/// A client whose peer has said what every peer says first.
fn client(settings: &[(u16, u32)]) -> Session {
    let mut client = Session::client(CONFIG);
    hear(&mut client, Said::default().settings(settings).bytes.freeze()).unwrap();
    client.output.clear();
    client
}

static PREFACE_AND_SETTINGS: std::sync::LazyLock<Bytes> = std::sync::LazyLock::new(|| {
    let mut said = Said { bytes: BytesMut::from(&frame::PREFACE[..]), encoder: None };
    said = said.settings(&[]);
    said.bytes.freeze()
});

fn hear(session: &mut Session, bytes: impl AsRef<[u8]>) -> Result<(), Error> {
    session.input.extend_from_slice(bytes.as_ref());
    session.receive()
}

/// The frames that were sent since: kind, stream, payload.
fn sent(session: &mut Session) -> Vec<(u8, u32, Bytes)> {
    let mut frames = Vec::new();
    while let Some(head) = Head::peek(&session.output) {
        session.output.advance(frame::HEAD);
        frames.push((head.kind, head.stream, session.output.split_to(head.length).freeze()));
    }
    session.drained();
    frames
}

/// What it resets streams with, or ends the connection with.
fn codes(session: &mut Session) -> Vec<(u32, Reason)> {
    let code = |(kind, stream, payload): (u8, u32, Bytes)| match kind {
        kind::RST_STREAM => Some((stream, Reason(frame::number(&payload)?))),
        kind::GOAWAY => Some((0, Reason(frame::number(&payload[4..])?))),
        _ => None,
    };
    sent(session).into_iter().filter_map(code).collect()
}

fn accept(session: &mut Session) -> Vec<u32> {
    std::iter::from_fn(|| session.accept()).map(|(number, _)| number).collect()
}

fn open(session: &mut Session, is_end: bool) -> Poll<Result<u32, Error>> {
    session.poll_open(|| Request::post("http://host/path").body(()).unwrap(), is_end, &mut cx())
}

fn let_go(session: &mut Session, number: u32) {
    session.let_go(number, Holder::Sender);
    session.let_go(number, Holder::Receiver);
}

fn ok() -> Response<()> {
    Response::new(())
}
