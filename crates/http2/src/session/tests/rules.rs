//! Peers that break rules, each told so by the code that RFC 9113 asks for; and those that only ask much.

use super::*;

/// What a server says to this, after the first words.
fn told(said: Said) -> Vec<(u32, Reason)> {
    let mut server = server();
    let heard = hear(&mut server, &said.bytes);
    let codes = codes(&mut server);
    let is_over = codes.iter().any(|(stream, _)| *stream == 0);
    assert_eq!(heard.is_err(), is_over, "{heard:?}");
    assert_eq!(server.is_done(), is_over);
    codes
}

fn connection(reason: Reason) -> Vec<(u32, Reason)> {
    vec![(0, reason)]
}

fn stream(reason: Reason) -> Vec<(u32, Reason)> {
    vec![(1, reason)]
}

fn said() -> Said {
    Said::default()
}

fn opened() -> Said {
    said().request(1, 0)
}

#[test]
fn frames_of_a_wrong_length_end_the_connection() {
    for frames in [
        said().frame(kind::PING, 0, 0, &[0; 7]),
        said().frame(kind::SETTINGS, 0, 0, &[0; 5]),
        said().frame(kind::SETTINGS, flag::ACK, 0, &[0; 6]),
        opened().frame(kind::RST_STREAM, 0, 1, &[0; 3]),
        opened().frame(kind::WINDOW_UPDATE, 0, 1, &[0; 5]),
        said().frame(kind::GOAWAY, 0, 0, &[0; 7]),
        opened().frame(kind::DATA, 0, 1, &vec![0; MAX_PAYLOAD + 1]),
    ] {
        assert_eq!(told(frames), connection(Reason::FRAME_SIZE_ERROR));
    }
}

#[test]
fn frames_of_a_wrong_stream_end_the_connection() {
    for frames in [
        said().frame(kind::DATA, 0, 0, b"x"),
        said().frame(kind::HEADERS, flag::END_HEADERS, 0, b""),
        said().frame(kind::RST_STREAM, 0, 0, &[0; 4]),
        said().frame(kind::SETTINGS, 0, 1, &[]),
        said().frame(kind::PING, 0, 1, &[0; 8]),
        said().frame(kind::GOAWAY, 0, 1, &[0; 8]),
        said().frame(kind::PRIORITY, 0, 0, &[0; 5]),
        said().request(2, 0),
        said().frame(kind::PUSH_PROMISE, 0, 1, &[0; 8]),
    ] {
        assert_eq!(told(frames), connection(Reason::PROTOCOL_ERROR));
    }
}

#[test]
fn frames_of_a_stream_that_is_not_open_yet_end_the_connection() {
    for (kind, payload) in
        [(kind::DATA, &[0][..]), (kind::RST_STREAM, &[0; 4]), (kind::WINDOW_UPDATE, &[0, 0, 0, 1])]
    {
        assert_eq!(told(said().frame(kind, 0, 5, payload)), connection(Reason::PROTOCOL_ERROR));
    }
}

#[test]
fn settings_out_of_range_end_the_connection() {
    for (setting, value, reason) in [
        (setting::ENABLE_PUSH, 2, Reason::PROTOCOL_ERROR),
        (setting::INITIAL_WINDOW_SIZE, MOST + 1, Reason::FLOW_CONTROL_ERROR),
        (setting::MAX_FRAME_SIZE, 16_383, Reason::PROTOCOL_ERROR),
        (setting::MAX_FRAME_SIZE, 1 << 24, Reason::PROTOCOL_ERROR),
    ] {
        assert_eq!(told(said().settings(&[(setting, value)])), connection(reason));
    }
}

#[test]
fn unknown_frames_and_settings_are_ignored() {
    assert_eq!(told(said().frame(0xfe, 0xff, 9, b"what").settings(&[(0xfe, 1)])), []);
}

