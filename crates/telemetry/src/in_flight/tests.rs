//! What the table shows while calls come, wait and go.

use futures_util::StreamExt;
use http::HeaderMap;
use meanwhile_proto::v1::waits_server::Waits;
use meanwhile_proto::v1::{ListCallsRequest, WatchCallsRequest};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request};

use super::InFlight;
use super::service::WaitsService;
use crate::{Config, Telemetry, Tracer, WaitKind};

async fn started() -> (Tracer, InFlight, WaitsService) {
    let telemetry = Telemetry::start(Config::default()).unwrap();
    let (tracer, table) = (telemetry.tracer(), telemetry.tracer().in_flight());
    let service = WaitsService { table: table.clone(), end: CancellationToken::new() };
    (tracer, table, service)
}

fn call(tracer: &Tracer, method: &'static str) -> crate::Request {
    tracer.server_request(method, &HeaderMap::new(), Vec::new())
}

async fn list(service: &WaitsService) -> Vec<meanwhile_proto::v1::Call> {
    service.list_calls(Request::new(ListCallsRequest::default())).await.unwrap().into_inner().calls
}

#[tokio::test]
async fn a_call_is_there_from_its_begin_to_its_end() {
    let (tracer, table, service) = started().await;
    let first = call(&tracer, "shop.v1.Shop/Get");
    let second = call(&tracer, "shop.v1.Shop/List");
    let methods: Vec<String> = list(&service).await.into_iter().map(|call| call.method).collect();
    assert_eq!(methods, ["shop.v1.Shop/Get", "shop.v1.Shop/List"]);
    first.finish(Code::Ok, None);
    drop(second);
    assert!(table.is_empty());
}

#[tokio::test]
async fn a_calls_own_calls_are_not_in_flight_here() {
    let (tracer, table, _) = started().await;
    let _client = tracer.client_request("play", Vec::new());
    assert!(table.is_empty());
}

#[tokio::test]
async fn a_call_shows_what_it_waits_for_and_behind_whom() {
    let (tracer, _, service) = started().await;
    let holder = call(&tracer, "shop.v1.Shop/Hold");
    let waiter = call(&tracer, "shop.v1.Shop/Get");
    let mut wait = waiter.context().wait(WaitKind::Pool, "pool");
    wait.blocked_by(&holder.context().span_context());
    let shown = list(&service).await.remove(1);
    assert_eq!(shown.waits.len(), 1);
    let shown = &shown.waits[0];
    assert_eq!((shown.kind.as_str(), shown.name.as_str()), ("pool", "pool"));
    let blocker = shown.blocker.as_ref().unwrap();
    assert_eq!(blocker.method, "shop.v1.Shop/Hold");
    assert_eq!(blocker.trace_id, holder.context().trace_id().to_string());
    wait.end();
    assert!(list(&service).await[1].waits.is_empty());
}

#[tokio::test]
async fn what_is_asked_for_is_what_is_listed() {
    let (tracer, _, service) = started().await;
    let _calls: Vec<_> = (0..5).map(|_| call(&tracer, "shop.v1.Shop/Get")).collect();
    let _other = call(&tracer, "shop.v1.Shop/List");
    let ask = async |request| service.list_calls(Request::new(request)).await.map(|reply| reply.into_inner());
    let some = ask(ListCallsRequest { page_size: 2, ..Default::default() }).await.unwrap();
    assert_eq!((some.calls.len(), some.total_size), (2, 6));
    let of_list =
        ask(ListCallsRequest { method: "shop.v1.Shop/List".into(), ..Default::default() }).await.unwrap();
    assert_eq!(of_list.calls.len(), 1);
    let old = prost_types::Duration { seconds: 3_600, nanos: 0 };
    let old = ask(ListCallsRequest { min_age: Some(old), ..Default::default() }).await.unwrap();
    assert!(old.calls.is_empty());
    let negative = ask(ListCallsRequest { page_size: -1, ..Default::default() }).await.unwrap_err();
    assert_eq!(negative.code(), Code::InvalidArgument);
    let negative = prost_types::Duration { seconds: -1, nanos: 0 };
    let negative = ask(ListCallsRequest { min_age: Some(negative), ..Default::default() }).await.unwrap_err();
    assert_eq!(negative.code(), Code::InvalidArgument);
}

#[tokio::test(start_paused = true)]
async fn a_watch_tells_what_is_there_and_then_what_changes() {
    let (tracer, _, service) = started().await;
    let first = call(&tracer, "shop.v1.Shop/Get");
    let watch = service.watch_calls(Request::new(WatchCallsRequest::default())).await.unwrap();
    let mut watch = watch.into_inner();
    let there = watch.next().await.unwrap().unwrap();
    assert_eq!((there.calls.len(), there.ended.len()), (1, 0));
    let wait = first.context().wait(WaitKind::Database, "Get");
    let waits = watch.next().await.unwrap().unwrap();
    assert_eq!(waits.calls[0].waits[0].kind, "database");
    wait.end();
    let id = there.calls[0].id;
    assert!(watch.next().await.unwrap().unwrap().calls[0].waits.is_empty());
    first.finish(Code::Ok, None);
    assert_eq!(watch.next().await.unwrap().unwrap().ended, [id]);
}

#[tokio::test(start_paused = true)]
async fn a_watch_ends_with_its_server() {
    let (_, _, service) = started().await;
    let watch = service.watch_calls(Request::new(WatchCallsRequest::default())).await.unwrap();
    let mut watch = watch.into_inner();
    watch.next().await.unwrap().unwrap();
    service.end.cancel();
    assert!(watch.next().await.is_none());
}

#[test]
fn the_table_and_health_can_be_asked_without_their_contracts() {
    for set in [meanwhile_proto::v1::WAITS_DESCRIPTORS, tonic_health::pb::FILE_DESCRIPTOR_SET] {
        let builder =
            || tonic_reflection::server::Builder::configure().register_encoded_file_descriptor_set(set);
        assert!(builder().build_v1().is_ok() && builder().build_v1alpha().is_ok());
    }
}
