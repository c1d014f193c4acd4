//! The one port: who may come in, and where each request goes.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use meanwhile_proto::v1;
use meanwhile_proto::v1::timeline_server::TimelineServer;
use meanwhile_transport::RequestBody;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::TraceServiceServer;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tonic::body::Body;
use tonic::codec::CompressionEncoding;
use tonic::service::Routes;
use tonic_reflection::server as reflection;
use tonic_web::{GrpcWebLayer, GrpcWebService};
use tower::{Layer as _, Service};

use crate::answers::Answers;
use crate::config::{Config, MAX_BODY};
use crate::door::Door;
use crate::from_jaeger::FromJaeger;
use crate::grpc::Intake;
use crate::http_intake;
use crate::other_signals;
use crate::page::{Page, Settings};
use crate::scenarios::{self, Scenarios};
use crate::store::Store;
use crate::to_jaeger::ToJaeger;

/// Where OTLP is taken by HTTP, and by gRPC.
const TRACES: &str = "/v1/traces";
const EXPORT: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

/// How many requests with spans are read at once; the others wait. With the largest body it bounds what reading takes.
const INTAKES: usize = 32;

/// The longest that spans may take to come, waiting for their turn included.
const INTAKE: Duration = Duration::from_secs(30);

/// The largest request of the Timeline service: names and numbers.
const MAX_REQUEST: usize = 64 * 1024;

/// The whole port. Cheap to clone: one a connection.
#[derive(Clone)]
pub struct Front {
    door: Arc<Door>,
    intake: Intake,
    intakes: Arc<Semaphore>,
    routes: GrpcWebService<Routes>,
    page: Arc<Page>,
    scenarios: Option<Scenarios>,
}

impl Front {
    pub fn new(store: Arc<Store>, jaeger: Option<Arc<FromJaeger>>, config: Config) -> Self {
        let titles = config.scenarios.as_ref().map(|scenarios| scenarios.titles().to_vec());
        let page = Page::new(&Settings {
            jaeger: config.jaeger,
            takes_windows: config.jaeger_otlp.is_some(),
            scenarios: titles.unwrap_or_default(),
        });
        let intake = Intake { store: store.clone() };
        let traces = TraceServiceServer::new(intake.clone())
            .accept_compressed(CompressionEncoding::Gzip)
            .max_decoding_message_size(MAX_BODY);
        let timeline = TimelineServer::new(Answers::new(
            store,
            config.waits.running,
            jaeger,
            config.jaeger_otlp.map(ToJaeger::at),
            config.sampled_one_in,
        ))
        .max_decoding_message_size(MAX_REQUEST)
        .send_compressed(CompressionEncoding::Gzip);
        let routes = with_reflection(Routes::new(traces).add_service(timeline)).prepare();
        Self {
            door: Arc::new(Door::new(config.hosts)),
            intake,
            intakes: Arc::new(Semaphore::new(INTAKES)),
            routes: GrpcWebLayer::new().layer(routes),
            page: Arc::new(page),
            scenarios: config.scenarios,
        }
    }

    async fn answer(mut self, request: Request<RequestBody>) -> Response<Body> {
        if let Some(reason) = self.door.refuses(&request) {
            return text(StatusCode::FORBIDDEN, reason);
        }
        if let Some(reply) = self.page.answer(&request) {
            return reply;
        }
        if let Some((scenarios, name)) = self.asked(&request) {
            let (status, message) = scenarios.ask(name).await;
            return text(status, message);
        }
        match request.uri().path() {
            TRACES | EXPORT => self.take(request).await,
            path if other_signals::are_at(path) => other_signals::answer(request).await,
            _ if request.method() == Method::POST => self.call(request).await,
            _ => text(
                StatusCode::NOT_FOUND,
                "here are a page (/), OTLP (gRPC, /v1/traces) and meanwhile.v1.Timeline (gRPC, gRPC-Web)",
            ),
        }
    }

    /// The scenario that is asked for; none where that is not what is asked for.
    fn asked<'a>(&'a self, request: &'a Request<RequestBody>) -> Option<(&'a Scenarios, &'a str)> {
        let name = scenarios::name_in(request.uri().path()).filter(|_| request.method() == Method::POST)?;
        Some((self.scenarios.as_ref()?, name))
    }

    async fn take(mut self, request: Request<RequestBody>) -> Response<Body> {
        let intakes = self.intakes.clone();
        let taken = timeout(INTAKE, async {
            let _permit = intakes.acquire().await;
            match request.uri().path() == TRACES {
                true => http_intake::traces(&self.intake, request).await,
                false => self.call(request).await,
            }
        });
        taken
            .await
            .unwrap_or_else(|_| text(StatusCode::SERVICE_UNAVAILABLE, "the spans took too long to come"))
    }

    async fn call(&mut self, request: Request<RequestBody>) -> Response<Body> {
        match self.routes.call(request).await {
            Ok(reply) => reply,
            Err(never) => match never {},
        }
    }
}

impl Service<Request<RequestBody>> for Front {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        let this = self.clone();
        Box::pin(async { Ok(this.answer(request).await) })
    }
}

/// The Timeline service can be asked without its contract.
fn with_reflection(routes: Routes) -> Routes {
    let configure =
        || reflection::Builder::configure().register_encoded_file_descriptor_set(v1::TIMELINE_DESCRIPTORS);
    // Both are made of descriptors that were compiled with this program, which its test shows.
    match (configure().build_v1(), configure().build_v1alpha()) {
        (Ok(v1), Ok(v1alpha)) => routes.add_service(v1).add_service(v1alpha),
        _ => routes,
    }
}

fn text(status: StatusCode, message: impl Into<Bytes>) -> Response<Body> {
    let mut reply = Response::new(Body::new(http_body_util::Full::new(message.into())));
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    reply
}
