//! A web service that misbehaves: the reply goes without its part, a call of it alone fails with a reason, and nothing else
//! suffers.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use anyhow::{Context as _, Result};
use bytes::Bytes;
use futures_util::{StreamExt as _, future::pending, stream};
use http::{Response, header};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use tonic::Code;

use super::assert_failed;
use crate::stack::{
    Database, Stack,
    catalog::{sample, sample_with},
    stranger::{Body, Stranger, reply},
};

const OVERVIEW: &str = "cityscape.v1.Cities/GetOverview";
const DAYLIGHT: &str = "cityscape.v1.Cities/GetDaylight";
const FAILED: &[Code] = &[Code::Unavailable, Code::DeadlineExceeded];

/// The overview comes without daylight and says so; daylight alone fails. Over HTTP/2, as the sample says, and over HTTP/1.1.
fn is_done_without(url: &str) -> Result<()> {
    with_protocols(url, |stack| {
        let client = stack.client()?;
        let overview = client.call(OVERVIEW, r#"{"id": 2198148}"#)?;
        assert_eq!(overview.code, Code::Ok, "{overview:?}");
        assert_eq!(overview.trailers["meanwhile-missing-parts"], "daylight");
        let reply = client.decode(OVERVIEW, &overview.replies[0])?;
        assert_eq!((reply["city"]["name"].as_str(), reply.get("daylight")), (Some("Suva"), None));
        let daylight = client.call(DAYLIGHT, r#"{"location": {"latitude": 1, "longitude": 1}}"#)?;
        assert_failed(&daylight, FAILED);
        assert!(!daylight.message.contains("127.0.0.1"), "{}", daylight.message);
        assert_eq!(client.call("cityscape.v1.Cities/GetCity", r#"{"id": 2198148}"#)?.code, Code::Ok);
        Ok(())
    })
}

fn with_protocols(url: &str, test: impl Fn(&Stack) -> Result<()>) -> Result<()> {
    let manifest = fs::read_to_string(sample().join("catalog.toml"))?;
    for protocol in ["h2c", "http1"] {
        println!("{protocol}");
        let manifest = manifest.replace("\"h2c\"", &format!("{protocol:?}"));
        assert!(manifest.contains(&format!("protocol = {protocol:?}")));
        let catalog = sample_with(&[("catalog.toml", &manifest)])?;
        test(&Stack::over(Database::sqlite()?).catalog(catalog.path()).almanac_at(url).start()?)?;
    }
    Ok(())
}

/// A stranger that answers every request alike.
fn always(answer: impl Fn() -> Response<Body> + Send + Sync + 'static) -> Result<Stranger> {
    Stranger::answering(move |_| {
        let response = answer();
        Box::pin(async { response })
    })
}

/// The frames of a reply that says how long it is going to be, and is not.
fn body(
    frames: impl futures_util::Stream<Item = std::io::Result<Bytes>> + Send + Sync + 'static,
) -> Response<Body> {
    Response::new(BodyExt::boxed(StreamBody::new(frames.map(|data| data.map(Frame::data)))))
}

#[test]
fn an_almanac_that_hangs() -> Result<()> {
    is_done_without(&Stranger::answering(|_| Box::pin(pending()))?.url())
}

#[test]
fn an_almanac_that_hangs_in_the_middle_of_its_reply() -> Result<()> {
    let head = || stream::iter([Ok(Bytes::from_static(b"{\"date\":"))]);
    is_done_without(&always(move || body(head().chain(stream::pending())))?.url())
}

#[test]
fn an_almanac_that_breaks_off_in_the_middle_of_its_reply() -> Result<()> {
    let head = || stream::iter([Ok(Bytes::from_static(b"{\"date\":")), Err(std::io::Error::other("broken"))]);
    is_done_without(&always(move || body(head()))?.url())
}

#[test]
fn an_almanac_that_answers_with_a_server_error() -> Result<()> {
    for status in [500, 502, 503, 504] {
        is_done_without(&always(move || reply(status, "{\"date\": \"2024-06-20\"}"))?.url())?;
    }
    Ok(())
}

#[test]
fn an_almanac_that_answers_nonsense() -> Result<()> {
    let nested = "[".repeat(100_000);
    for nonsense in [
        "",
        "ok",
        "[]",
        "null",
        "{\"date\": 7}",
        "{\"sunrise\": \"tomorrow\"}",
        "{} {}",
        "\u{0}",
        nested.as_str(),
    ] {
        let text = Bytes::from(nonsense.to_owned());
        is_done_without(&always(move || reply(200, text.clone()))?.url())?;
    }
    Ok(())
}

#[test]
fn an_almanac_that_redirects_is_not_followed() -> Result<()> {
    let visits = Arc::new(AtomicU64::new(0));
    let counter = visits.clone();
    let elsewhere = always(move || {
        counter.fetch_add(1, Ordering::Relaxed);
        reply(200, "{\"date\": \"2024-06-20\"}")
    })?;
    for status in [301, 302, 303, 307, 308] {
        let target = elsewhere.url();
        let almanac = always(move || {
            let mut response = reply(status, "");
            let target = http::HeaderValue::try_from(&target).expect("a URL is a header's value");
            response.headers_mut().insert(header::LOCATION, target);
            response
        })?;
        is_done_without(&almanac.url())?;
    }
    assert_eq!(visits.load(Ordering::Relaxed), 0);
    Ok(())
}

#[test]
fn an_almanac_that_sends_a_gigabyte_is_not_listened_to() -> Result<()> {
    const CHUNK: usize = 64 << 10;
    const CHUNKS: usize = (1 << 30) / CHUNK;
    let sent = Arc::new(AtomicU64::new(0));
    let counter = sent.clone();
    let almanac = always(move || {
        let counter = counter.clone();
        let chunk = move |_| {
            counter.fetch_add(CHUNK as u64, Ordering::Relaxed);
            Ok(Bytes::from_static(&[b' '; CHUNK]))
        };
        body(stream::iter(0..CHUNKS).map(chunk))
    })?;
    with_protocols(&almanac.url(), |stack| {
        let client = stack.client()?;
        client.call(OVERVIEW, r#"{"id": 2198148}"#)?;
        let before = most_memory(stack.data.id())?;
        for _ in 0..20 {
            let daylight = client.call(DAYLIGHT, r#"{"location": {"latitude": 1, "longitude": 1}}"#)?;
            assert_failed(&daylight, &[Code::Unavailable]);
        }
        let after = most_memory(stack.data.id())?;
        assert!(after - before < 64 << 10, "{before} KiB before, {after} KiB after");
        Ok(())
    })?;
    // 42 replies, each cut off soon after the first MiB.
    let sent = sent.load(Ordering::Relaxed);
    assert!(sent < 1 << 30, "{sent} bytes were sent");
    is_done_without(&almanac.url())
}

#[test]
fn an_almanac_that_is_not_there() -> Result<()> {
    is_done_without("http://127.0.0.1:1")
}

#[test]
fn an_almanac_that_hangs_up() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    thread::spawn(move || listener.incoming().for_each(drop));
    is_done_without(&url)
}

#[test]
fn an_almanac_that_takes_no_connection() -> Result<()> {
    // The system accepts for it, up to the backlog; nobody ever reads.
    let listener = TcpListener::bind("127.0.0.1:0")?;
    is_done_without(&format!("http://{}", listener.local_addr()?))
}

#[test]
fn an_almanac_that_speaks_another_protocol() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // A client that has enough of it is what the test wants.
            let _ = stream.write_all(b"220 mail.example ESMTP ready\r\n");
            let _ = stream.read(&mut [0; 100]);
        }
    });
    is_done_without(&url)
}

#[test]
fn an_almanac_that_comes_back_is_used_again() -> Result<()> {
    let mut stack = Stack::over(Database::sqlite()?).start()?;
    let client = stack.client()?;
    let missing = || -> Result<bool> {
        let overview = client.call(OVERVIEW, r#"{"id": 2198148}"#)?;
        assert_eq!(overview.code, Code::Ok, "{overview:?}");
        Ok(overview.trailers.contains_key("meanwhile-missing-parts"))
    };
    assert!(!missing()?);
    let almanac = stack.almanac.as_mut().context("an almanac")?;
    almanac.end(meanwhile_testbed::process::Signal::KILL)?;
    assert!(missing()?);
    almanac.start_again()?;
    assert!(!missing()?);
    Ok(())
}

/// The most memory the process ever had, in KiB.
fn most_memory(process: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("VmHWM")?;
    line.trim().trim_end_matches(" kB").parse().context("a number of KiB")
}
