//! Connections to one server, and one call on them. What is the same in every call is made once and cloned.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use h2::client::{Builder, SendRequest};
use http::header::{CONTENT_TYPE, TE};
use http::{HeaderMap, HeaderValue, Method, Request, Uri};
use meanwhile_proto::MISSING_PARTS_TRAILER;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tonic::{Code, Status};

use crate::requests::Requests;

/// Large enough that no reply waits for a window.
const WINDOW: u32 = 16 << 20;

/// Streams on a connection before its server has said how many it takes.
const FIRST_STREAMS: usize = 256;

/// Open connections; they end with this value.
pub struct Connections {
    address: SocketAddr,
    senders: Vec<SendRequest<Bytes>>,
    _drivers: JoinSet<()>,
}

/// Makes calls of one method on one connection.
pub struct Caller {
    sender: SendRequest<Bytes>,
    /// The head of every request.
    uri: Uri,
    headers: HeaderMap,
}

/// One reply that was OK.
pub struct Reply {
    /// The first piece of it, which is all of a short one.
    pub start: Bytes,
    /// False for one that went without an optional part.
    pub is_complete: bool,
}

impl Connections {
    /// Opens so many.
    pub async fn open(address: SocketAddr, many: usize) -> Result<Self> {
        let (mut senders, mut drivers) = (Vec::with_capacity(many), JoinSet::new());
        let mut builder = Builder::new();
        builder.initial_window_size(WINDOW).initial_connection_window_size(WINDOW);
        builder.initial_max_send_streams(FIRST_STREAMS).enable_push(false);
        for _ in 0..many {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            let (sender, connection) = builder.handshake(stream).await?;
            senders.push(sender);
            // How a connection ends is said by the calls on it.
            drivers.spawn(async move { drop(connection.await) });
        }
        Ok(Self { address, senders, _drivers: drivers })
    }

    /// A caller for a lane; lanes take the connections in turn.
    pub fn caller(&self, lane: usize, requests: &Requests) -> Caller {
        let mut uri = http::uri::Parts::default();
        uri.scheme = Some(http::uri::Scheme::HTTP);
        uri.authority = self.address.to_string().parse().ok();
        uri.path_and_query = Some(http::uri::PathAndQuery::from_static(requests.path));
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        headers.insert(TE, HeaderValue::from_static("trailers"));
        let sender = self.senders[lane % self.senders.len()].clone();
        // An address is an authority, and a method's path is a path: what is left could only be called in vain.
        Caller { sender, uri: Uri::from_parts(uri).unwrap_or_default(), headers }
    }
}

impl Caller {
    /// Makes the call with this body; an error for anything but OK.
    pub async fn call(&mut self, body: &Bytes) -> Result<Reply> {
        let mut request = Request::new(());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        std::future::poll_fn(|cx| self.sender.poll_ready(cx)).await?;
        let (response, mut stream) = self.sender.send_request(request, false)?;
        stream.send_data(body.clone(), true)?;
        let (head, mut reply) = response.await?.into_parts();
        let mut start = Bytes::new();
        while let Some(data) = reply.data().await {
            let data = data?;
            reply.flow_control().release_capacity(data.len())?;
            if start.is_empty() {
                start = data;
            }
        }
        let trailers = reply.trailers().await?;
        let is_complete = check(&head.headers, trailers.as_ref())?;
        Ok(Reply { start, is_complete })
    }
}

/// The status stands in the trailers, or in the headers of a reply that is nothing else. Answers whether the reply has all
/// its parts.
fn check(headers: &HeaderMap, trailers: Option<&HeaderMap>) -> Result<bool> {
    let end = trailers.unwrap_or(headers);
    if end.get(Status::GRPC_STATUS).is_some_and(|code| code == "0") {
        return Ok(!end.contains_key(MISSING_PARTS_TRAILER));
    }
    let status = Status::from_header_map(end).context("the reply has no status")?;
    match status.code() {
        Code::Ok => bail!("the status is written in an odd way"),
        code => bail!("{code:?}: {}", status.message()),
    }
}
