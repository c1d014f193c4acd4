//! The front: takes calls off HTTP/2, gives each its span, its deadline and its end, and writes what became of it.

use std::convert::Infallible;
use std::future::ready;
use std::pin::{Pin, pin};
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use meanwhile_proto::deadline::Deadline;
use meanwhile_proto::errors::Reason;
use meanwhile_proto::waits::WaitKind;
use meanwhile_proto::{CLIENT_HEADER, attributes};
use meanwhile_telemetry::{KeyValue, Request as RequestSpan, RequestContext, StringValue, Tracer};
use meanwhile_transport::RequestBody;
use tokio::sync::{mpsc, oneshot};
use tokio_util::task::TaskTracker;
use tonic::Code;
use tower::ServiceExt;

use crate::config::Limits;
use crate::database::pool::Places;
use crate::engine::{Call, Reply, StreamSink};
use crate::fault::Fault;
use crate::grpc::{self, ReplyBody};
use crate::serving::{Health, Served, Serving};
use crate::sharing::{Flights, Run};

const HEALTH: &str = "/grpc.health.v1.Health/";

/// Frames that may lie ready before a stream's reader takes them.
const FRAMES_AHEAD: usize = 4;

/// A reply on its way, in a box: what it becomes is large, and is moved into a task of its own.
pub type Answer = Pin<Box<dyn Future<Output = Result<Response<ReplyBody>, Infallible>> + Send>>;

/// The data service as gateways see it. Cheap to clone.
#[derive(Clone)]
pub struct Front(Arc<Inner>);

struct Inner {
    serving: Serving,
    tracer: Tracer,
    limits: Limits,
    /// Streams hold a connection while their reader reads, so they may take only part of the pool.
    streams: Arc<Places<()>>,
    tasks: TaskTracker,
    health: Health,
    /// Equal calls that are one; none where each is answered by itself.
    flights: Option<Flights>,
    /// Who waits has its turn with other clients: those that a gateway tells apart, and else each connection.
    is_fair: bool,
}

impl Front {
    /// `pool` is how many connections there may be; with `shares` equal calls are one, and with `is_fair` clients
    /// have turns.
    pub fn new(
        serving: Serving,
        tracer: Tracer,
        limits: Limits,
        pool: usize,
        shares: bool,
        is_fair: bool,
        health: Health,
    ) -> Self {
        let streams = Places::new((pool / 2).max(1));
        let tasks = TaskTracker::new();
        let flights = shares.then(Flights::default);
        Self(Arc::new(Inner { serving, tracer, limits, streams, tasks, health, flights, is_fair }))
    }

    /// Answers one HTTP request. What can be said of it at once is said at once, in order of arrival.
    pub fn serve(&self, request: Request<RequestBody>) -> Answer {
        if request.uri().path().starts_with(HEALTH) {
            let health = self.0.health.clone();
            return Box::pin(async { Ok(health.oneshot(request).await?.map(ReplyBody::Other)) });
        }
        let served = self.0.serving.get(request.uri().path());
        let name =
            served.as_ref().map_or_else(|| "unknown".into(), |served| StringValue::from(served.name.clone()));
        let span = self.0.tracer.server_request(name, request.headers(), Vec::new());
        if self.0.is_fair {
            span.of_client(client(&request));
        }
        let Some(served) = served else {
            let fault = Fault::new(Reason::MethodUnknown, "the catalog has no such method");
            return Box::pin(ready(Ok(failed(span, "unknown", &fault))));
        };
        let limit = served.timeout.unwrap_or(self.0.limits.timeout);
        let deadline = match Deadline::from_headers(request.headers(), limit) {
            Ok(deadline) => deadline,
            Err(status) => {
                span.finish(status.code(), Some(Reason::RequestMalformed.as_str()));
                return Box::pin(ready(Ok(grpc::failure(&status))));
            }
        };
        // Its headers have said what they have to, and do not wait with it.
        let (front, body) = (self.clone(), request.into_body());
        Box::pin(async move {
            let polls = span.polls();
            // Pinned where it is made, here and below: each move of a future copies all it may ever hold.
            Ok(polls.record(pin!(front.call(span, served, deadline, body))).await)
        })
    }

