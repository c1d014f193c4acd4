//! Any bytes as what a peer says over HTTP/2, to a server and to a client.
//!
//! Neither panics, neither keeps more than it said it would, and once everybody has let go of a stream it is gone.

use std::task::{Context, Poll, Waker};

use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use meanwhile_http2::frame::{self, PREFACE, flag, kind, setting};
use meanwhile_http2::hpack::{Encoder, Name};
use meanwhile_http2::{Config, Holder, Session};

const CONFIG: Config =
    Config { stream_window: 20_000, connection_window: 70_000, max_streams: 4, max_header_list: 1_000 };

/// What may wait to be sent: the bound on data, and what a few streams may put on top of it.
const MOST_OUTPUT: usize = 512 * 1024;

/// A client opens so many before it hears anything.
const CALLS: u32 = 3;

/// Says the input to both.
pub fn check(input: &[u8]) {
    // Where the input is cut is part of it: whatever is not there yet comes next.
    let Some((&cut, said)) = input.split_first() else { return };
    let cut = usize::from(cut) + 1;
    server(said, cut);
    client(said, cut);
}

fn server(said: &[u8], cut: usize) {
    let mut server = Session::server(CONFIG);
    let said = [&PREFACE[..], said].concat();
    let mut held = Vec::new();
    for piece in said.chunks(cut) {
        server.input.extend_from_slice(piece);
        let has_ended = server.receive().is_err();
        held.extend(std::iter::from_fn(|| server.accept()).map(|(number, _)| number));
        for &number in &held {
            take(&mut server, number);
            let _ = server.send_response(number, &Response::new(()), false);
            let _ = server.send_data(number, Bytes::from_static(&[7; 1_000]), false);
        }
        send(&mut server);
        if has_ended {
            break;
        }
    }
    leave(&mut server, held);
}

fn client(said: &[u8], cut: usize) {
    let mut client = Session::client(CONFIG);
    let mut held = Vec::new();
    for _ in 0..CALLS {
        let request = || Request::post("http://host/path").body(()).unwrap_or_default();
        if let Poll::Ready(Ok(number)) = client.poll_open(request, false, &mut cx()) {
            let _ = client.send_data(number, Bytes::from_static(&[7; 1_000]), false);
            held.push(number);
        }
    }
    for piece in said.chunks(cut) {
        client.input.extend_from_slice(piece);
        let has_ended = client.receive().is_err();
        held.iter().for_each(|&number| take(&mut client, number));
        send(&mut client);
        if has_ended {
            break;
        }
    }
    leave(&mut client, held);
}

fn take(session: &mut Session, number: u32) {
    let _ = session.poll_response(number, &mut cx());
    if let Poll::Ready(Some(Ok(data))) = session.poll_data(number, &mut cx()) {
        assert!(data.len() <= CONFIG.stream_window as usize, "more than the window: {}", data.len());
    }
    let _ = session.poll_trailers(number, &mut cx());
    let _ = session.poll_room(number, &mut cx());
}

/// What is sent are whole frames.
fn send(session: &mut Session) {
    assert!(session.output.len() < MOST_OUTPUT, "{} bytes wait to be sent", session.output.len());
    let sent = session.output.split();
    let mut rest = sent.strip_prefix(&PREFACE[..]).unwrap_or(&sent);
    while !rest.is_empty() {
        let end = frame::Head::peek(rest).map(|head| frame::HEAD + head.length);
        let next = end.and_then(|end| rest.get(end..));
        rest = next.unwrap_or_else(|| panic!("what is sent is no whole frame: {rest:?}"));
    }
    session.drained();
}

fn leave(session: &mut Session, held: Vec<u32>) {
    for number in held {
        session.let_go(number, Holder::Sender);
        session.let_go(number, Holder::Receiver);
    }
    while session.accept().is_some_and(|(number, _)| {
        session.let_go(number, Holder::Sender);
        session.let_go(number, Holder::Receiver);
        true
    }) {}
    session.output.clear();
    session.drained();
}

fn cx() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

/// What peers say that keep the rules.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut said = Vec::new();
    for cut in [255, 0, 20] {
        let mut out = BytesMut::from(&[cut][..]);
        frame::put_settings(&mut out, &[(setting::INITIAL_WINDOW_SIZE, 100)]);
        let mut encoder = Encoder::new();
        for stream in [1, 3, 5] {
            let request = [(":method", "POST"), (":scheme", "http"), (":path", "/p"), ("te", "trailers")];
            fields(&mut out, &mut encoder, stream, 0, &request);
            frame::put(&mut out, kind::DATA, flag::END_STREAM, stream, &[7; 50]);
            frame::put_window_update(&mut out, stream, 5_000);
        }
        for stream in [1, 3, 5] {
            fields(&mut out, &mut encoder, stream, 0, &[(":status", "200"), ("content-length", "50")]);
            frame::put(&mut out, kind::DATA, 0, stream, &[7; 50]);
            fields(&mut out, &mut encoder, stream, flag::END_STREAM, &[("grpc-status", "0")]);
        }
        frame::put(&mut out, kind::PING, 0, 0, &[0; 8]);
        frame::put(&mut out, kind::RST_STREAM, 0, 3, &[0, 0, 0, 8]);
        frame::put(&mut out, kind::GOAWAY, 0, 0, &[0; 8]);
        said.push(out.to_vec());
    }
    said
}

fn fields(out: &mut BytesMut, encoder: &mut Encoder, stream: u32, flags: u8, fields: &[(&str, &str)]) {
    let mut block = BytesMut::new();
    for (name, value) in fields {
        if let Some(name) = Name::read(name.as_bytes()) {
            encoder.encode(&name, value.as_bytes(), &mut block);
        }
    }
    frame::put(out, kind::HEADERS, flags | flag::END_HEADERS, stream, &block);
}
