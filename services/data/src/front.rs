//! The front: takes calls off HTTP/2, gives each its span, its deadline and its end, and writes what became of it.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use hyper::body::Incoming;
use meanwhile_catalog::Catalog;
use meanwhile_proto::attributes;
use meanwhile_proto::deadline::Deadline;
use meanwhile_proto::errors::Reason;
use meanwhile_proto::waits::WaitKind;
use meanwhile_telemetry::{KeyValue, Request as RequestSpan, RequestContext, Tracer};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio_util::task::TaskTracker;
use tonic::Code;
use tower::{Service, ServiceExt};

use crate::bind::BoundMethod;
use crate::config::Limits;
use crate::engine::{Call, Engine, Reply, StreamSink};
use crate::fault::Fault;
use crate::grpc::{self, ReplyBody};
use crate::serving::Serving;

const HEALTH: &str = "/grpc.health.v1.Health/";

/// Frames that may lie ready before a stream's reader takes them.
const FRAMES_AHEAD: usize = 4;

/// The data service as gateways see it. Cheap to clone.
pub struct Front<H>(Arc<Inner<H>>);

struct Inner<H> {
    methods: HashMap<String, Facts>,
    serving: Serving,
    engine: Engine,
    tracer: Tracer,
    limits: Limits,
    /// Streams hold a connection while their reader reads, so they may take only part of the pool.
    streams: Semaphore,
    tasks: TaskTracker,
    health: H,
}

/// What is known of a method before it is bound.
struct Facts {
    name: String,
    streams: bool,
    timeout: Option<Duration>,
}

impl<H> Clone for Front<H> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<H> Front<H>
where
    H: Service<Request<Incoming>, Response = Response<tonic::body::Body>, Error = Infallible>
        + Clone
        + Send
        + Sync
        + 'static,
    H::Future: Send,
{
    pub fn new(
        catalog: &Catalog,
        serving: Serving,
        engine: Engine,
        tracer: Tracer,
        limits: Limits,
        pool: usize,
        health: H,
    ) -> Self {
        let methods = catalog.methods.iter().map(|method| {
            let facts = Facts {
                name: method.full_name().to_owned(),
                streams: method.descriptor.is_server_streaming(),
                timeout: method.timeout,
            };
            (method.path.clone(), facts)
        });
        let streams = Semaphore::new((pool / 2).max(1));
        let tasks = TaskTracker::new();
        Self(Arc::new(Inner {
            methods: methods.collect(),
            serving,
            engine,
            tracer,
            limits,
            streams,
            tasks,
            health,
        }))
    }

    /// Answers one HTTP request.
    pub async fn serve(self, request: Request<Incoming>) -> Result<Response<ReplyBody>, Infallible> {
        if request.uri().path().starts_with(HEALTH) {
            let reply = self.0.health.clone().oneshot(request).await?;
            return Ok(reply.map(ReplyBody::Other));
        }
        let path = request.uri().path().to_owned();
        let name = self.0.methods.get(&path).map_or("unknown", |facts| facts.name.as_str());
        let span = self.0.tracer.server_request(name.to_owned(), request.headers(), Vec::new());
        let polls = span.polls();
        Ok(polls.record(self.call(span, path, request)).await)
    }

    async fn call(self, span: RequestSpan, path: String, request: Request<Incoming>) -> Response<ReplyBody> {
        let Some(facts) = self.0.methods.get(&path) else {
            let fault = Fault::new(Reason::MethodUnknown, "the catalog has no such method");
            return failed(span, "unknown", &fault);
        };
        let limit = facts.timeout.unwrap_or(self.0.limits.timeout);
        let deadline = match Deadline::from_headers(request.headers(), limit) {
            Ok(deadline) => deadline,
            Err(status) => {
                span.finish(status.code(), Some(Reason::RequestMalformed.as_str()));
                return grpc::failure(&status);
            }
        };
        match facts.streams {
            true => self.start_stream(span, &path, deadline, request).await,
            false => {
                let context = span.context();
                let answer = deadline.bound(self.0.answer(&path, request, &context)).await;
                match answer.unwrap_or_else(|_| Err(Fault::deadline())) {
                    Ok(reply) => answered(span, &reply),
                    Err(fault) => failed(span, &facts.name, &fault),
                }
            }
        }
    }

    /// Reads the request, then leaves the rest to a task that ends with its reader, its deadline, or its last row.
    async fn start_stream(
        &self,
        span: RequestSpan,
        path: &str,
        deadline: Deadline,
        request: Request<Incoming>,
    ) -> Response<ReplyBody> {
        let read = async {
            let method = self.0.serving.method(path)?;
            let message = grpc::read_message(request.into_body(), self.0.limits.max_request).await?;
            Ok((method, message))
        };
        let (method, message) = match deadline.bound(read).await.unwrap_or_else(|_| Err(Fault::deadline())) {
            Ok(read) => read,
            Err(fault) => return failed(span, &path[1..], &fault),
        };
        let (frames, receiver) = mpsc::channel(FRAMES_AHEAD);
        let (trailers, end) = oneshot::channel();
        let inner = self.0.clone();
        let polls = span.polls();
        let work = async move {
            let context = span.context();
            let gone = frames.clone();
            let run = deadline.bound(inner.stream(&method, &message, frames, &context));
            let result = tokio::select! {
                result = run => result.unwrap_or_else(|_| Err(Fault::deadline())),
                () = gone.closed() => Err(Fault::new(Reason::Cancelled, "the reader went away")),
            };
            let _ = trailers.send(end_stream(span, &method.name, result));
        };
        self.0.tasks.spawn(polls.record(work));
        grpc::stream(receiver, end)
    }

    /// Waits for streams to end; their connections are closed by then.
    pub async fn finish(&self) {
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }
}

