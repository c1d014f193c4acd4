//! What a session says to what it hears.

use super::*;

/// What a server would send: the settings, and no more.
fn session(settings: &[(u16, u32)]) -> Session {
    let mut session = Session::new("/pkg.Service/Method", "127.0.0.1:1");
    session.output.clear();
    let mut settings_frame = BytesMut::new();
    frame::put_settings(&mut settings_frame, settings);
    hear(&mut session, &settings_frame).unwrap();
    assert_eq!(sent(&mut session), [(kind::SETTINGS, 0, 0)]);
    session
}

fn hear(session: &mut Session, bytes: &[u8]) -> Result<()> {
    session.input.extend_from_slice(bytes);
    session.receive()
}

/// The frames that were sent since: kind, stream, bytes.
fn sent(session: &mut Session) -> Vec<(u8, u32, usize)> {
    let mut frames = Vec::new();
    while let Some(head) = Head::peek(&session.output) {
        frames.push((head.kind, head.stream, head.length));
        session.output.advance(frame::HEAD + head.length);
    }
    frames
}

fn open(session: &mut Session, bytes: usize) -> Poll<u32> {
    let body = Bytes::from(vec![0; bytes]);
    session.poll_open(&body, &mut Context::from_waker(Waker::noop())).map(Result::unwrap)
}

fn reply(session: &mut Session, number: u32) -> Poll<Result<Reply>> {
    session.poll_reply(number, &mut Context::from_waker(Waker::noop()))
}

fn trailers(stream: u32, block: &[u8]) -> BytesMut {
    let mut out = BytesMut::new();
    frame::put(&mut out, kind::HEADERS, flag::END_HEADERS | flag::END_STREAM, stream, block);
    out
}

#[test]
fn a_request_goes_on_when_the_windows_allow_it() {
    let mut session = session(&[(setting::INITIAL_WINDOW_SIZE, 20_000)]);
    assert_eq!(open(&mut session, 70_000), Poll::Ready(1));
    let frames: Vec<_> = sent(&mut session)[1..].iter().map(|frame| frame.2).collect();
    assert_eq!(frames, [16_384, 3_616]);
    let mut more = BytesMut::new();
    frame::put_window_update(&mut more, 1, 60_000);
    hear(&mut session, &more).unwrap();
    let all: usize = sent(&mut session).iter().map(|frame| frame.2).sum();
    assert_eq!(all, 65_535 - 20_000, "the connection's own window is the smaller one");
    more.clear();
    frame::put_window_update(&mut more, 0, 10_000);
    hear(&mut session, &more).unwrap();
    assert_eq!(sent(&mut session), [(kind::DATA, 1, 70_000 - 65_535)]);
}

#[test]
fn a_smaller_window_counts_for_streams_that_are_open() {
    let mut session = session(&[(setting::INITIAL_WINDOW_SIZE, 100)]);
    assert_eq!(open(&mut session, 150), Poll::Ready(1));
    sent(&mut session);
    let mut less = BytesMut::new();
    frame::put_settings(&mut less, &[(setting::INITIAL_WINDOW_SIZE, 60)]);
    frame::put_window_update(&mut less, 1, 41);
    hear(&mut session, &less).unwrap();
    assert_eq!(sent(&mut session), [(kind::SETTINGS, 0, 0), (kind::DATA, 1, 1)]);
}

#[test]
fn no_more_streams_are_open_than_the_server_takes() {
    let mut session = session(&[(setting::MAX_CONCURRENT_STREAMS, 1)]);
    assert_eq!(open(&mut session, 5), Poll::Ready(1));
    assert_eq!(open(&mut session, 5), Poll::Pending);
    hear(&mut session, &trailers(1, b"\x00\x0bgrpc-status\x010")).unwrap();
    assert_eq!(open(&mut session, 5), Poll::Ready(3));
    assert!(matches!(reply(&mut session, 1), Poll::Ready(Ok(_))));
}

#[test]
fn a_call_that_is_left_is_reset_and_makes_room() {
    let mut session = session(&[(setting::MAX_CONCURRENT_STREAMS, 1)]);
    assert_eq!(open(&mut session, 5), Poll::Ready(1));
    sent(&mut session);
    session.leave(1);
    assert_eq!(sent(&mut session), [(kind::RST_STREAM, 1, 4)]);
    hear(&mut session, &trailers(1, b"\x00\x0bgrpc-status\x010")).unwrap();
    assert_eq!(open(&mut session, 5), Poll::Ready(3));
}

#[test]
fn anything_but_ok_is_an_error() {
    let mut session = session(&[]);
    for (block, expected) in [(&b"\x00\x0bgrpc-status\x0214"[..], "Unavailable"), (b"\x88", "no status")] {
        let Poll::Ready(number) = open(&mut session, 5) else { panic!("no stream") };
        hear(&mut session, &trailers(number, block)).unwrap();
        let Poll::Ready(Err(error)) = reply(&mut session, number) else { panic!("{expected}") };
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn calls_on_a_connection_that_closes_fail() {
    let mut session = session(&[]);
    let (Poll::Ready(one), Poll::Ready(two)) = (open(&mut session, 5), open(&mut session, 5)) else {
        panic!("no streams")
    };
    let mut away = BytesMut::new();
    frame::put(&mut away, kind::GOAWAY, 0, 0, &[0, 0, 0, 1, 0, 0, 0, 0]);
    hear(&mut session, &away).unwrap();
    assert!(matches!(reply(&mut session, two), Poll::Ready(Err(_))));
    assert!(reply(&mut session, one).is_pending());
    session.end("reset");
    assert!(matches!(reply(&mut session, one), Poll::Ready(Err(_))));
}

#[test]
fn a_long_reply_is_let_go_on() {
    let mut session = session(&[]);
    assert_eq!(open(&mut session, 5), Poll::Ready(1));
    sent(&mut session);
    let mut data = BytesMut::new();
    for _ in 0..TOLD / MAX_PAYLOAD as u32 {
        frame::put(&mut data, kind::DATA, 0, 1, &[7; MAX_PAYLOAD]);
    }
    hear(&mut session, &data).unwrap();
    assert_eq!(sent(&mut session), [(kind::WINDOW_UPDATE, 0, 4), (kind::WINDOW_UPDATE, 1, 4)]);
}
