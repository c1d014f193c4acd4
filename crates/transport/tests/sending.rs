//! What the client says of requests that got no response: not sent, or perhaps run.
#![allow(clippy::unwrap_used, reason = "tests")]

mod loopback;

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Empty;
use loopback::{Server, client, get};
use meanwhile_transport::{Client, ClientConfig, Protocol, SendError, ServeLimits};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// What a client sees of a peer that resets its first stream.
async fn reset_with(reason: h2::Reason) -> SendError {
    let (listener, address) = listen().await;
    let peer = tokio::spawn(async move {
        let mut connection = h2::server::handshake(listener.accept().await.unwrap().0).await.unwrap();
        while let Some(Ok((_, mut respond))) = connection.accept().await {
            respond.send_reset(reason);
        }
    });
    let error = client(Protocol::H2c).send(get(address, "/")).await.unwrap_err();
    peer.await.unwrap();
    error
}

#[tokio::test]
async fn a_refused_connection_is_not_sent() {
    let (listener, address) = listen().await;
    drop(listener);
    for protocol in [Protocol::Http1, Protocol::H2c] {
        let error = client(protocol).send(get(address, "/")).await.unwrap_err();
        assert!(error.is_not_sent(), "{error}");
    }
}

#[tokio::test]
async fn connecting_ends_at_its_timeout() {
    // It accepts, and leaves the TLS handshake unanswered.
    let (_listener, address) = listen().await;
    let mut config = ClientConfig::new(Protocol::H2c);
    config.connect_timeout = Duration::from_millis(100);
    let request = Request::get(format!("https://{address}/")).body(Empty::<Bytes>::new()).unwrap();
    let error = Client::new(config).send(request).await.unwrap_err();
    assert!(error.is_not_sent(), "{error}");
    assert!(error.to_string().contains("timed out"), "{error}");
}

#[tokio::test]
async fn a_refused_stream_is_not_sent() {
    let error = reset_with(h2::Reason::REFUSED_STREAM).await;
    assert!(error.is_not_sent(), "{error}");
}

#[tokio::test]
async fn a_reset_stream_may_have_run() {
    for reason in [h2::Reason::CANCEL, h2::Reason::INTERNAL_ERROR, h2::Reason::NO_ERROR] {
        let error = reset_with(reason).await;
        assert!(!error.is_not_sent(), "{error}");
    }
}

#[tokio::test]
async fn goaway_tells_the_unprocessed_from_those_that_may_have_run() {
    let (listener, address) = listen().await;
    let peer = tokio::spawn(async move {
        use tokio::io::AsyncWriteExt;
        let (mut stream, _) = listener.accept().await.unwrap();
        // SETTINGS (empty), then both requests' HEADERS have to be here before GOAWAY names the first of them.
        stream.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).await.unwrap();
        read_until(&mut stream, |bytes| headers_frames(bytes) == 2).await;
        let goaway =
            [0, 0, 8, 7, 0, 0, 0, 0, 0, /* last stream */ 0, 0, 0, 1, /* NO_ERROR */ 0, 0, 0, 0];
        stream.write_all(&goaway).await.unwrap();
        stream
    });
    let client = client(Protocol::H2c);
    let (first, second) = (client.send(get(address, "/1")), client.send(get(address, "/2")));
    let close_after_goaway = async { drop(peer.await.unwrap()) };
    let (first, second, ()) = tokio::join!(first, second, close_after_goaway);
    let (first, second) = (first.unwrap_err(), second.unwrap_err());
    // Either may have been the first on the connection.
    assert_ne!(first.is_not_sent(), second.is_not_sent(), "{first}; {second}");
}

async fn read_until(stream: &mut TcpStream, enough: impl Fn(&[u8]) -> bool) {
    let mut bytes = vec![0; 4_096];
    let mut seen = 0;
    while !enough(&bytes[..seen]) {
        let more = stream.read(&mut bytes[seen..]).await.unwrap();
        assert_ne!(more, 0, "it closed first");
        seen += more;
    }
}

/// Counts the HEADERS frames after the 24 bytes of the preface (RFC 9113 section 4.1).
fn headers_frames(bytes: &[u8]) -> usize {
    let mut rest = bytes.get(24..).unwrap_or_default();
    let mut count = 0;
    while let [a, b, c, kind, ..] = *rest {
        let whole = 9 + u32::from_be_bytes([0, a, b, c]) as usize;
        if rest.len() < whole {
            break;
        }
        count += usize::from(kind == 1);
        rest = &rest[whole..];
    }
    count
}

#[tokio::test]
async fn a_connection_that_closes_under_a_request_may_have_run_it() {
    for protocol in [Protocol::Http1, Protocol::H2c] {
        let (listener, address) = listen().await;
        let peer = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            read_until(&mut stream, |bytes| {
                (bytes.starts_with(b"GET") && bytes.ends_with(b"\r\n\r\n")) || headers_frames(bytes) == 1
            })
            .await;
        });
        let error = client(protocol).send(get(address, "/")).await.unwrap_err();
        peer.await.unwrap();
        assert!(!error.is_not_sent(), "{protocol:?}: {error}");
    }
}

#[tokio::test]
async fn a_request_is_in_flight_until_its_body_is_dropped() {
    let server = Server::start(ServeLimits::default(), |_| async { "body" }).await;
    for protocol in [Protocol::Http1, Protocol::H2c] {
        let mut config = ClientConfig::new(protocol);
        config.max_in_flight = 1;
        let client = Client::new(config);
        let response = client.send(server.get("/")).await.unwrap();
        assert!(client.send(server.get("/")).await.unwrap_err().is_not_sent());
        drop(response);
        client.send(server.get("/")).await.unwrap();
    }
}

#[tokio::test]
async fn a_request_keeps_working_whatever_version_it_came_in_by() {
    let server = Server::start(ServeLimits::default(), |_| async { "fine" }).await;
    for protocol in [Protocol::Http1, Protocol::H2c] {
        for version in [http::Version::HTTP_11, http::Version::HTTP_2] {
            let mut request = server.get("/");
            *request.version_mut() = version;
            let response: Response<_> = client(protocol).send(request).await.unwrap();
            assert_eq!(response.status(), 200);
        }
    }
}

#[tokio::test]
async fn a_client_comes_back_when_its_server_does() {
    let (listener, address) = listen().await;
    let client = client(Protocol::H2c);
    drop(listener);
    assert!(client.send(get(address, "/")).await.unwrap_err().is_not_sent());
    let listener = TcpListener::bind(address).await.unwrap();
    let service = tower::service_fn(|_| async {
        Ok::<_, std::convert::Infallible>(Response::new(Empty::<Bytes>::new()))
    });
    tokio::spawn(meanwhile_transport::serve(
        listener,
        service,
        ServeLimits::default(),
        tokio_util::sync::CancellationToken::new(),
    ));
    assert_eq!(client.send(get(address, "/")).await.unwrap().status(), 200);
}
