//! A server on a free loopback port, and clients for it.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{Empty, Full};
use meanwhile_transport::{Client, ClientConfig, Protocol, RequestBody, ServeLimits, serve};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

#[allow(dead_code, reason = "not every test file stops its server")]
pub struct Server {
    pub address: SocketAddr,
    pub shutdown: CancellationToken,
    pub ended: JoinHandle<io::Result<()>>,
}

impl Server {
    pub async fn start<F, R>(limits: ServeLimits, handler: F) -> Self
    where
        F: Fn(Request<RequestBody>) -> R + Clone + Send + 'static,
        R: Future<Output = &'static str> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let service = tower::service_fn(move |request| {
            let reply = handler(request);
            async move {
                Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(reply.await.as_bytes()))))
            }
        });
        let ended = tokio::spawn(serve(listener, service, limits, shutdown.clone()));
        Self { address, shutdown, ended }
    }

    pub fn get(&self, path: &str) -> Request<Empty<Bytes>> {
        get(self.address, path)
    }
}

pub fn get(address: SocketAddr, path: &str) -> Request<Empty<Bytes>> {
    Request::get(format!("http://{address}{path}")).body(Empty::new()).unwrap()
}

pub fn client(protocol: Protocol) -> Client<Empty<Bytes>> {
    Client::new(ClientConfig::new(protocol))
}
