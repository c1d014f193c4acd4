//! A gateway between a data service that a test makes up and a client that sees every frame; all over loopback.

#![allow(dead_code, reason = "each test file uses its own part of this")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, Full, StreamBody};
use meanwhile_gateway::{Config, Contract, Error, Listeners, MethodFacts, run};
use meanwhile_telemetry::Telemetry;
use meanwhile_transport::{Client, ClientBody, ClientConfig, Protocol, RequestBody, ServeLimits, serve};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tonic_types::StatusExt;

/// A read whose contract gives it five seconds.
pub const GET: &str = "/test.v1.Cities/GetCity";
/// A write.
pub const SAVE: &str = "/test.v1.Cities/SaveCity";

pub type Body = UnsyncBoxBody<Bytes, Infallible>;

/// Far longer than anything here takes, so that a fault fails a test instead of hanging it.
pub async fn within_reason<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(30), future).await.expect("it never happened")
}

pub struct World {
    pub public: SocketAddr,
    pub admin: SocketAddr,
    pub shutdown: CancellationToken,
    pub running: JoinHandle<Result<(), Error>>,
    pub client: Client<Body>,
    /// Gives it another contract.
    pub contracts: watch::Sender<Arc<Contract>>,
    _telemetry: Telemetry,
}

impl World {
    /// A gateway in front of that data service.
    pub async fn start(data: SocketAddr) -> Self {
        Self::start_with(data, |_| {}).await
    }

    pub async fn start_with(data: SocketAddr, adjust: impl FnOnce(&mut Config)) -> Self {
        Self::start_recorded(data, Vec::new(), adjust).await
    }

    /// As `start_with`, and its spans go to those collectors.
    pub async fn start_recorded(
        data: SocketAddr,
        endpoints: Vec<String>,
        adjust: impl FnOnce(&mut Config),
    ) -> Self {
        let service_name = "meanwhile-gateway".to_owned();
        let telemetry = Telemetry::start(meanwhile_telemetry::Config { service_name, endpoints }).unwrap();
        let url = format!("http://{data}").parse().unwrap();
        let (contracts, wanted) = watch::channel(Arc::new(contract()));
        let mut config = Config::new(url, wanted, telemetry.tracer());
        adjust(&mut config);
        let listeners = Listeners { public: listen().await, admin: listen().await };
        let (public, admin) = (listeners.public.local_addr().unwrap(), listeners.admin.local_addr().unwrap());
        let shutdown = CancellationToken::new();
        let running = tokio::spawn(run(config, listeners, shutdown.clone()));
        let client = Client::new(ClientConfig::new(Protocol::H2c));
        Self { public, admin, shutdown, running, client, contracts, _telemetry: telemetry }
    }

    /// A gRPC request for that method, as a client sends it.
    pub fn request(&self, path: &str, body: Body) -> Request<Body> {
        Request::post(format!("http://{}{path}", self.public))
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .body(body)
            .unwrap()
    }

    /// The whole answer to a call.
    pub async fn call(&self, path: &str, message: &[u8]) -> Answer {
        self.send(self.request(path, full(message))).await
    }

    /// The whole answer to a call with a `grpc-timeout`.
    pub async fn call_within(&self, timeout: &str, path: &str) -> Answer {
        let mut request = self.request(path, full(b"x"));
        request.headers_mut().insert("grpc-timeout", timeout.parse().unwrap());
        self.send(request).await
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        within_reason(async { Answer::collect(self.client.send(request).await.unwrap()).await }).await
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.running.abort();
    }
}

pub async fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

/// What a client got.
#[derive(Debug)]
pub struct Answer {
    pub http: http::StatusCode,
    pub headers: HeaderMap,
    pub data: Bytes,
    pub trailers: HeaderMap,
}

impl Answer {
    pub async fn collect(response: Response<ClientBody>) -> Self {
        let (parts, body) = response.into_parts();
        let collected = body.collect().await.unwrap();
        let trailers = collected.trailers().cloned().unwrap_or_default();
        Self { http: parts.status, headers: parts.headers, data: collected.to_bytes(), trailers }
    }

    pub fn status(&self) -> Status {
        Status::from_header_map(&self.trailers)
            .or_else(|| Status::from_header_map(&self.headers))
            .unwrap_or_else(|| panic!("no grpc-status in {self:?}"))
    }

