//! Somebody else's server: HTTP/2 without TLS on a port of its own, answering as the test says.

use std::{convert::Infallible, net::SocketAddr, sync::Arc};

use anyhow::Result;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Empty, Full, combinators::BoxBody};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use tokio::{net::TcpListener, runtime::Runtime};

/// The body of a reply; an error in it resets the stream.
pub type Body = BoxBody<Bytes, std::io::Error>;

/// Listens until it is dropped.
pub struct Stranger {
    address: SocketAddr,
    _runtime: Runtime,
}

impl Stranger {
    /// Answers every request, over HTTP/2 and HTTP/1.1 alike, by `answer`.
    pub fn answering<F>(answer: F) -> Result<Self>
    where
        F: Fn(Request<Incoming>) -> BoxFuture<'static, Response<Body>> + Send + Sync + 'static,
    {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
        let address = listener.local_addr()?;
        runtime.spawn(accept(listener, Arc::new(answer)));
        Ok(Self { address, _runtime: runtime })
    }

    /// http://HOST:PORT
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// A reply of this status and text.
pub fn reply(status: u16, text: impl Into<Bytes>) -> Response<Body> {
    let mut response = Response::new(Full::new(text.into()).map_err(|never| match never {}).boxed());
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
    response
}

/// A body with nothing in it.
pub fn empty() -> Body {
    Empty::new().map_err(|never| match never {}).boxed()
}

async fn accept<F>(listener: TcpListener, answer: Arc<F>)
where
    F: Fn(Request<Incoming>) -> BoxFuture<'static, Response<Body>> + Send + Sync + 'static,
{
    while let Ok((stream, _)) = listener.accept().await {
        let answer = answer.clone();
        let service = service_fn(move |request| {
            let reply = answer(request);
            async move { Ok::<_, Infallible>(reply.await) }
        });
        tokio::spawn(async move {
            // A client that goes away is no concern of the stranger's.
            let builder = auto::Builder::new(TokioExecutor::new());
            let _ = builder.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}
