//! One call, from its headers to the data service's: recorded, held to its deadline, in turn where that is asked for,
//! and sent a second time only where the first provably never ran. Its messages are never read.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Request, Response, Uri};
use meanwhile_proto::errors::{Reason, status};
use meanwhile_telemetry::{KeyValue, Request as Span, RequestContext, Tracer, Wait, WaitKind};
use meanwhile_transport::{Client, ClientBody, RequestBody};
use tonic::Status;

use crate::clients::Clients;
use crate::outcome::Outcome;
use crate::reply::{Reply, Running};
use crate::turns::{Arrival, Turn, Turns};
use crate::upload::{Upload, UploadBody};
use crate::{MethodFacts, failure, metadata};
use meanwhile_proto::deadline::{Deadline, GRPC_TIMEOUT};

/// A method that is served, and where.
#[derive(Debug)]
pub(crate) struct Method {
    /// `pkg.Service/Method`, as in span names.
    pub(crate) name: Arc<str>,
    /// The data service's URL for it.
    pub(crate) uri: Uri,
    pub(crate) facts: MethodFacts,
}

impl Method {
    /// What a span of a call of it says (semantic conventions for RPC spans).
    fn attributes(&self) -> impl Iterator<Item = KeyValue> + use<> {
        let server = self.uri.host().zip(self.uri.port_u16());
        let server = server.map(|(host, port)| {
            [KeyValue::new("server.address", host.to_owned()), KeyValue::new("server.port", i64::from(port))]
        });
        let rpc = [KeyValue::new("rpc.system.name", "grpc"), KeyValue::new("rpc.method", self.name.clone())];
        rpc.into_iter().chain(server.into_iter().flatten())
    }
}

/// Forwards calls to the data service.
#[derive(Debug)]
pub(crate) struct Forwarder {
    pub(crate) client: Client<UploadBody<RequestBody>>,
    pub(crate) tracer: Tracer,
    /// Only where calls go one at a time.
    pub(crate) turns: Option<Turns>,
    pub(crate) clients: Clients,
    pub(crate) default_timeout: Duration,
}

/// What a call holds while the data service answers it.
pub(crate) struct Exchange {
    pub(crate) wait: Wait,
    pub(crate) upload: Upload<RequestBody>,
    pub(crate) turn: Option<Turn>,
    pub(crate) deadline: Deadline,
}

impl Forwarder {
    /// Where calls go one at a time: the place of the call that arrives now.
    pub(crate) fn arrive(&self) -> Option<Result<Arrival, Status>> {
        self.turns.as_ref().map(Turns::arrive)
    }

    /// Begins the call's span.
    pub(crate) fn begin(&self, method: &Method, request: &Request<RequestBody>) -> Span {
        self.tracer.server_request(method.name.clone(), request.headers(), Vec::new())
    }

    /// Answers the call. Dropping the future cancels it: the stream to the data service is reset and the request's
    /// span ends with CANCELLED; dropping the reply's body before its end does the same.
    pub(crate) async fn call(
        &self,
        span: Span,
        method: &Method,
        headers: HeaderMap,
        body: RequestBody,
        arrival: Option<Result<Arrival, Status>>,
    ) -> Response<Reply> {
        let (context, polls) = (span.context(), span.polls());
        match polls.record(pin!(self.exchange(method, &context, headers, body, arrival))).await {
            Ok((exchange, response)) => Running::new(span, method.facts, exchange).reply(response),
            Err(status) => {
                let outcome = Outcome::of_status(&status);
                span.finish(outcome.code, outcome.reason.as_deref());
                status.into_http()
            }
        }
    }