    /// The code's name as Rust writes it, and the ErrorInfo's reason.
    pub fn outcome(&self) -> (tonic::Code, String) {
        let status = self.status();
        (status.code(), status.get_details_error_info().map(|info| info.reason).unwrap_or_default())
    }
}

/// Serves what a test says the data service does with calls. It has no health service.
pub async fn data_service<F, R>(handler: F) -> SocketAddr
where
    F: Fn(Request<RequestBody>) -> R + Clone + Send + 'static,
    R: Future<Output = Response<Body>> + Send + 'static,
{
    data_service_on(listen().await, handler)
}

pub fn data_service_on<F, R>(listener: TcpListener, handler: F) -> SocketAddr
where
    F: Fn(Request<RequestBody>) -> R + Clone + Send + 'static,
    R: Future<Output = Response<Body>> + Send + 'static,
{
    let address = listener.local_addr().unwrap();
    let service = tower::service_fn(move |request: Request<RequestBody>| {
        let is_call = !request.uri().path().starts_with("/grpc.health.");
        let reply = is_call.then(|| handler(request));
        async move {
            Ok::<_, Infallible>(match reply {
                Some(reply) => reply.await,
                None => Status::unimplemented("").into_http::<Option<()>>().map(|_| empty()),
            })
        }
    });
    tokio::spawn(serve(listener, service, ServeLimits::default(), CancellationToken::new()));
    address
}

/// An address where nothing listens.
pub async fn nowhere() -> SocketAddr {
    listen().await.local_addr().unwrap()
}

pub fn full(data: &[u8]) -> Body {
    Full::new(Bytes::copy_from_slice(data)).boxed_unsync()
}

pub fn empty() -> Body {
    Empty::new().boxed_unsync()
}

/// A body of those frames, then nothing more: for ever, if `open`.
pub fn frames(frames: Vec<Frame<Bytes>>, open: bool) -> Body {
    use futures_util::{StreamExt, stream};
    let frames = stream::iter(frames.into_iter().map(Ok));
    match open {
        true => StreamBody::new(frames.chain(stream::pending())).boxed_unsync(),
        false => StreamBody::new(frames).boxed_unsync(),
    }
}

pub fn trailers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
}

/// A gRPC reply: data, and trailers with OK.
pub fn ok(data: impl Into<Bytes>) -> Response<Body> {
    reply(frames(vec![Frame::data(data.into()), Frame::trailers(trailers(&[("grpc-status", "0")]))], false))
}

pub fn reply(body: Body) -> Response<Body> {
    Response::builder().header("content-type", "application/grpc").body(body).unwrap()
}

/// The contract of `cities.proto`.
pub fn contract() -> Contract {
    let read = MethodFacts { reads_only: true, timeout: Some(Duration::from_secs(5)) };
    contract_of([(GET, read), (SAVE, MethodFacts::default())])
}

/// The same, where these methods are served.
pub fn contract_of(methods: impl IntoIterator<Item = (&'static str, MethodFacts)>) -> Contract {
    Contract::new(&pool(), methods.into_iter().map(|(path, facts)| (path.to_owned(), facts))).unwrap()
}

fn pool() -> prost_reflect::DescriptorPool {
    use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver};
    struct Sources;
    impl FileResolver for Sources {
        fn open_file(&self, name: &str) -> Result<File, protox::Error> {
            let built_in = meanwhile_proto::imports::BUILT_IN.iter();
            let own = [
                ("test/v1/cities.proto", include_str!("cities.proto")),
                ("test/v1/city.proto", include_str!("city.proto")),
            ];
            let (name, source) = built_in
                .copied()
                .chain(own)
                .find(|(known, _)| *known == name)
                .ok_or_else(|| protox::Error::file_not_found(name))?;
            File::from_source(name, source)
        }
    }
    let mut resolver = ChainFileResolver::new();
    resolver.add(Sources);
    resolver.add(GoogleFileResolver::new());
    let mut compiler = protox::Compiler::with_file_resolver(resolver);
    compiler.include_imports(true).include_source_info(true);
    compiler.open_file("test/v1/cities.proto").unwrap();
    compiler.descriptor_pool()
}
