//! Health: what the data service says is passed on, and probes are told of the gateway itself.
#![allow(clippy::unwrap_used, reason = "tests")]

mod world;

use std::net::SocketAddr;

use meanwhile_transport::{Client, ClientConfig, Protocol, ServeLimits, serve};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status, Streaming};
use tonic_health::ServingStatus as Says;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::health_server::HealthServer;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};
use tonic_health::server::{HealthReporter, HealthService};
use world::{World, listen, nowhere, within_reason};

const CITIES: &str = "test.v1.Cities";

async fn watch(address: SocketAddr, service: &str) -> Streaming<HealthCheckResponse> {
    let client = Client::new(ClientConfig::new(Protocol::H2c));
    let send = tower::service_fn(move |request| {
        let client = client.clone();
        async move { client.send(request).await }
    });
    let mut health = HealthClient::with_origin(send, format!("http://{address}").parse().unwrap());
    within_reason(health.watch(HealthCheckRequest { service: service.to_owned() }))
        .await
        .unwrap()
        .into_inner()
}

async fn next(reports: &mut Streaming<HealthCheckResponse>) -> Option<ServingStatus> {
    within_reason(reports.message()).await.unwrap().map(|report| report.status())
}

async fn until(reports: &mut Streaming<HealthCheckResponse>, status: ServingStatus) {
    while next(reports).await.unwrap() != status {}
}

async fn check(address: SocketAddr, service: &str) -> Result<ServingStatus, Status> {
    let client = Client::new(ClientConfig::new(Protocol::H2c));
    let send = tower::service_fn(move |request| {
        let client = client.clone();
        async move { client.send(request).await }
    });
    let mut health = HealthClient::with_origin(send, format!("http://{address}").parse().unwrap());
    let request = HealthCheckRequest { service: service.to_owned() };
    within_reason(health.check(request)).await.map(|report| report.into_inner().status())
}

/// A data service's health, and what stops it.
fn data_health(listener: TcpListener) -> (HealthReporter, CancellationToken) {
    let (reporter, stop) = (HealthReporter::new(), CancellationToken::new());
    let service = HealthServer::new(HealthService::from_health_reporter(reporter.clone()));
    let limits = ServeLimits { drain: std::time::Duration::ZERO, ..ServeLimits::default() };
    tokio::spawn(serve(listener, service, limits, stop.clone()));
    (reporter, stop)
}

#[tokio::test]
async fn a_service_is_as_healthy_as_the_data_service_says() {
    let listener = listen().await;
    let world = World::start(listener.local_addr().unwrap()).await;
    let (reporter, _stop) = data_health(listener);
    reporter.set_service_status(CITIES, Says::Serving).await;
    for address in [world.public, world.admin] {
        let mut reports = watch(address, CITIES).await;
        until(&mut reports, ServingStatus::Serving).await;
        reporter.set_service_status(CITIES, Says::NotServing).await;
        until(&mut reports, ServingStatus::NotServing).await;
        reporter.set_service_status(CITIES, Says::Serving).await;
        until(&mut reports, ServingStatus::Serving).await;
    }
}

#[tokio::test]
async fn an_unreachable_data_service_is_not_serving_and_comes_back() {
    let listener = listen().await;
    let address = listener.local_addr().unwrap();
    let world = World::start(address).await;
    let (reporter, stop) = data_health(listener);
    reporter.set_service_status(CITIES, Says::Serving).await;
    let mut reports = watch(world.public, CITIES).await;
    until(&mut reports, ServingStatus::Serving).await;
    stop.cancel();
    until(&mut reports, ServingStatus::NotServing).await;
    let listener = loop {
        // The old socket may still be on its way out.
        match TcpListener::bind(address).await {
            Ok(listener) => break listener,
            Err(_) => tokio::task::yield_now().await,
        }
    };
    let (reporter, _stop) = data_health(listener);
    reporter.set_service_status(CITIES, Says::Serving).await;
    until(&mut reports, ServingStatus::Serving).await;
}

#[tokio::test]
async fn the_gateway_itself_is_serving_without_a_data_service() {
    let world = World::start(nowhere().await).await;
    for address in [world.public, world.admin] {
        assert_eq!(check(address, "").await.unwrap(), ServingStatus::Serving);
        assert_eq!(check(address, CITIES).await.unwrap(), ServingStatus::NotServing);
        assert_eq!(check(address, "nobody").await.unwrap_err().code(), Code::NotFound);
    }
}

#[tokio::test]
async fn while_draining_probes_hear_not_serving_and_watches_end() {
    let (arrivals, mut arrived) = tokio::sync::mpsc::unbounded_channel();
    let data = world::data_service(move |_| {
        arrivals.send(()).unwrap();
        std::future::pending()
    })
    .await;
    let mut world = World::start_with(data, |config| {
        config.limits.drain = std::time::Duration::from_secs(2);
    })
    .await;
    let mut probe = watch(world.admin, "").await;
    let mut public = watch(world.public, "").await;
    assert_eq!(next(&mut probe).await, Some(ServingStatus::Serving));
    assert_eq!(next(&mut public).await, Some(ServingStatus::Serving));
    let (client, request) = (world.client.clone(), world.request(world::GET, world::full(b"x")));
    let stuck = tokio::spawn(async move { client.send(request).await });
    within_reason(arrived.recv()).await.unwrap();
    world.shutdown.cancel();
    assert_eq!(next(&mut probe).await, Some(ServingStatus::NotServing));
    assert_eq!(next(&mut public).await, Some(ServingStatus::NotServing));
    assert_eq!(next(&mut public).await, None);
    assert_eq!(check(world.admin, "").await.unwrap(), ServingStatus::NotServing);
    within_reason(&mut world.running).await.unwrap().unwrap();
    assert_eq!(next(&mut probe).await, None);
    assert!(within_reason(stuck).await.unwrap().is_err());
}