    /// From the client's headers to the data service's.
    async fn exchange(
        &self,
        method: &Method,
        context: &RequestContext,
        headers: HeaderMap,
        body: RequestBody,
        arrival: Option<Result<Arrival, Status>>,
    ) -> Result<(Exchange, Response<ClientBody>), Status> {
        let limit = method.facts.timeout.unwrap_or(self.default_timeout);
        let deadline = Deadline::from_headers(&headers, limit)?;
        let mut headers = metadata::for_data_service(headers)?;
        self.clients.tell(body.connection(), &mut headers);
        let turn = match arrival {
            Some(arrival) => Some(deadline.bound(arrival?.turn(context)).await??),
            None => None,
        };
        // A call that has run out of time does not trouble the data service.
        headers.insert(GRPC_TIMEOUT, deadline.left()?);
        let mut wait = context.wait(WaitKind::Upstream, method.name.clone());
        wait.describe(|| method.attributes());
        wait.inject(&mut headers);

        let (upload, body) = Upload::new(body);
        let response = {
            let sending = pin!(self.send(method, context, headers, deadline, (&upload, body)));
            deadline.bound(sending).await.and_then(|response| response)
        };
        match response.and_then(|response| speaks_grpc(response, method.facts, context)) {
            Ok(response) => {
                upload.settle();
                Ok((Exchange { wait, upload, turn, deadline }, response))
            }
            Err(status) => {
                Outcome::of_status(&status).error_type().into_iter().for_each(|error| wait.fail(error));
                Err(status)
            }
        }
    }

    async fn send(
        &self,
        method: &Method,
        context: &RequestContext,
        mut headers: HeaderMap,
        deadline: Deadline,
        (upload, body): (&Upload<RequestBody>, UploadBody<RequestBody>),
    ) -> Result<Response<ClientBody>, Status> {
        let mut sent = self.client.send(outgoing(method, headers.clone(), body)).await;
        if sent.as_ref().is_err_and(|error| error.is_not_sent())
            && let Some(body) = upload.again()
        {
            headers.insert(GRPC_TIMEOUT, deadline.left()?);
            sent = self.client.send(outgoing(method, headers, body)).await;
        }
        sent.map_err(|error| {
            // That nothing can be sent is said once, where health is followed. The cause of the rest names inner
            // addresses: it is for the log, never for the client.
            if !error.is_not_sent() {
                let (trace_id, method) = (context.trace_id(), &*method.name);
                tracing::warn!(%trace_id, method, %error, "the data service broke off");
            }
            failure::of_send(&error, method.facts)
        })
    }
}

fn outgoing(
    method: &Method,
    headers: HeaderMap,
    body: UploadBody<RequestBody>,
) -> Request<UploadBody<RequestBody>> {
    let mut request = Request::new(body);
    *request.method_mut() = http::Method::POST;
    *request.uri_mut() = method.uri.clone();
    *request.headers_mut() = headers;
    request
}

fn speaks_grpc(
    response: Response<ClientBody>,
    facts: MethodFacts,
    context: &RequestContext,
) -> Result<Response<ClientBody>, Status> {
    if response.status() == http::StatusCode::OK && metadata::is_grpc(response.headers()) {
        return Ok(response);
    }
    let (trace_id, status) = (context.trace_id(), response.status());
    tracing::warn!(%trace_id, %status, "what answers as the data service does not speak gRPC");
    Err(failure::of_response(status, facts))
}

/// Records and answers a call that the catalog has no method for. Its name is the client's own, so the span has the
/// semantic conventions' word for it, and the name as an attribute, cut.
pub(crate) fn unknown(tracer: &Tracer, request: &Request<RequestBody>) -> Status {
    const MAX_NAME: usize = 200;
    let name: String = request.uri().path().trim_start_matches('/').chars().take(MAX_NAME).collect();
    let attributes = vec![KeyValue::new("rpc.method_original", name.clone())];
    let span = tracer.server_request("_OTHER", request.headers(), attributes);
    let reason = Reason::MethodUnknown;
    span.finish(reason.code(), Some(reason.as_str()));
    status(reason, "no such method", &[("method", &name)])
}
