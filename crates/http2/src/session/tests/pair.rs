//! A client and a server, back to back.

use http::HeaderMap;
use proptest::prelude::*;

use super::*;

/// Carries so many bytes at most, each way.
fn carry(from: &mut Session, to: &mut Session, most: usize) -> bool {
    let many = from.output.len().min(most);
    to.input.extend_from_slice(&from.output.split_to(many));
    from.drained();
    to.receive().unwrap();
    many > 0
}

fn exchange(client: &mut Session, server: &mut Session) {
    while carry(client, server, usize::MAX) | carry(server, client, usize::MAX) {}
}

fn pair(config: Config) -> (Session, Session) {
    let (mut client, mut server) = (Session::client(config), Session::server(config));
    exchange(&mut client, &mut server);
    (client, server)
}

fn pull(session: &mut Session, number: u32, into: &mut Vec<u8>) -> bool {
    loop {
        match session.poll_data(number, &mut cx()) {
            Poll::Ready(Some(data)) => into.extend_from_slice(&data.unwrap()),
            Poll::Ready(None) => return true,
            Poll::Pending => return false,
        }
    }
}

#[test]
fn a_head_arrives_as_it_was_sent() {
    let (mut client, mut server) = pair(CONFIG);
    for _ in 0..3 {
        let request = || {
            let mut request = Request::post("http://host:80/path?q")
                .header("x-a", "1")
                .header("x-a", "2")
                .body(())
                .unwrap();
            let mut secret = http::HeaderValue::from_static("secret");
            secret.set_sensitive(true);
            request.headers_mut().insert("x-b", secret);
            request
        };
        let Poll::Ready(Ok(number)) = client.poll_open(request, true, &mut cx()) else { panic!("no stream") };
        exchange(&mut client, &mut server);
        let (_, head) = server.accept().unwrap();
        assert_eq!((head.method(), head.uri()), (request().method(), request().uri()));
        assert_eq!(head.headers(), request().headers());
        assert!(head.headers()["x-b"].is_sensitive());
        let response = Response::builder().status(404).header("x-c", "3").body(()).unwrap();
        server.send_response(number, &response, true).unwrap();
        let_go(&mut server, number);
        exchange(&mut client, &mut server);
        let Poll::Ready(Ok(head)) = client.poll_response(number, &mut cx()) else { panic!("no response") };
        assert_eq!((head.status(), head.headers()), (response.status(), response.headers()));
        let_go(&mut client, number);
    }
    assert!(client.streams.is_empty() && server.streams.is_empty());
}

#[test]
fn a_head_of_several_frames_arrives_whole() {
    let config = Config { max_header_list: 60_000, ..CONFIG };
    let (mut client, mut server) = pair(config);
    let long = "x".repeat(50_000);
    let request = || Request::post("http://host/").header("x-long", &long).body(()).unwrap();
    let opened = client.poll_open(request, true, &mut cx());
    assert!(opened.is_ready());
    exchange(&mut client, &mut server);
    assert_eq!(server.accept().unwrap().1.headers()["x-long"], *long);
}

#[test]
fn an_answer_before_the_requests_end_is_whole() {
    let (mut client, mut server) = pair(CONFIG);
    let Poll::Ready(Ok(number)) = open(&mut client, false) else { panic!("no stream") };
    exchange(&mut client, &mut server);
    assert_eq!(accept(&mut server), [number]);
    server.send_response(number, &ok(), false).unwrap();
    server.send_data(number, Bytes::from_static(b"early"), true).unwrap();
    let_go(&mut server, number);
    exchange(&mut client, &mut server);
    assert!(client.poll_response(number, &mut cx()).is_ready());
    let mut body = Vec::new();
    assert!(pull(&mut client, number, &mut body));
    assert_eq!(body, b"early");
    assert!(client.send_data(number, Bytes::from_static(b"more"), false).is_err());
}

#[test]
fn what_was_handed_over_is_sent_though_nobody_holds_it() {
    let (mut client, mut server) = pair(CONFIG);
    let Poll::Ready(Ok(number)) = open(&mut client, true) else { panic!("no stream") };
    exchange(&mut client, &mut server);
    accept(&mut server);
    let (body, mut trailers) = (vec![7; 500_000], HeaderMap::new());
    trailers.insert("grpc-status", "0".parse().unwrap());
    server.send_response(number, &ok(), false).unwrap();
    server.send_data(number, body.clone().into(), false).unwrap();
    server.send_trailers(number, trailers.clone()).unwrap();
    let_go(&mut server, number);
    let mut received = Vec::new();
    while !pull(&mut client, number, &mut received) {
        exchange(&mut client, &mut server);
    }
    assert_eq!(received, body);
    assert!(matches!(client.poll_trailers(number, &mut cx()), Poll::Ready(Some(Ok(it))) if it == trailers));
    assert!(server.streams.is_empty());
}

