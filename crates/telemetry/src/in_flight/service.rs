//! `meanwhile.v1.Waits`: the table over gRPC, for an admin port.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::{Stream, StreamExt as _, stream};
use meanwhile_proto::v1::waits_server::{Waits, WaitsServer};
use meanwhile_proto::v1::{self, ListCallsRequest, ListCallsResponse, WatchCallsRequest, WatchCallsResponse};
use opentelemetry::trace::SpanContext;
use tokio::time::{Interval, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::{Request, Response, Status};
use tonic_reflection::server as reflection;

use super::changes::Seen;
use super::{Call, InFlight, Waiting};

/// How many calls are listed where nobody says, and at most.
const LISTED: usize = 1_000;
const LISTED_AT_MOST: usize = 10_000;

/// How often a watch looks where nobody says, and within which bounds.
const LOOK: Duration = Duration::from_millis(100);
const LOOKS: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(10));

/// The largest request that is read: a method's name and little else.
const MAX_REQUEST: usize = 4 * 1024;

/// Answers from one service's table.
#[derive(Debug, Clone)]
pub(super) struct WaitsService {
    pub table: InFlight,
    /// Ends the watches, which would never end by themselves.
    pub end: CancellationToken,
}

impl InFlight {
    /// The table as a gRPC service, and reflection so that it can be asked without its contract. It shows everyone's calls:
    /// for an admin port alone. Watches end with `end`.
    pub fn routes(&self, end: CancellationToken) -> Routes {
        let service = WaitsService { table: self.clone(), end };
        let routes = Routes::new(WaitsServer::new(service).max_decoding_message_size(MAX_REQUEST));
        let reflection = || {
            let descriptors = [v1::WAITS_DESCRIPTORS, tonic_health::pb::FILE_DESCRIPTOR_SET];
            descriptors.into_iter().fold(reflection::Builder::configure(), |builder, set| {
                builder.register_encoded_file_descriptor_set(set)
            })
        };
        // Both are made of descriptors that were compiled with this program, which its test shows.
        match (reflection().build_v1(), reflection().build_v1alpha()) {
            (Ok(v1), Ok(v1alpha)) => routes.add_service(v1).add_service(v1alpha),
            _ => routes,
        }
    }
}

#[tonic::async_trait]
impl Waits for WaitsService {
    async fn list_calls(
        &self,
        request: Request<ListCallsRequest>,
    ) -> Result<Response<ListCallsResponse>, Status> {
        let request = request.into_inner();
        let size = match usize::try_from(request.page_size) {
            Err(_) => return Err(Status::invalid_argument("page_size: less than no calls cannot be listed")),
            Ok(0) => LISTED,
            Ok(size) => size.min(LISTED_AT_MOST),
        };
        let min_age = positive(request.min_age, "min_age")?.unwrap_or_default();
        let all = self.table.calls();
        let is_wanted = |call: &&Arc<Call>| is_of(call, &request.method) && call.clock.elapsed() >= min_age;
        let calls = all.iter().filter(is_wanted).take(size).map(|call| self.shown(call, &all)).collect();
        Ok(Response::new(ListCallsResponse { calls, total_size: all.len().try_into().unwrap_or(i32::MAX) }))
    }

    type WatchCallsStream = Pin<Box<dyn Stream<Item = Result<WatchCallsResponse, Status>> + Send>>;

    async fn watch_calls(
        &self,
        request: Request<WatchCallsRequest>,
    ) -> Result<Response<Self::WatchCallsStream>, Status> {
        let request = request.into_inner();
        let every = positive(request.interval, "interval")?.unwrap_or(LOOK).clamp(LOOKS.0, LOOKS.1);
        let mut looks = interval(every);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let watch = Watch { service: self.clone(), method: request.method, looks, seen: None };
        let changes = stream::unfold(watch, |mut watch| async { Some((Ok(watch.next().await), watch)) });
        Ok(Response::new(Box::pin(changes.take_until(self.end.clone().cancelled_owned()))))
    }
}

/// One reader's watch. It ends with its reader.
struct Watch {
    service: WaitsService,
    method: String,
    looks: Interval,
    /// None until it was looked for the first time: that is told, also where there is nothing.
    seen: Option<Seen>,
}

impl Watch {
    async fn next(&mut self) -> WatchCallsResponse {
        loop {
            self.looks.tick().await;
            let is_first = self.seen.is_none();
            let seen = self.seen.get_or_insert_default();
            let changes = seen.look(&self.service.table, |call| is_of(call, &self.method));
            if is_first || !changes.calls.is_empty() || !changes.ended.is_empty() {
                let calls = changes.calls.iter().map(|call| self.service.shown(call, &changes.all)).collect();
                return WatchCallsResponse { calls, ended: changes.ended };
            }
        }
    }
}

impl WaitsService {
    fn shown(&self, call: &Call, all: &[Arc<Call>]) -> v1::Call {
        v1::Call {
            id: call.id,
            method: call.method.to_string(),
            trace_id: call.span.trace_id().to_string(),
            span_id: call.span.span_id().to_string(),
            start_time: Some(timestamp(call.clock.start_time())),
            waits: call.waits().iter().map(|wait| self.wait(wait, all)).collect(),
        }
    }

    fn wait(&self, wait: &Waiting, all: &[Arc<Call>]) -> v1::Wait {
        let blocker = |span: &SpanContext| v1::Blocker {
            trace_id: span.trace_id().to_string(),
            span_id: span.span_id().to_string(),
            method: self.table.method_of(all, span.span_id()).unwrap_or_default(),
        };
        v1::Wait {
            kind: wait.kind.to_string(),
            name: wait.name.to_string(),
            start_time: Some(timestamp(wait.since)),
            blocker: wait.blocker.as_ref().map(blocker),
        }
    }
}

fn is_of(call: &Call, method: &str) -> bool {
    method.is_empty() || call.method.as_str() == method
}

fn timestamp(moment: SystemTime) -> prost_types::Timestamp {
    moment.into()
}

fn positive(duration: Option<prost_types::Duration>, field: &str) -> Result<Option<Duration>, Status> {
    let read = |duration| {
        Duration::try_from(duration)
            .map_err(|_| Status::invalid_argument(format!("{field}: less than nothing")))
    };
    duration.map(read).transpose()
}