#[test]
fn what_is_no_preface_ends_the_connection() {
    let mut server = Session::server(CONFIG);
    assert!(hear(&mut server, b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").is_err());
    let mut server = Session::server(CONFIG);
    assert!(
        hear(&mut server, [&frame::PREFACE[..], &said().frame(kind::PING, 0, 0, &[0; 8]).bytes].concat())
            .is_err()
    );
}

#[test]
fn fields_that_break_off_go_on_or_end_the_connection() {
    let cut = || said().frame(kind::HEADERS, 0, 1, &[0x83, 0x86]);
    let whole = cut().frame(kind::CONTINUATION, flag::END_HEADERS, 1, &[0x84]);
    assert_eq!(told(whole), []);
    for broken in [
        cut().frame(kind::CONTINUATION, flag::END_HEADERS, 3, &[0x84]),
        cut().frame(kind::PING, 0, 0, &[0; 8]),
        said().frame(kind::CONTINUATION, flag::END_HEADERS, 1, &[0x84]),
    ] {
        assert_eq!(told(broken), connection(Reason::PROTOCOL_ERROR));
    }
    assert_eq!(
        told(said().frame(kind::HEADERS, flag::END_HEADERS, 1, &[0xff])),
        connection(Reason::COMPRESSION_ERROR)
    );
}

#[test]
fn fields_without_end_end_the_connection() {
    let endless = (0..100).fold(said().frame(kind::HEADERS, 0, 1, &[0x83]), |said, _| {
        said.frame(kind::CONTINUATION, 0, 1, &[])
    });
    assert_eq!(told(endless), connection(Reason::ENHANCE_YOUR_CALM));
    let large = (0..5).fold(said().frame(kind::HEADERS, 0, 1, &[0x83]), |said, _| {
        said.frame(kind::CONTINUATION, 0, 1, &[0x84; MAX_PAYLOAD])
    });
    assert_eq!(told(large), connection(Reason::ENHANCE_YOUR_CALM));
}

#[test]
fn malformed_requests_are_reset_by_themselves() {
    const GOOD: [(&str, &str); 3] = [(":method", "POST"), (":scheme", "http"), (":path", "/")];
    let with = |field: (&'static str, &'static str)| [&GOOD[..], &[field]].concat();
    for fields in [
        GOOD[1..].to_vec(),
        GOOD[..2].to_vec(),
        [GOOD[0], GOOD[2]].to_vec(),
        with((":path", "/twice")),
        with((":status", "200")),
        with(("connection", "close")),
        with(("transfer-encoding", "chunked")),
        with(("te", "gzip")),
        [("x", "first"), GOOD[0], GOOD[1], GOOD[2]].to_vec(),
        vec![GOOD[0], GOOD[1], (":path", "")],
    ] {
        assert_eq!(told(said().fields(1, 0, &fields)), stream(Reason::PROTOCOL_ERROR), "{fields:?}");
    }
    assert_eq!(told(said().fields(1, 0, &with(("te", "trailers")))), []);
}

#[test]
fn a_body_of_another_length_than_announced_is_reset() {
    let announced = || {
        let fields = [(":method", "POST"), (":scheme", "http"), (":path", "/"), ("content-length", "3")];
        said().fields(1, 0, &fields)
    };
    let data = |bytes: &[u8]| announced().frame(kind::DATA, flag::END_STREAM, 1, bytes);
    assert_eq!(told(data(b"abc")), []);
    assert_eq!(told(data(b"ab")), stream(Reason::PROTOCOL_ERROR));
    assert_eq!(told(data(b"abcd")), stream(Reason::PROTOCOL_ERROR));
}

#[test]
fn what_follows_a_requests_end_is_refused() {
    let ended = || said().request(1, flag::END_STREAM);
    assert_eq!(told(ended().frame(kind::DATA, 0, 1, b"x")), stream(Reason::STREAM_CLOSED));
    assert_eq!(told(ended().request(1, 0)), stream(Reason::STREAM_CLOSED));
    let trailers = || opened().fields(1, flag::END_STREAM, &[("x", "y")]);
    assert_eq!(told(trailers()), []);
    assert_eq!(told(opened().fields(1, 0, &[("x", "y")])), stream(Reason::PROTOCOL_ERROR));
    assert_eq!(told(opened().fields(1, flag::END_STREAM, &[(":path", "y")])), stream(Reason::PROTOCOL_ERROR));
}

#[test]
fn what_comes_for_a_stream_that_has_ended_is_told_so() {
    let ended = || {
        let mut server = server();
        hear(&mut server, opened().bytes).unwrap();
        accept(&mut server);
        let_go(&mut server, 1);
        sent(&mut server);
        server
    };
    let mut with_data = ended();
    hear(&mut with_data, said().frame(kind::DATA, 0, 1, b"late").bytes).unwrap();
    assert_eq!(codes(&mut with_data), stream(Reason::STREAM_CLOSED));
    let mut with_trailers = ended();
    hear(&mut with_trailers, said().fields(1, flag::END_STREAM, &[("x", "y")]).bytes).unwrap();
    assert_eq!(codes(&mut with_trailers), []);
    let mut with_a_request = ended();
    assert!(hear(&mut with_a_request, said().request(1, 0).bytes).is_err());
    assert_eq!(codes(&mut with_a_request), connection(Reason::STREAM_CLOSED));
}

#[test]
fn more_streams_than_allowed_are_refused() {
    let many = (0..4).fold(said(), |said, at| said.request(1 + 2 * at, 0));
    assert_eq!(told(many), [(7, Reason::REFUSED_STREAM)]);
}

#[test]
fn too_many_fields_are_answered_so() {
    let mut server = server();
    let long = "x".repeat(2_000);
    let fields = [(":method", "POST"), (":scheme", "http"), (":path", "/"), ("x", &*long)];
    hear(&mut server, &said().fields(1, 0, &fields).bytes).unwrap();
    assert_eq!(accept(&mut server), []);
    let frames = sent(&mut server);
    assert_eq!(frames.iter().map(|frame| frame.0).collect::<Vec<_>>(), [kind::HEADERS, kind::RST_STREAM]);
}

#[test]
fn a_stream_that_is_taken_back_before_anybody_heard_of_it_is_gone() {
    let mut server = server();
    hear(&mut server, &opened().frame(kind::RST_STREAM, 0, 1, &[0, 0, 0, 8]).bytes).unwrap();
    assert_eq!(accept(&mut server), []);
    assert!(server.streams.is_empty());
    assert_eq!(server.open, 0);
}

#[test]
fn a_peer_that_only_opens_and_resets_is_sent_away() {
    let (mut server, mut peer) = (server(), said());
    for at in 0..1_000 {
        peer = peer.request(1 + 2 * at, 0).frame(kind::RST_STREAM, 0, 1 + 2 * at, &[0, 0, 0, 8]);
    }
    assert!(hear(&mut server, &peer.bytes).is_err());
    assert_eq!(codes(&mut server), connection(Reason::ENHANCE_YOUR_CALM));
}

#[test]
fn a_peer_that_asks_and_does_not_listen_is_heard_no_more() {
    let mut server = server();
    let mut pings = 0;
    while server.hears() {
        hear(&mut server, &said().frame(kind::PING, 0, 0, &[0; 8]).bytes).unwrap();
        pings += 1;
    }
    assert!(server.output.len() < DEAF + 100, "{pings} pings");
    sent(&mut server);
    assert!(server.hears());
}

#[test]
fn no_bytes_make_it_panic_or_grow() {
    use proptest::prelude::*;
    let frame = (
        0_u8..11,
        any::<u8>(),
        prop_oneof![0_u32..8, any::<u32>()],
        prop::collection::vec(any::<u8>(), 0..40),
    );
    let step = prop_oneof![8 => frame.prop_map(Some), 1 => Just(None)];
    proptest!(|(steps in prop::collection::vec(step, 0..60))| {
        let mut server = server();
        let mut peer = said();
        let mut held = Vec::new();
        for step in steps {
            match step {
                Some((kind, flags, stream, payload)) => peer = peer.frame(kind, flags, stream & MOST, &payload),
                None => peer = peer.request(1 + 2 * held.len() as u32, 0),
            }
            let _ = hear(&mut server, peer.bytes.split());
            held.extend(accept(&mut server));
            for &number in &held {
                let _ = server.poll_data(number, &mut cx());
                let _ = server.send_response(number, &ok(), false);
                let _ = server.send_data(number, Bytes::from_static(&[7; 100]), false);
            }
            prop_assert!(server.output.len() < FULL + 100_000);
            prop_assert!(server.open <= 3);
        }
        held.into_iter().for_each(|number| let_go(&mut server, number));
        prop_assert!(server.streams.is_empty(), "{:?}", server.streams);
    });
}