impl<H> Inner<H> {
    async fn answer(
        &self,
        path: &str,
        request: Request<Incoming>,
        context: &RequestContext,
    ) -> Result<Reply, Fault> {
        let method = self.serving.method(path)?;
        let message = grpc::read_message(request.into_body(), self.limits.max_request).await?;
        let call = Call::read(&method, &message, context)?;
        self.engine.answer(&call).await
    }

    async fn stream(
        &self,
        method: &BoundMethod,
        message: &[u8],
        frames: mpsc::Sender<Bytes>,
        context: &RequestContext,
    ) -> Result<(), Fault> {
        let call = Call::read(method, message, context)?;
        let _permit = match self.streams.try_acquire() {
            Ok(permit) => permit,
            Err(_) => {
                let wait = context.wait(WaitKind::Queue, "queue for streams");
                let permit = self.streams.acquire().await;
                wait.end();
                permit.map_err(|_| Fault::new(Reason::ShuttingDown, "the service is stopping"))?
            }
        };
        self.engine.stream(&call, &mut StreamSink::new(frames)).await
    }
}

fn answered(span: RequestSpan, reply: &Reply) -> Response<ReplyBody> {
    if !reply.missing.is_empty() {
        span.set_attribute(KeyValue::new(attributes::MISSING_PARTS, reply.missing.join(",")));
    }
    span.finish(Code::Ok, None);
    grpc::single(reply)
}

fn failed(span: RequestSpan, method: &str, fault: &Fault) -> Response<ReplyBody> {
    tell(&span, method, fault);
    span.finish(fault.reason.code(), Some(fault.reason.as_str()));
    grpc::failure(&fault.status())
}

fn end_stream(span: RequestSpan, method: &str, result: Result<(), Fault>) -> HeaderMap {
    match result {
        Ok(()) => {
            span.finish(Code::Ok, None);
            grpc::ok_trailers(&[])
        }
        Err(fault) => {
            tell(&span, method, &fault);
            span.finish(fault.reason.code(), Some(fault.reason.as_str()));
            grpc::failed_trailers(&fault.status())
        }
    }
}

/// What somebody who runs the service should see, with the trace that shows the rest.
fn tell(span: &RequestSpan, method: &str, fault: &Fault) {
    let trace_id = span.context().trace_id();
    let reason = fault.reason.as_str();
    match fault.is_ours() {
        true => tracing::warn!(%trace_id, method, reason, %fault, "the call failed"),
        false => tracing::debug!(%trace_id, method, reason, %fault, "the call was refused"),
    }
}
