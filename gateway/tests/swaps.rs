//! Another contract while calls run: routes, reflection and health go over to it together.
#![allow(clippy::unwrap_used, reason = "tests")]

mod world;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use meanwhile_gateway::{Contract, MethodFacts};
use meanwhile_transport::{Client, ClientConfig, Protocol, ServeLimits, serve};
use tokio::sync::{Notify, oneshot};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status, Streaming};
use tonic_health::ServingStatus as Says;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::health_server::HealthServer;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};
use tonic_health::server::{HealthReporter, HealthService};
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tower::Service;
use world::{GET, SAVE, World, contract_of, data_service, full, listen, nowhere, ok, within_reason};

const CITIES: &str = "test.v1.Cities";
const GET_CITY: &str = "test.v1.Cities/GetCity";
const SAVE_CITY: &str = "test.v1.Cities/SaveCity";
/// Of a package that the first contract does not have.
const TOWNS: &str = "test.v2.Towns";
const TOWN: &str = "/test.v2.Towns/GetTown";
const GET_TOWN: &str = "test.v2.Towns/GetTown";

fn serving(paths: &[&'static str]) -> Arc<Contract> {
    let facts = MethodFacts { reads_only: true, ..MethodFacts::default() };
    Arc::new(contract_of(paths.iter().map(|path| (*path, facts))))
}

fn sending() -> impl Service<
    http::Request<tonic::body::Body>,
    Response = http::Response<meanwhile_transport::ClientBody>,
    Error = meanwhile_transport::SendError,
    Future: Send,
> + Clone {
    let client = Client::new(ClientConfig::new(Protocol::H2c));
    tower::service_fn(move |request| {
        let client = client.clone();
        async move { client.send(request).await }
    })
}

fn origin(address: SocketAddr) -> http::Uri {
    format!("http://{address}").parse().unwrap()
}

fn asked(name: &str) -> HealthCheckRequest {
    HealthCheckRequest { service: name.to_owned() }
}

async fn check(address: SocketAddr, name: &str) -> Result<ServingStatus, Status> {
    let mut health = HealthClient::with_origin(sending(), origin(address));
    within_reason(health.check(asked(name))).await.map(|report| report.into_inner().status())
}

async fn watch(address: SocketAddr, name: &str) -> Streaming<HealthCheckResponse> {
    let mut health = HealthClient::with_origin(sending(), origin(address));
    within_reason(health.watch(asked(name))).await.unwrap().into_inner()
}

async fn until(reports: &mut Streaming<HealthCheckResponse>, status: ServingStatus) {
    while within_reason(reports.message()).await.unwrap().unwrap().status() != status {}
}

/// Serves another contract, and waits until a method of it is there, or is there no more.
async fn swap(world: &World, contract: Arc<Contract>, method: &str, is_there: bool) {
    let mut reports = watch(world.public, method).await;
    world.contracts.send_replace(contract);
    loop {
        let report = within_reason(reports.message()).await.unwrap().unwrap();
        if (report.status() != ServingStatus::ServiceUnknown) == is_there {
            return;
        }
    }
}

async fn reflected(world: &World, question: MessageRequest) -> MessageResponse {
    let question = ServerReflectionRequest { host: String::new(), message_request: Some(question) };
    let mut client = ServerReflectionClient::with_origin(sending(), origin(world.public));
    let asked = client.server_reflection_info(futures_util::stream::iter([question])).await.unwrap();
    let answer = within_reason(asked.into_inner().message()).await.unwrap().unwrap();
    answer.message_response.unwrap()
}

async fn listed(world: &World) -> Vec<String> {
    match reflected(world, MessageRequest::ListServices(String::new())).await {
        MessageResponse::ListServicesResponse(list) => {
            let names = list.service.into_iter().map(|service| service.name);
            names.filter(|name| name.starts_with("test.")).collect()
        }
        other => panic!("{other:?}"),
    }
}

/// A data service that answers every call, and says of its health what the reporter is told.
async fn healthy_data() -> (SocketAddr, HealthReporter) {
    let (listener, reporter) = (listen().await, HealthReporter::new());
    let address = listener.local_addr().unwrap();
    let health = HealthServer::new(HealthService::from_health_reporter(reporter.clone()));
    let service = tower::service_fn(move |request: http::Request<meanwhile_transport::RequestBody>| {
        let is_health = request.uri().path().starts_with("/grpc.health.");
        let mut health = health.clone();
        async move {
            Ok::<_, Infallible>(match is_health {
                true => health.call(request).await?.map(http_body_util::Either::Left),
                false => ok("reply").map(http_body_util::Either::Right),
            })
        }
    });
    tokio::spawn(serve(listener, service, ServeLimits::default(), CancellationToken::new()));
    (address, reporter)
}

#[tokio::test]
async fn a_new_method_is_forwarded_and_one_that_is_gone_is_unimplemented() {
    let world = World::start(data_service(|_| async { ok("reply") }).await).await;
    assert_eq!(world.call(TOWN, b"x").await.status().code(), Code::Unimplemented);
    swap(&world, serving(&[GET, TOWN]), GET_TOWN, true).await;
    for path in [GET, TOWN] {
        assert_eq!(world.call(path, b"x").await.status().code(), Code::Ok, "{path}");
    }
    let gone = world.call(SAVE, b"x").await;
    assert_eq!(gone.outcome(), (Code::Unimplemented, "METHOD_UNKNOWN".to_owned()));
}

#[tokio::test]
async fn reflection_shows_the_contract_that_is_served() {
    let world = World::start(nowhere().await).await;
    assert_eq!(listed(&world).await, [CITIES]);
    swap(&world, serving(&[TOWN]), GET_TOWN, true).await;
    assert_eq!(listed(&world).await, [TOWNS]);
}

/// A client links the files of one answer with those of the next.
#[tokio::test]
async fn a_reflection_stream_goes_on_with_the_contract_it_began_with() {
    let world = World::start(nowhere().await).await;
    let (questions, asked) = tokio::sync::mpsc::unbounded_channel();
    let asked =
        futures_util::stream::unfold(asked, |mut asked| async move { Some((asked.recv().await?, asked)) });
    let list = || ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    questions.send(list()).unwrap();
    let mut client = ServerReflectionClient::with_origin(sending(), origin(world.public));
    let mut answers = client.server_reflection_info(asked).await.unwrap().into_inner();
    let first = within_reason(answers.message()).await.unwrap().unwrap();
    swap(&world, serving(&[TOWN]), GET_TOWN, true).await;
    questions.send(list()).unwrap();
    let second = within_reason(answers.message()).await.unwrap().unwrap();
    assert_eq!(first.message_response, second.message_response);
}

#[tokio::test]
async fn health_follows_a_package_that_is_renamed() {
    let (data, reporter) = healthy_data().await;
    reporter.set_service_status(CITIES, Says::Serving).await;
    reporter.set_service_status(TOWNS, Says::Serving).await;
    let world = World::start(data).await;
    for address in [world.public, world.admin] {
        world.contracts.send_replace(serving(&[GET]));
        let (mut cities, mut towns) = (watch(address, CITIES).await, watch(address, TOWNS).await);
        until(&mut cities, ServingStatus::Serving).await;
        until(&mut towns, ServingStatus::ServiceUnknown).await;
        world.contracts.send_replace(serving(&[TOWN]));
        until(&mut cities, ServingStatus::ServiceUnknown).await;
        until(&mut towns, ServingStatus::Serving).await;
        assert_eq!(check(address, CITIES).await.unwrap_err().code(), Code::NotFound);
        assert_eq!(check(address, TOWNS).await.unwrap(), ServingStatus::Serving);
    }
}

#[tokio::test]
async fn a_service_that_stays_is_served_without_a_gap() {
    let (data, reporter) = healthy_data().await;
    reporter.set_service_status(CITIES, Says::Serving).await;
    let world = World::start(data).await;
    let mut reports = watch(world.public, CITIES).await;
    until(&mut reports, ServingStatus::Serving).await;
    for _ in 0..5 {
        swap(&world, serving(&[GET]), SAVE_CITY, false).await;
        assert_eq!(check(world.public, CITIES).await.unwrap(), ServingStatus::Serving);
        world.contracts.send_replace(serving(&[GET, SAVE]));
    }
    reporter.set_service_status(CITIES, Says::NotServing).await;
    let next = within_reason(reports.message()).await.unwrap().unwrap();
    assert_eq!(next.status(), ServingStatus::NotServing, "the first report since the beginning");
}

#[tokio::test]
async fn a_call_under_way_when_its_method_goes_is_answered() {
    let (arrived, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (arrivals, released) = (arrived.clone(), release.clone());
    let data = data_service(move |_| {
        let (arrivals, released) = (arrivals.clone(), released.clone());
        async move {
            arrivals.notify_one();
            released.notified().await;
            ok("reply")
        }
    })
    .await;
    let world = World::start(data).await;
    let (client, request) = (world.client.clone(), world.request(SAVE, full(b"x")));
    let (sender, answered) = oneshot::channel();
    tokio::spawn(async move {
        let answer = world::Answer::collect(client.send(request).await.unwrap()).await;
        sender.send(answer).unwrap();
    });
    within_reason(arrived.notified()).await;
    swap(&world, serving(&[GET]), SAVE_CITY, false).await;
    assert_eq!(world.call(SAVE, b"x").await.status().code(), Code::Unimplemented);
    release.notify_one();
    let answer = within_reason(answered).await.unwrap();
    assert_eq!((answer.status().code(), &answer.data[..]), (Code::Ok, b"reply".as_slice()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_swaps_under_load_lose_no_call() {
    let world = Arc::new(World::start(data_service(|_| async { ok("reply") }).await).await);
    let stop = CancellationToken::new();
    let callers: Vec<_> = (0..4)
        .map(|_| {
            let (world, stop) = (world.clone(), stop.clone());
            tokio::spawn(async move {
                let mut calls = 0;
                while !stop.is_cancelled() {
                    assert_eq!(world.call(GET, b"x").await.status().code(), Code::Ok);
                    calls += 1;
                }
                calls
            })
        })
        .collect();
    for _ in 0..50 {
        swap(&world, serving(&[GET, TOWN]), GET_TOWN, true).await;
        swap(&world, serving(&[GET]), GET_TOWN, false).await;
    }
    stop.cancel();
    for caller in callers {
        assert!(within_reason(caller).await.unwrap() > 0);
    }
}

#[tokio::test]
async fn a_method_is_as_healthy_as_the_data_service_says() {
    let (data, reporter) = healthy_data().await;
    reporter.set_service_status(GET_CITY, Says::Serving).await;
    reporter.set_service_status(SAVE_CITY, Says::NotServing).await;
    // Nobody's of whom the contract knows.
    reporter.set_service_status(GET_TOWN, Says::Serving).await;
    let world = World::start(data).await;
    for address in [world.public, world.admin] {
        assert_eq!(check(address, GET_CITY).await.unwrap(), ServingStatus::Serving);
        assert_eq!(check(address, SAVE_CITY).await.unwrap(), ServingStatus::NotServing);
        assert_eq!(check(address, GET_TOWN).await.unwrap_err().code(), Code::NotFound);
        let mut reports = watch(address, SAVE_CITY).await;
        until(&mut reports, ServingStatus::NotServing).await;
        reporter.set_service_status(SAVE_CITY, Says::Serving).await;
        until(&mut reports, ServingStatus::Serving).await;
        reporter.set_service_status(SAVE_CITY, Says::NotServing).await;
        until(&mut reports, ServingStatus::NotServing).await;
    }
}

#[tokio::test]
async fn a_method_of_a_data_service_that_cannot_be_asked_is_not_serving() {
    let world = World::start(nowhere().await).await;
    assert_eq!(check(world.public, GET_CITY).await.unwrap(), ServingStatus::NotServing);
    let mut reports = watch(world.public, GET_CITY).await;
    until(&mut reports, ServingStatus::NotServing).await;
}

#[tokio::test]
async fn a_watch_of_a_method_ends_when_the_gateway_drains() {
    let (data, reporter) = healthy_data().await;
    reporter.set_service_status(GET_CITY, Says::Serving).await;
    let mut world = World::start(data).await;
    let mut reports = watch(world.public, GET_CITY).await;
    until(&mut reports, ServingStatus::Serving).await;
    world.shutdown.cancel();
    until(&mut reports, ServingStatus::NotServing).await;
    assert!(within_reason(reports.message()).await.unwrap().is_none());
    within_reason(&mut world.running).await.unwrap().unwrap();
}