#[test]
fn a_call_that_nobody_waits_for_ends_on_both_sides() {
    let (mut client, mut server) = pair(CONFIG);
    let Poll::Ready(Ok(number)) = open(&mut client, true) else { panic!("no stream") };
    exchange(&mut client, &mut server);
    accept(&mut server);
    assert!(server.poll_reset(number, &mut cx()).is_pending());
    let_go(&mut client, number);
    exchange(&mut client, &mut server);
    assert!(matches!(server.poll_reset(number, &mut cx()), Poll::Ready(Error::Reset(Reason::CANCEL))));
    let_go(&mut server, number);
    assert!(client.streams.is_empty() && server.streams.is_empty());
    assert_eq!((client.open, server.open), (0, 0));
}

#[test]
fn a_server_that_leaves_takes_what_was_opened_before_it_was_heard() {
    let (mut client, mut server) = pair(CONFIG);
    let Poll::Ready(Ok(first)) = open(&mut client, true) else { panic!("no stream") };
    server.leave();
    exchange(&mut client, &mut server);
    assert!(matches!(open(&mut client, true), Poll::Ready(Err(error)) if error.is_never_run()));
    assert_eq!(accept(&mut server), [first]);
    assert!(!server.is_done());
    server.send_response(first, &ok(), true).unwrap();
    let_go(&mut server, first);
    assert!(server.is_done());
    exchange(&mut client, &mut server);
    assert!(client.poll_response(first, &mut cx()).is_ready());
    assert!(client.is_done());
}

#[test]
fn a_ping_is_answered() {
    let (mut client, mut server) = pair(CONFIG);
    client.ping();
    assert!(client.poll_pong(&mut cx()).is_pending());
    exchange(&mut client, &mut server);
    assert!(client.poll_pong(&mut cx()).is_ready());
}

#[test]
fn the_end_of_a_connection_ends_what_is_under_way() {
    let (mut client, _) = pair(CONFIG);
    let Poll::Ready(Ok(number)) = open(&mut client, true) else { panic!("no stream") };
    client.end("gone");
    assert!(matches!(client.poll_response(number, &mut cx()), Poll::Ready(Err(Error::Closed(_)))));
    assert!(matches!(open(&mut client, true), Poll::Ready(Err(_))));
}

/// A call: the bytes of its request and its reply, and what they are made of.
type Call = (usize, usize, u8);

/// A call under way, and what has arrived of it.
struct Running {
    number: u32,
    call: Call,
    request: Vec<u8>,
    reply: Vec<u8>,
    is_answered: bool,
}

impl Running {
    fn start(client: &mut Session, call: Call) -> Option<Self> {
        let Poll::Ready(number) = open(client, false).map(Result::unwrap) else { return None };
        client.send_data(number, vec![call.2; call.0].into(), true).unwrap();
        Some(Self { number, call, request: Vec::new(), reply: Vec::new(), is_answered: false })
    }

    fn serve(&mut self, server: &mut Session) {
        let number = self.number;
        if number <= server.last && !self.is_answered && pull(server, number, &mut self.request) {
            self.is_answered = true;
            server.send_response(number, &ok(), false).unwrap();
            server.send_data(number, vec![self.call.2; self.call.1].into(), true).unwrap();
            let_go(server, number);
        }
    }

    /// True when the reply is there as a whole.
    fn take(&mut self, client: &mut Session) -> bool {
        let _ = client.poll_response(self.number, &mut cx());
        let is_whole = self.is_answered && pull(client, self.number, &mut self.reply);
        if is_whole {
            let (request, reply, byte) = self.call;
            assert_eq!((self.request.len(), self.reply.len()), (request, reply));
            assert!(self.request.iter().chain(&self.reply).all(|it| *it == byte));
            let_go(client, self.number);
        }
        is_whole
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// However the bytes are cut up, and however small the windows.
    #[test]
    fn bodies_arrive_whole(
        calls in prop::collection::vec((0_usize..300_000, 0_usize..300_000, any::<u8>()), 1..6),
        stream_window in 1_u32..70_000,
        connection_window in 65_535_u32..200_000,
        cuts in prop::collection::vec(1_usize..40_000, 1..40),
    ) {
        let (mut client, mut server) = pair(Config { stream_window, connection_window, ..CONFIG });
        let (mut cuts, mut waiting) = (cuts.into_iter().cycle(), calls);
        let mut running = Vec::new();
        while !waiting.is_empty() || !running.is_empty() {
            while let Some(&call) = waiting.last()
                && let Some(started) = Running::start(&mut client, call)
            {
                running.push(started);
                waiting.pop();
            }
            carry(&mut client, &mut server, cuts.next().unwrap());
            carry(&mut server, &mut client, cuts.next().unwrap());
            accept(&mut server);
            running.iter_mut().for_each(|call| call.serve(&mut server));
            running.retain_mut(|call| !call.take(&mut client));
        }
        exchange(&mut client, &mut server);
        prop_assert!(client.streams.is_empty() && server.streams.is_empty());
    }
}