    async fn call(
        &self,
        span: RequestSpan,
        served: Arc<Served>,
        deadline: Deadline,
        body: RequestBody,
    ) -> Response<ReplyBody> {
        if served.streams {
            return Box::pin(self.start_stream(span, served, deadline, body)).await;
        }
        let answer = deadline.bound(pin!(self.0.answer(&served, body, &span))).await;
        match answer.unwrap_or_else(|_| Err(Fault::deadline())) {
            Ok(reply) => answered(span, &reply),
            Err(fault) => failed(span, &served.name, &fault),
        }
    }

    /// Reads the request, then leaves the rest to a task that ends with its reader, its deadline, or its last row.
    async fn start_stream(
        &self,
        span: RequestSpan,
        served: Arc<Served>,
        deadline: Deadline,
        body: RequestBody,
    ) -> Response<ReplyBody> {
        let read = async {
            served.method()?;
            grpc::read_message(body, self.0.limits.max_request).await
        };
        let message = match deadline.bound(read).await.unwrap_or_else(|_| Err(Fault::deadline())) {
            Ok(message) => message,
            Err(fault) => return failed(span, &served.name, &fault),
        };
        let (frames, receiver) = mpsc::channel(FRAMES_AHEAD);
        let (trailers, end) = oneshot::channel();
        let inner = self.0.clone();
        let polls = span.polls();
        let work = async move {
            let context = span.context();
            let gone = frames.clone();
            let run = deadline.bound(inner.stream(&served, &message, frames, &context));
            let result = tokio::select! {
                result = run => result.unwrap_or_else(|_| Err(Fault::deadline())),
                () = gone.closed() => Err(Fault::new(Reason::Cancelled, "the reader went away")),
            };
            let _ = trailers.send(end_stream(span, &served.name, result));
        };
        self.0.tasks.spawn(polls.record(work));
        grpc::stream(receiver, end)
    }

    /// Waits for streams to end; their connections are closed by then.
    pub async fn finish(&self) {
        self.0.tasks.close();
        self.0.tasks.wait().await;
        if let Some(flights) = &self.0.flights {
            flights.finish().await;
        }
    }
}

impl Inner {
    async fn answer(
        &self,
        served: &Arc<Served>,
        body: RequestBody,
        span: &RequestSpan,
    ) -> Result<Reply, Fault> {
        let method = served.method()?;
        let message = grpc::read_message(body, self.limits.max_request).await?;
        let context = span.context();
        let call = Call::read(method, &message, &context)?;
        let alone = pin!(served.engine.answer(&call));
        let answer = match &self.flights {
            Some(flights) if call.is_shared() => {
                let aboard = || aboard(served.clone(), message.clone(), span);
                flights.answer(flights.key(call.method, &call.values), &context, alone, aboard).await
            }
            _ => alone.await,
        };
        answer.inspect_err(|fault| self.serving.tell(served, fault))
    }

    async fn stream(
        &self,
        served: &Served,
        message: &[u8],
        frames: mpsc::Sender<Bytes>,
        context: &RequestContext,
    ) -> Result<(), Fault> {
        let call = Call::read(served.method()?, message, context)?;
        let _place = match self.streams.try_take() {
            Some(place) => place,
            None => {
                let _wait = context.wait(WaitKind::Queue, "queue for streams");
                self.streams.take(context.client()).await?
            }
        };
        let streamed = served.engine.stream(&call, &mut StreamSink::new(frames)).await;
        streamed.inspect_err(|fault| self.serving.tell(served, fault))
    }
}

/// Whose call it is: as a gateway says, or else by its connection.
fn client(request: &Request<RequestBody>) -> u32 {
    let told = request.headers().get(CLIENT_HEADER).and_then(|value| value.to_str().ok()?.parse().ok());
    told.unwrap_or_else(|| request.body().connection())
}

/// The same call, which others may wait for as well: it owns what it needs.
fn aboard(served: Arc<Served>, message: Bytes, span: &RequestSpan) -> Run {
    let context = span.context();
    let answer = async move {
        let call = Call::read(served.method()?, &message, &context)?;
        served.engine.answer(&call).await
    };
    Box::pin(span.polls().record(answer))
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
